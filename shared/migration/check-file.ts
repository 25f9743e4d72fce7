import { didYouMean } from './did-you-mean.ts'
import { problemsOf, type PlacedProblem } from './file-problems.ts'
import { migrationFileSchema, type Migration } from './schema.ts'
import { databaseParts, problemsBetween, type DatabasePart } from './several-databases.ts'
import { isMapping } from './value-at.ts'

/** What a migration file says: its migrations, by database (`undefined` for the only one), and what is wrong. */
export interface CheckedFile {
  readonly migrations: ReadonlyMap<string | undefined, Migration>
  readonly problems: readonly PlacedProblem[]
}

/** Checks a whole file, all of its databases included. Pure. */
export function checkFile(document: unknown): CheckedFile {
  if (!isMapping(document) || !Object.hasOwn(document, 'databases')) return checkOne(document)
  const { databases, ...common } = document
  if (!isMapping(databases) || Object.keys(databases).length === 0) {
    const message = 'databases must be a mapping from names of databases to what is other for each'
    const remedy = 'Name them, for example `databases: { orders: {}, billing: {} }`, or remove the key.'
    return { migrations: new Map(), problems: [{ path: ['databases'], message, remedy }] }
  }
  const parts = databaseParts(common, databases)
  const checked = parts.map((part) => ({ part, ...checkPart(part) }))
  return {
    migrations: new Map(
      checked.flatMap(({ part, migration }) =>
        migration === undefined ? [] : [[part.database, migration] as const],
      ),
    ),
    problems: onceEach([...checked.flatMap(({ problems }) => problems), ...problemsBetween(common, parts)]),
  }
}

function checkOne(document: unknown): CheckedFile {
  const checked = migrationFileSchema.safeParse(document)
  if (checked.success) return { migrations: new Map([[undefined, checked.data]]), problems: [] }
  const problems = problemsOf(checked.error.issues, migrationFileSchema, document)
  return { migrations: new Map(), problems: problems.map(orDatabases) }
}

function checkPart({ document, place }: DatabasePart): {
  readonly migration?: Migration
  readonly problems: PlacedProblem[]
} {
  const checked = migrationFileSchema.safeParse(document)
  if (checked.success) return { migration: checked.data, problems: [] }
  return { problems: problemsOf(checked.error.issues, migrationFileSchema, document).map(place) }
}

/** `databases` is no key of a single migration, and yet may be what a misspelt one means. */
function orDatabases(problem: PlacedProblem): PlacedProblem {
  const [key, below] = problem.path
  const meant =
    below === undefined && problem.message.startsWith('unknown key ') && problem.remedy.startsWith('Remove')
      ? didYouMean(String(key), ['databases'])
      : undefined
  return meant === undefined ? problem : { ...problem, remedy: `Did you mean ${meant}?` }
}

/** What is wrong in the common part is wrong for every database, and is said once. */
function onceEach(problems: readonly PlacedProblem[]): PlacedProblem[] {
  const texts = problems.map((problem) => JSON.stringify([problem.path, problem.message]))
  return problems.filter((_, index) => texts.indexOf(texts[index] ?? '') === index)
}
