import { expectations } from './expected.ts'
import {
  plainName,
  subjectOf,
  type MeantDifferences,
  type ParityDifference,
  type ParityItem,
} from './parity-item.ts'
import { compareItems, countKinds, toldDifference, type KindCount, type Texts } from './compare-items.ts'
import { spelledAlike } from './spelling.ts'

/** The objects of both databases, judged. */
export interface ObjectParity {
  readonly counts: readonly KindCount[]
  /** What somebody has to mend. */
  readonly differences: readonly ParityDifference[]
  /** What the migration itself has made so, and will undo, what its plan leaves out, and new defaults of PostgreSQL. */
  readonly expected: readonly (ParityDifference & { readonly why: string })[]
  /** What changes nothing that an application does, such as comments. */
  readonly minor: readonly ParityDifference[]
  /** Definitions that two versions of PostgreSQL write otherwise: their columns are the same, more cannot be said. */
  readonly unjudged: readonly ParityDifference[]
  /** Sequences that are behind the source’s: for information, the cutover sets them. */
  readonly sequences: { readonly all: number; readonly behind: readonly string[] }
}

export interface SequenceValue {
  readonly name: string
  readonly increment: string
  readonly lastValue: string | null
}

export interface ParitySide {
  readonly items: readonly ParityItem[]
  readonly sequences: readonly SequenceValue[]
  /** server_version_num / 10000. */
  readonly major: number
}

/** Not the same without anybody noticing. */
const minorKinds: ReadonlySet<string> = new Set([
  'comment',
  'column storage',
  'table option',
  'statistics',
  'replica identity',
  'publication',
  'publication tables',
  'database collation',
])

/** Refuses, changes or hides rows where the source does not: a surplus one matters as a missing one does. */
const restricting: ReadonlySet<string> = new Set([
  'column',
  'column order',
  'constraint',
  'not null',
  'trigger',
  'trigger state',
  'event trigger',
  'rule',
  'policy',
  'row security',
  'identity',
  'generated column',
])

/** Kinds whose text is the server’s own and may say the same in other words. */
const reworded: ReadonlySet<string> = new Set(['view', 'materialized view', 'rule', 'policy', 'statistics'])

/** Items of both sides that differ, before texts are read: of these the texts are worth reading. Pure. */
export function differingItems(source: ParitySide, target: ParitySide): ReturnType<typeof compareItems> {
  return compareItems(source.items, target.items, source.major === target.major)
}

/** Judges what differs. `texts`: whole definitions of those items on each side. Pure. */
export function judgeParity(
  source: ParitySide,
  target: ParitySide,
  texts: { readonly source: Texts; readonly target: Texts },
  meant: MeantDifferences,
): ObjectParity {
  const expected: (ParityDifference & { why: string })[] = []
  const differences: ParityDifference[] = []
  const minor: ParityDifference[] = []
  const unjudged: ParityDifference[] = []
  const meantBecause = expectations(meant, partitionParents(target.items))
  const sameMajor = source.major === target.major
  for (const pair of differingItems(source, target)) {
    const told = toldDifference(pair, texts)
    const shapesAgree = pair.source?.shape === pair.target?.shape
    const bothTexts = told.source !== null && told.target !== null
    if (!sameMajor && shapesAgree && bothTexts && spelledAlike(told.source, told.target)) continue
    const why =
      meantBecause(told) ??
      outsidePlan(told, pair.source, meant.planned) ??
      newDefault(told, source.major, target.major)
    if (why !== undefined) expected.push({ ...told, why })
    else if (!sameMajor && shapesAgree && bothTexts && reworded.has(told.kind)) unjudged.push(told)
    else if (isMinor(told)) minor.push(told)
    else differences.push(told)
  }
  return {
    counts: countKinds(source.items, target.items),
    differences,
    expected,
    minor,
    unjudged,
    sequences: { all: source.sequences.length, behind: behind(source.sequences, target.sequences) },
  }
}

/** Names without quotes; read from what read-object-details.sql says of a table. */
function partitionParents(items: readonly ParityItem[]): ReadonlyMap<string, string> {
  return new Map(
    items.flatMap(({ kind, name, shape }) => {
      const parent =
        kind === 'table' ? / of (.+) (?:FOR VALUES|DEFAULT|by inheritance)/u.exec(shape ?? '') : null
      return parent?.[1] === undefined ? [] : [[plainName(name), plainName(parent[1])] as const]
    }),
  )
}

function isMinor({ kind, how }: ParityDifference): boolean {
  if (minorKinds.has(kind)) return true
  // A newer version of an extension is what a newer server brings.
  if (kind === 'extension') return how !== 'missing'
  return how === 'surplus' && !restricting.has(kind)
}

/** What PostgreSQL 15 changed for every new database (its release notes, section Migration). */
function newDefault(
  { kind, name, source, target }: ParityDifference,
  sourceMajor: number,
  targetMajor: number,
): string | undefined {
  if (sourceMajor >= 15 || targetMajor < 15) return undefined
  if (kind === 'owner' && name === 'schema public' && target === 'pg_database_owner')
    return 'from PostgreSQL 15 on the schema public belongs to the owner of the database'
  if (
    kind === 'grant' &&
    name === 'schema public to PUBLIC' &&
    source === 'CREATE, USAGE' &&
    target === 'USAGE'
  )
    return 'from PostgreSQL 15 on not everybody may create in the schema public; where an application does: GRANT CREATE ON SCHEMA public TO it'
  return undefined
}

/** A table, or the last of a schema, that the plan leaves out needs not be on the target. */
function outsidePlan(
  { kind, how, name }: ParityDifference,
  item: ParityItem | undefined,
  planned: ReadonlySet<string> | undefined,
): string | undefined {
  if (planned === undefined || how !== 'missing') return undefined
  const plain = plainName(name)
  if (kind === 'schema')
    return [...planned].some((table) => table.startsWith(`${plain}.`))
      ? undefined
      : 'the plan migrates no table of this schema'
  const partitioned = item?.shape?.includes('partitioned by') === true
  if (kind === 'table' && !partitioned && !planned.has(plain)) return 'the plan leaves this table out'
  const owner = / owned by (.*): /u.exec(kind === 'sequence' ? (item?.shape ?? '') : '')?.[1]
  if (owner !== undefined && !planned.has(plainName(subjectOf({ kind: 'column', name: `${owner}: ` }))))
    return 'the plan leaves out the table that it belongs to'
  return undefined
}

function behind(source: readonly SequenceValue[], target: readonly SequenceValue[]): string[] {
  const there = new Map(target.map((one) => [one.name, one.lastValue]))
  return source
    .filter(({ name, increment, lastValue }) => {
      if (lastValue === null || !there.has(name)) return false
      const other = there.get(name) ?? null
      if (other === null) return true
      return increment.startsWith('-') ? BigInt(other) > BigInt(lastValue) : BigInt(other) < BigInt(lastValue)
    })
    .map(({ name }) => name)
}
