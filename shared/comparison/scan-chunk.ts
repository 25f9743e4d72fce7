import { bucketCount, type ChunkPart } from './row-statements.ts'
import type { SessionPair, SessionPairs } from './session-pairs.ts'
import type { LoadGate } from './load-gate.ts'
import type { Outcome, Settler } from './settler.ts'
import type { Chunk, TableRun } from './table-run.ts'

/** Rows whose keys are held in memory at a time, about, for each side. */
const mostKeys = 100_000
/** Chunks of no more rows are not divided further: their keys cost less than another scan. */
const fewRows = 2000

interface Sum {
  readonly rows: string
  readonly sum: string
}

/**
 * Compares one part: the sums of both sides, and where they differ those of its buckets, then the rows in those, then what
 * is not the same is handed to the settler. Each statement is a snapshot of its own, and short. Resolves when all is read;
 * `settled` when all is decided.
 */
export async function scanChunk(
  run: TableRun,
  chunk: Chunk,
  tools: {
    readonly pairs: SessionPairs
    readonly gate: LoadGate
    readonly settler: Settler
    readonly now: () => number
    readonly onRows: (rows: bigint) => void
  },
): Promise<{ readonly settled: Promise<void> }> {
  const { pairs, gate, settler, onRows } = tools
  const { part } = chunk
  const found = await pairs.use(async (pair) => {
    await gate.pass(pair)
    const [source, target] = await both<Sum>(pair, run, (of) => of.sum(part))
    const sums = { source: source[0] ?? empty, target: target[0] ?? empty }
    chunk.rows = { source: BigInt(sums.source.rows), target: BigInt(sums.target.rows) }
    onRows(chunk.rows.source)
    return sums.source.sum === sums.target.sum && sums.source.rows === sums.target.rows
      ? []
      : differingBuckets(pair, run, part, chunk)
  })
  const outcomes: Promise<readonly Outcome[]>[] = []
  for (const buckets of found) {
    if (run.stopped || run.failure !== undefined) break
    const suspects = await pairs.use((pair) => suspectsIn(pair, run, part, buckets))
    // One group of buckets after another, but nobody waits for the last: other chunks go on beside its marker.
    await outcomes.at(-1)
    outcomes.push(settler.submit(run, suspects))
  }
  const settled = Promise.all(outcomes).then((all) => {
    const isClean = all.length === found.length && all.flat().every((outcome) => outcome === 'equal')
    chunk.finishedAt = tools.now()
    chunk.state = isClean ? 'clean' : 'stained'
  })
  return { settled }
}

const empty: Sum = { rows: '0', sum: '0' }

/** Buckets that differ, in groups whose rows fit into memory. */
async function differingBuckets(
  pair: SessionPair,
  run: TableRun,
  part: ChunkPart,
  chunk: Chunk,
): Promise<number[][]> {
  const rows = Number(chunk.rows.source > chunk.rows.target ? chunk.rows.source : chunk.rows.target)
  if (rows <= fewRows) return [Array.from({ length: bucketCount }, (_, index) => index)]
  const [source, target] = await both<Sum & { bucket: number }>(pair, run, (of) => of.buckets(part))
  const [here, there] = [source, target].map(
    (side) => new Map(side.map(({ bucket, rows, sum }) => [bucket, `${rows} ${sum}`])),
  )
  const differing = Array.from({ length: bucketCount }, (_, index) => index).filter(
    (bucket) => here?.get(bucket) !== there?.get(bucket),
  )
  const perGroup = Math.max(1, Math.floor((mostKeys * bucketCount) / rows))
  return Array.from({ length: Math.ceil(differing.length / perGroup) }, (_, index) =>
    differing.slice(index * perGroup, (index + 1) * perGroup),
  )
}

/** Keys whose rows are not the same on both sides. */
async function suspectsIn(
  pair: SessionPair,
  run: TableRun,
  part: ChunkPart,
  buckets: readonly number[],
): Promise<string[][]> {
  const [source, target] = await both<{ key: string[]; content: string }>(pair, run, (of) =>
    of.contents(part, buckets),
  )
  const [here, there] = [contentsByKey(source), contentsByKey(target)]
  // One snapshot showed both. A look by that index stops at the first, and would find the sides equal.
  for (const [side, contents] of [
    ['source', here],
    ['target', there],
  ] as const)
    if (run.table.key !== undefined && [...contents.values()].some((content) => content.includes(',')))
      run.failure ??= `rows share a key on the ${side}: its unique index is corrupt, and nothing that is found by it counts (amcheck shows it, REINDEX names the rows)`
  const keys = new Set([...here.keys(), ...there.keys()])
  return [...keys].filter((key) => here.get(key) !== there.get(key)).map((key) => JSON.parse(key) as string[])
}

function contentsByKey(rows: readonly { key: string[]; content: string }[]): Map<string, string> {
  const contents = new Map<string, string>()
  for (const { key, content } of rows) {
    const name = JSON.stringify(key)
    const before = contents.get(name)
    contents.set(name, before === undefined ? content : [...before.split(','), content].toSorted().join())
  }
  return contents
}

/** The same statement on both sides at the same time; fails only when both have ended, so that no session is still busy. */
async function both<Row extends object>(
  pair: SessionPair,
  run: TableRun,
  statement: (of: TableRun['statements']['source']) => { text: string; values: readonly unknown[] },
): Promise<[Row[], Row[]]> {
  const ask = async (side: 'source' | 'target') => {
    const { text, values } = statement(run.statements[side])
    return pair[side].query<Row>(text, values)
  }
  const [source, target] = await Promise.allSettled([ask('source'), ask('target')])
  if (source.status === 'rejected') throw source.reason
  if (target.status === 'rejected') throw target.reason
  return [source.value, target.value]
}
