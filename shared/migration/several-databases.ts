import { nameOf, type PlacedProblem } from './file-problems.ts'
import { overridden } from './override.ts'
import { migrationFileSchema, migrationName } from './schema.ts'
import { depthOf, isMapping, valueAt } from './value-at.ts'

type Path = readonly PropertyKey[]
type Mapping = Readonly<Record<string, unknown>>

/** One database of a file that has several, as a migration file of its own would say it. */
export interface DatabasePart {
  readonly database: string
  readonly document: unknown
  /** What the file says for this database alone. */
  readonly own: unknown
  /** Where in the file a path of `document` stands: in the database's own part, or in the common one. */
  pathOf(this: void, path: Path): Path
  /** A problem of `document` as one of the file. */
  place(this: void, problem: PlacedProblem): PlacedProblem
}

/**
 * Splits a file by its `databases`: names of databases of one server, each with what is other for it. The rest holds for
 * all. Each becomes a migration `<name>-<database>` with its own plan, guard and cutover. Pure.
 */
export function databaseParts(common: Mapping, databases: Mapping): DatabasePart[] {
  // `orders:` with nothing after it is a database for which nothing is other.
  return Object.entries(databases).map(([database, own]) => partOf(common, database, own ?? {}))
}

function partOf(common: Mapping, database: string, own: unknown): DatabasePart {
  const merged = overridden(common, own, migrationFileSchema)
  const base = common['name']
  const hasName = isMapping(own) && Object.hasOwn(own, 'name')
  const made = `${String(base)}-${kebab(database)}`
  const pathOf = (path: Path): Path => {
    // The name is made of the common one and of the key.
    if (nameOf(path) === 'name' && !hasName) return ['databases', database]
    const depth = depthOf(own, path)
    return path.length === 0 || (depth > 0 && depth >= depthOf(common, path))
      ? ['databases', database, ...path]
      : path
  }
  return {
    database,
    own,
    document: isMapping(merged)
      ? {
          ...merged,
          ...(typeof base === 'string' && !hasName ? { name: made } : {}),
          ...withDatabase(merged, 'source', database),
          ...withDatabase(merged, 'target', database),
        }
      : merged,
    pathOf,
    place: (problem) => {
      const name = nameOf(problem.path)
      if (name === 'name' && !hasName && migrationName.safeParse(base).success)
        return {
          path: ['databases', database],
          message: `${nameOf(['databases', database])} would be the migration ${made}: its name${problem.message.slice(name.length)}`,
          remedy: 'Give this database a `name` of its own.',
        }
      const path = name === 'name' && !hasName ? problem.path : pathOf(problem.path)
      // Messages begin with the place that they are about, but for those on unknown keys.
      const message = problem.message.startsWith(`${name} `)
        ? nameOf(path) + problem.message.slice(name.length)
        : problem.message
      return { ...problem, path, message }
    },
  }
}

/** The key is the database's name on both sides; the target may call it otherwise. */
function withDatabase(document: Mapping, side: 'source' | 'target', database: string): Mapping {
  const given = document[side]
  return isMapping(given) ? { [side]: { database, ...given } } : {}
}

/** `Warehouse_EU` as part of names in AWS: `warehouse-eu`. */
function kebab(database: string): string {
  return database
    .replaceAll(/([a-z\d])([A-Z])/gu, '$1-$2')
    .toLowerCase()
    .replaceAll(/[^a-z\d]+/gu, '-')
    .replaceAll(/^-|-$/gu, '')
}

/** What is wrong between the databases of a file, each being right for itself. Pure. */
export function problemsBetween(common: Mapping, parts: readonly DatabasePart[]): PlacedProblem[] {
  return [...namedTwice(common, parts), ...wholeServerWork(parts), ...mustDiffer.flatMap(sharedIn(parts))]
}

function namedTwice(common: Mapping, parts: readonly DatabasePart[]): PlacedProblem[] {
  const file = { ...common, databases: Object.fromEntries(parts.map(({ database, own }) => [database, own])) }
  return [
    ['source', 'database'],
    ['target', 'database'],
    ...parts.map(({ database }) => ['databases', database, 'source', 'database']),
  ]
    .filter((path) => valueAt(file, path) !== undefined)
    .map((path) => ({
      path,
      message: `${nameOf(path)} is given beside \`databases\`, whose keys name the databases`,
      remedy: 'Remove it.',
    }))
}

/** A clone, a restored snapshot and a replica bring all databases at once, with one LSN. */
function wholeServerWork(parts: readonly DatabasePart[]): PlacedProblem[] {
  return parts.flatMap(({ document, pathOf }) => {
    const by = valueAt(document, ['load', 'by'])
    const replica = ['schema', 'aurora-replica']
    const paths: Path[] = [
      ...(by === 'aurora-clone' || by === 'snapshot' ? [['load', 'by']] : []),
      ...(valueAt(document, replica) === undefined ? [] : [replica]),
    ]
    return paths.map((path) => ({
      path: pathOf(path),
      message: `${nameOf(pathOf(path))} makes a whole server, which cannot be done once for each of several databases`,
      remedy:
        'Make it yourself, and use `load: { by: existing, … }` for each database, or `schema: existing` and a full load.',
    }))
  })
}

/** What two databases must not share, and why. */
const mustDiffer: readonly { paths: (document: unknown) => Path[]; why: string; remedy: string }[] = [
  {
    paths: () => [['dms', 'target', 'secret']],
    why: 'the cutover of one locks this login out of the whole server, and would stop the replication of the other',
    remedy: 'Give each database a user of DMS of its own.',
  },
  {
    paths: () => [['dms', 'reverse', 'source', 'secret']],
    why: 'falling back with one locks this login out of the whole server, and would close the way back of the other',
    remedy: 'Give each database a user of DMS of its own for the way back, on the source.',
  },
  ...(['secret', 'parameter', 'record'] as const).map((kind) => ({
    paths: (document: unknown) => {
      const switched = valueAt(document, ['cutover', 'switch'])
      return Array.isArray(switched) ? switched.map((_, index) => ['cutover', 'switch', index, kind]) : []
    },
    why: 'the cutover of one would send the clients of the other to a target that is not open yet',
    remedy: `Give the applications a ${kind} for each database.`,
  })),
  {
    paths: () => [['name']],
    why: 'tasks, tags and the control schema go by it',
    remedy: 'Give the databases a `name` of their own.',
  },
]

function sharedIn(parts: readonly DatabasePart[]): (rule: (typeof mustDiffer)[number]) => PlacedProblem[] {
  return ({ paths, why, remedy }) => {
    const seen = new Map<unknown, string>()
    return parts.flatMap(({ database, document, pathOf }) =>
      paths(document).flatMap((path) => {
        const value = valueAt(document, path)
        const other = seen.get(value)
        if (typeof value !== 'string') return []
        seen.set(value, other ?? database)
        if (other === undefined || other === database) return []
        const message = `${nameOf(['databases', database])} and ${nameOf(['databases', other])} have the same ${nameOf(path)}: ${why}`
        return [{ path: pathOf(path), message, remedy, value }]
      }),
    )
  }
}
