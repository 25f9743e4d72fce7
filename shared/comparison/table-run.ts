import { createHash } from 'node:crypto'
import { coverageOf } from './column-rules.ts'
import type {
  ComparedTable,
  FinishedPart,
  RowDifference,
  TableComparison,
  UnsettledRow,
} from './comparison.ts'
import type { ChunkPart, RowStatements } from './row-statements.ts'
import type { Division, SideShape } from './shapes.ts'

/** A part that was begun. */
export interface Chunk {
  readonly part: ChunkPart
  /** Rows that it is thought to have. */
  readonly expected: number
  rows: { source: bigint; target: bigint }
  /** `clean`: equal, also after looking again. `stained`: something in it differs or could not be settled. */
  state: 'open' | 'clean' | 'stained'
  finishedAt: number
}

/** A part that nothing is known of yet. */
export function openChunk(part: ChunkPart, expected: number): Chunk {
  return { part, expected, rows: { source: 0n, target: 0n }, state: 'open', finishedAt: 0 }
}

/** One table while it is compared. */
export interface TableRun {
  readonly table: ComparedTable
  readonly shapes: { readonly source: SideShape; readonly target: SideShape }
  readonly statements: { readonly source: RowStatements; readonly target: RowStatements }
  readonly division: Division
  readonly chunkRows: number
  /** In the order of the key, whatever ends first: what is kept for another run is those before the first open one. */
  readonly chunks: Chunk[]
  readonly resumed: FinishedPart | undefined
  readonly differences: RowDifference[]
  /** Keys of all that were found, as JSON: a row of two chunks, where sides sort otherwise or a chunk was halved, counts once. */
  readonly found: Set<string>
  readonly unsettled: UnsettledRow[]
  differencesFound: number
  rechecks: number
  /** No part is left to begin. */
  exhausted: boolean
  /** Why the table is not compared further. */
  failure: string | undefined
  /** So many differences that no more are looked for. */
  stopped: boolean
  workers: number
  startedAt: number | undefined
  endedAt: number | undefined
  savedChunks: number
}

/** A run of which nothing was read yet. */
export function tableRun(
  given: Pick<TableRun, 'table' | 'shapes' | 'statements' | 'division' | 'chunkRows' | 'resumed'>,
): TableRun {
  return {
    ...given,
    chunks: [],
    differences: [],
    found: new Set(),
    unsettled: [],
    differencesFound: 0,
    rechecks: 0,
    exhausted: given.resumed?.upTo === null,
    failure: undefined,
    stopped: false,
    workers: 0,
    startedAt: undefined,
    endedAt: undefined,
    savedChunks: 0,
  }
}

/** Whether nothing more can be found out about the table. */
export function isDone(run: TableRun): boolean {
  if (run.failure !== undefined || run.stopped) return run.workers === 0
  return run.exhausted && run.chunks.every(({ state }) => state !== 'open')
}

/**
 * Which table, columns, rules and division a kept part is about, and which files held the rows: after TRUNCATE or a reload on
 * either side, what was found of the rows before says nothing. Pure.
 */
export function partId({ table, division, shapes }: Pick<TableRun, 'table' | 'division' | 'shapes'>): string {
  const { source, target, columns, key } = table
  return createHash('sha256')
    .update(
      JSON.stringify([
        source,
        target,
        columns,
        key ?? null,
        division.kind,
        shapes.source.files,
        shapes.target.files,
      ]),
    )
    .digest('hex')
}

/** What may be kept: all chunks from the first on that are clean, as old as the oldest of them. Undefined: nothing. Pure. */
export function cleanPart(run: TableRun): FinishedPart | undefined {
  const { chunks, resumed } = run
  const end = chunks.findIndex(({ state }) => state !== 'clean')
  const clean = end === -1 ? chunks : chunks.slice(0, end)
  const last = clean.at(-1)
  const isWhole = run.exhausted && clean.length === chunks.length && run.failure === undefined
  if (last === undefined) return undefined
  if (last.part.kind === 'hash' && !isWhole) return undefined
  const rows = (side: 'source' | 'target') =>
    String(clean.reduce((sum, chunk) => sum + chunk.rows[side], BigInt(resumed?.rows[side] ?? 0)))
  return {
    id: partId(run),
    upTo: isWhole || last.part.kind === 'hash' ? null : last.part.range.to,
    rows: { source: rows('source'), target: rows('target') },
    chunks: clean.length + (resumed?.chunks ?? 0),
    at: Math.min(...clean.map(({ finishedAt }) => finishedAt), resumed?.at ?? Number.POSITIVE_INFINITY),
  }
}

const divided: Readonly<Record<Division['kind'], string>> = {
  key: 'by key',
  'key-hash': 'by hash of the key',
  multiset: 'as a multiset of rows',
}

/** What the caller is told. Pure. */
export function resultOf(run: TableRun): TableComparison {
  const { table, chunks, resumed, failure, stopped } = run
  const rows = (side: 'source' | 'target') =>
    String(chunks.reduce((sum, chunk) => sum + chunk.rows[side], BigInt(resumed?.rows[side] ?? 0)))
  const reason = failure ?? (stopped ? 'comparing ended at the limit of differences' : undefined)
  const isUnsettled = failure !== undefined || run.unsettled.length > 0
  return {
    table,
    kind: run.differencesFound > 0 ? 'different' : isUnsettled ? 'unsettled' : 'equal',
    ...(reason === undefined ? {} : { reason }),
    rows: { source: rows('source'), target: rows('target') },
    chunks: chunks.length + (resumed?.chunks ?? 0),
    ...(resumed === undefined ? {} : { resumed: { chunks: resumed.chunks, at: resumed.at } }),
    divided: divided[run.division.kind],
    differences: run.differences,
    differencesFound: run.differencesFound,
    complete: reason === undefined,
    unsettled: run.unsettled,
    coverage: coverageOfTable(table),
    ms: run.startedAt === undefined ? 0 : (run.endedAt ?? run.startedAt) - run.startedAt,
    rechecks: run.rechecks,
  }
}

/** A table of which no row was read: as asked (`skipped`), or since it could not be (`unsettled`). Pure. */
export function unreadResult(
  table: ComparedTable,
  kind: 'skipped' | 'unsettled',
  reason: string,
): TableComparison {
  return {
    table,
    kind,
    reason,
    rows: { source: '0', target: '0' },
    chunks: 0,
    divided: 'not',
    differences: [],
    differencesFound: 0,
    complete: false,
    unsettled: [],
    coverage: coverageOfTable(table),
    ms: 0,
    rechecks: 0,
  }
}

function coverageOfTable({ columns, key }: ComparedTable): TableComparison['coverage'] {
  return columns.map((column) => coverageOf(column, key?.includes(column.name) ?? false))
}
