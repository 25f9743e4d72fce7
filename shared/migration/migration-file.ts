import { readFile } from 'node:fs/promises'
import { MigrationError, refuseProblems, type Problem } from '../runtime/errors.ts'
import { checkFile, type CheckedFile } from './check-file.ts'
import { didYouMean } from './did-you-mean.ts'
import { nameOf } from './file-problems.ts'
import type { Migration } from './schema.ts'
import { readYaml } from './yaml-text.ts'

/**
 * Reads and checks the migration file at `path` (relative to the workspace); of a file with `databases` gives the
 * migration of `database`. Throws one `invalid-input` MigrationError that lists every problem with its path in the file
 * and its line.
 */
export async function readMigrationFile(path: string, database?: string): Promise<Migration> {
  let content: string
  try {
    content = await readFile(path, 'utf8')
  } catch (cause) {
    const problem: Problem = {
      field: 'migration',
      value: path,
      message: `the migration file ${path} cannot be read`,
      remedy:
        'Give its path from the root of the checkout, and check that the job has a checkout step before this one.',
    }
    throw new MigrationError('invalid-input', problem.message, {
      remedy: problem.remedy,
      problems: [problem],
      cause,
    })
  }
  return parseMigration(content, path, database)
}

/** For actions that also work without a file; a database of no file is refused. */
export async function readGivenMigration(
  path: string | undefined,
  database: string | undefined,
): Promise<Migration | undefined> {
  if (path !== undefined) return readMigrationFile(path, database)
  refuseProblems('invalid-input', database === undefined ? [] : [noFile(database)])
  return undefined
}

function noFile(database: string): Problem {
  return {
    field: 'database',
    value: database,
    message: 'input database is set without a migration file',
    remedy: 'Set `migration` under `with:`, or remove `database`.',
  }
}

/** The pure part of reading: text in, checked migration out; `path` is only named in problems. */
export function parseMigration(content: string, path: string, database?: string): Migration {
  const { migrations, problems } = checkText(content, path)
  refuseProblems('invalid-input', problems)
  const wrongDatabase = databaseProblem([...migrations.keys()], database)
  refuseProblems('invalid-input', wrongDatabase === undefined ? [] : [wrongDatabase])
  const migration = migrations.get(database)
  if (migration === undefined) throw new Error(`${path} gives no migration and no problem`)
  return migration
}

/** Names of the databases of a file that has several; empty for one of a single migration. Throws as parseMigration. Pure. */
export function databasesOf(content: string, path: string): string[] {
  const { migrations, problems } = checkText(content, path)
  refuseProblems('invalid-input', problems)
  return [...migrations.keys()].filter((database) => database !== undefined)
}

function checkText(
  content: string,
  file: string,
): { migrations: CheckedFile['migrations']; problems: Problem[] } {
  const yaml = readYaml(content, file)
  const checked: CheckedFile = yaml.readable ? checkFile(yaml.value) : { migrations: new Map(), problems: [] }
  return {
    migrations: checked.migrations,
    problems: [
      ...yaml.problems,
      ...checked.problems.map(({ path, ...problem }) => ({
        field: nameOf(path),
        ...problem,
        file,
        line: yaml.lineOf(path),
      })),
    ].toSorted((a, b) => a.line - b.line),
  }
}

/** Whether the input `database` fits the file. */
function databaseProblem(
  known: readonly (string | undefined)[],
  database: string | undefined,
): Problem | undefined {
  if (known.includes(database)) return undefined
  const names = known.filter((name) => name !== undefined)
  if (database === undefined)
    return {
      field: 'database',
      message: `input database is missing: the migration file has several (${names.join(', ')})`,
      remedy: `Set it under \`with:\`, for example \`database: ${names[0] ?? ''}\`.`,
    }
  if (names.length === 0)
    return {
      field: 'database',
      value: database,
      message: 'input database is set, but the migration file has no `databases`',
      remedy: 'Remove the input, or list the databases in the file.',
    }
  const near = didYouMean(database, names)
  return {
    field: 'database',
    value: database,
    message: `the migration file has no database ${database}`,
    remedy: near === undefined ? `Use one of: ${names.join(', ')}.` : `Did you mean ${near}?`,
  }
}
