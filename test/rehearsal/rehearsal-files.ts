import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { parseMigration } from '../../shared/migration/migration-file.ts'
import { MigrationError } from '../../shared/runtime/errors.ts'
import { loadWorkflow } from '../runner/workflow-file.ts'
import { localMigration, type Strategy } from './strategies.ts'

/** What the two files of a rehearsal say that it must know before anything starts. */
export interface RehearsalFiles {
  /** Path below the checkout, as the actions get it. */
  readonly migration: string
  readonly workflow: string
  /** Environment that guards the cutover. */
  readonly environment: string
  /** Ids of the workflow's jobs, in the order of the file. */
  readonly jobs: readonly string[]
  /** Text of the migration file where it is made of a strategy's example and lies in no checkout. */
  readonly derived?: string
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
  strategy?: Strategy
}): Promise<RehearsalFiles> {
  const { checkout, repository } = options
  const { strategy } = options
  const given = belowCheckout(checkout, strategy?.example ?? options.migration, '--migration')
  const workflow = belowCheckout(checkout, options.workflow, '--workflow')
  const content = readFileSync(resolve(checkout, given), 'utf8')
  const derived = strategy === undefined ? undefined : localMigration(content, strategy)
  const { cutover } = explained(() => parseMigration(derived ?? content, given))
  const { jobs } = await loadWorkflow(workflow, { repository, checkout })
  return {
    migration: derived === undefined ? given : derivedPath,
    workflow,
    environment: cutover.environment,
    jobs: jobs.map(({ id }) => id),
    ...(derived === undefined ? {} : { derived }),
  }
}

/** Where a derived migration file lies in the workspace. */
const derivedPath = '.github/migrations/rehearsal.yml'

/** Writes a derived migration file below `folder`, which the runner lays over the checkout; undefined where there is none. */
export function writeOverlay(folder: string, { derived }: RehearsalFiles): string | undefined {
  if (derived === undefined) return undefined
  const file = join(folder, derivedPath)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, derived)
  return folder
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
