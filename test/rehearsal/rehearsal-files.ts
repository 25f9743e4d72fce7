import { existsSync, readFileSync } from 'node:fs'
import { isAbsolute, relative, resolve } from 'node:path'
import { parseMigration } from '../../shared/migration/migration-file.ts'
import { MigrationError } from '../../shared/runtime/errors.ts'
import { loadWorkflow } from '../runner/workflow-file.ts'

/** What the two files of a rehearsal say that it must know before anything starts. */
export interface RehearsalFiles {
  /** Path below the checkout, as the actions get it. */
  readonly migration: string
  readonly workflow: string
  /** Environment that guards the cutover. */
  readonly environment: string
  /** Ids of the workflow's jobs, in the order of the file. */
  readonly jobs: readonly string[]
}

/**
 * Reads both files as far as a rehearsal needs them, so that a wrong one is refused before any server starts. Paths are
 * relative to the checkout, or absolute. Throws an Error for people: missing, outside of the checkout, or every problem
 * in the content.
 */
export async function readRehearsalFiles(options: {
  checkout: string
  repository: string
  workflow: string
  migration: string
}): Promise<RehearsalFiles> {
  const { checkout, repository } = options
  const migration = belowCheckout(checkout, options.migration, '--migration')
  const workflow = belowCheckout(checkout, options.workflow, '--workflow')
  const { cutover } = explained(() =>
    parseMigration(readFileSync(resolve(checkout, migration), 'utf8'), migration),
  )
  const { jobs } = await loadWorkflow(workflow, { repository, checkout })
  return { migration, workflow, environment: cutover.environment, jobs: jobs.map(({ id }) => id) }
}

/** The actions see a copy of the checkout, so a file elsewhere would not be there for them. */
function belowCheckout(checkout: string, file: string, flag: string): string {
  const absolute = resolve(checkout, file)
  if (!existsSync(absolute)) throw new Error(`${flag}: there is no file ${absolute}`)
  const path = relative(checkout, absolute)
  if (path.startsWith('..') || isAbsolute(path))
    throw new Error(`${flag}: ${absolute} lies outside of ${checkout}, which is all that the actions see`)
  return path
}

function explained<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof MigrationError) || error.problems.length === 0) throw error
    const lines = error.problems.map(
      ({ file = '', line = 1, message, remedy }) => `  ${file}:${line}: ${message}. ${remedy}`,
    )
    throw new Error(['the migration file cannot be used:', ...lines].join('\n'), { cause: error })
  }
}
