import { sqlState } from '../postgres/session.ts'
import type { ComparisonLimits } from './comparison.ts'
import type { ChunkPart, KeyRange } from './row-statements.ts'
import type { Division, SideShape } from './shapes.ts'

/** A row takes at least so many bytes of a page: header and line pointer (PostgreSQL, Database Page Layout). */
const fewestRowBytes = 28
const fewestRows = 1000
/** A part by hash reads the whole table, so that more parts would cost more than they spare. */
const mostHashParts = 8

/** Rows of a chunk: fewer where rows are wide, more where each chunk reads all over the table. Pure. */
export function rowsPerChunk(
  limits: Pick<ComparisonLimits, 'chunkRows' | 'chunkBytes'>,
  source: SideShape,
  target: SideShape,
): number {
  const width = Math.max(...[source, target].map(({ bytes, tuples }) => (tuples > 0 ? bytes / tuples : 0)))
  const byBytes = width > 0 ? Math.floor(limits.chunkBytes / width) : limits.chunkRows
  const scattered = [source, target].some(({ key }) => Math.abs(key[0]?.correlation ?? 1) < 0.5)
  return Math.max(
    Math.min(limits.chunkRows, fewestRows),
    Math.min(limits.chunkRows, byBytes) * (scattered ? 4 : 1),
  )
}

/** How many parts by hash, for rows that cannot be divided by key. Pure. */
export function hashParts(rows: number, chunkRows: number): number {
  return Math.max(1, Math.min(mostHashParts, Math.ceil(rows / (4 * chunkRows))))
}

/** Bounds of a histogram are taken as they are where chunks become at most so many times as large as they should. */
const mostTimesLarger = 4
const wholeNumbers = /^(smallint|integer|bigint)$/u

/**
 * Where chunks may begin, by the statistics of the key's first column; empty where those tell too little. Costs nothing, while
 * a walk of the index costs up to half of what hashing does. Whole numbers are divided further between two bounds. Pure.
 */
export function boundsByStatistics({ key, tuples }: SideShape, chunkRows: number): string[] {
  const [first] = key
  const chunks = Math.ceil(tuples / chunkRows)
  if (first === undefined || first.histogram === null || chunks < 2) return []
  const distinct = first.distinct ?? 0
  const values = distinct < 0 ? -distinct * tuples : distinct
  if (values < 10 * chunks) return []
  const { histogram } = first
  const intervals = histogram.length - 1
  if (chunks <= intervals) {
    const places = Array.from({ length: chunks - 1 }, (_, index) =>
      Math.round(((index + 1) * intervals) / chunks),
    )
    return withoutRepeats(places.map((place) => histogram[place] ?? ''))
  }
  if (wholeNumbers.test(first.type)) return between(histogram, Math.ceil(chunks / intervals))
  return chunks <= intervals * mostTimesLarger ? withoutRepeats(histogram.slice(1, -1)) : []
}

/** Each interval in equal parts. */
function between(histogram: readonly string[], parts: number): string[] {
  const bounds = histogram.slice(0, -1).flatMap((value, index) => {
    const [from, to] = [BigInt(value), BigInt(histogram[index + 1] ?? value)]
    return Array.from({ length: parts }, (_, part) =>
      String(from + ((to - from) * BigInt(part)) / BigInt(parts)),
    )
  })
  return withoutRepeats(bounds.slice(1))
}

function withoutRepeats(values: readonly string[]): string[] {
  return [...new Set(values)]
}

/** Gives the key `skip` rows after `from`; undefined where the table ends before. */
export type Walk = (from: readonly string[] | null, skip: number) => Promise<readonly string[] | undefined>

/**
 * The parts of a table one after another, each asked for when the one before is on its way. Ranges touch: they leave nothing out
 * whatever the walk gives. `from` is where an earlier run ended.
 */
export async function* partsOf(options: {
  readonly division: Division
  readonly source: SideShape
  readonly target: SideShape
  readonly chunkRows: number
  /** Known beforehand, in order. */
  readonly bounds: readonly string[]
  readonly from: readonly string[] | null
  readonly walk: Walk
}): AsyncGenerator<ChunkPart, void, void> {
  const { division, source, target, chunkRows, bounds, from: begin, walk } = options
  if (division.kind !== 'key') {
    const of = hashParts(Math.max(source.tuples, target.tuples, 0), chunkRows)
    for (let index = 0; index < of; index += 1) yield { kind: 'hash', part: { index, of } }
    return
  }
  let from = begin
  // From where another run ended otherwise than at a bound, nobody knows which bound comes next: the index does.
  const next = begin === null ? 0 : begin.length === 1 ? bounds.indexOf(begin[0] ?? '') + 1 : bounds.length
  for (const bound of begin !== null && next === 0 ? [] : bounds.slice(next)) {
    yield { kind: 'range', range: { from, to: [bound] } }
    from = [bound]
  }
  // Beyond the last bound may be all that came since the statistics were made.
  for (;;) {
    // Where both sides hold no more than one chunk, nobody needs to ask where it ends.
    const isOne = from === null && Math.max(source.bytes, target.bytes) / fewestRowBytes <= chunkRows
    const to = isOne ? undefined : await walk(from, chunkRows)
    yield { kind: 'range', range: { from, to: to ?? null } }
    if (to === undefined) return
    from = to
  }
}

/** A range in two, for one that took too long; undefined where there is no key between its ends. */
export async function halved(
  range: KeyRange,
  rows: number,
  walk: Walk,
): Promise<readonly [KeyRange, KeyRange] | undefined> {
  const middle = await walk(range.from, Math.max(1, Math.floor(rows / 2)))
  if (middle === undefined) return undefined
  if (JSON.stringify(middle) === JSON.stringify(range.to)) return undefined
  return [
    { from: range.from, to: middle },
    { from: middle, to: range.to },
  ]
}

/** Whether the server ended a statement at its own limit of time. */
export function tookTooLong(error: unknown): boolean {
  return sqlState(error) === '57014'
}
