import { randomBytes } from 'node:crypto'
import { MigrationError } from '../runtime/errors.ts'
import { toldOfError } from './told-of-error.ts'
import { sqlState } from '../postgres/session.ts'
import { boundsByStatistics, halved, partsOf, rowsPerChunk, tookTooLong, type Walk } from './boundaries.ts'
import type { ComparisonWork, FinishedPart, SideTable, TableComparison } from './comparison.ts'
import { loadGate } from './load-gate.ts'
import { rowStatements } from './row-statements.ts'
import { scanChunk } from './scan-chunk.ts'
import { comparisonSettings, sessionPairs, type SessionPairs } from './session-pairs.ts'
import { settler } from './settler.ts'
import { divisionOf, isSampleSortedAlike, readShapes, type SideShape } from './shapes.ts'
import {
  cleanPart,
  isDone,
  openChunk,
  partId,
  resultOf,
  tableRun,
  unreadResult,
  type Chunk,
  type TableRun,
} from './table-run.ts'
import { differenceTeller } from './tell-differences.ts'

/** How often progress is told and finished parts are saved, at most, in milliseconds. */
const tellEveryMs = 1000

/**
 * Compares the rows of all tables while both sides go on; results in the order of the tables. Reads only. Throws `cancelled`,
 * and `unavailable` where a database is away; what can be said of single tables is in their results.
 */
export async function compareRows(work: ComparisonWork): Promise<TableComparison[]> {
  const { limits, clock } = work
  const pairs = sessionPairs(work, limits.maxConnections, comparisonSettings(limits.statementTimeoutMs))
  const startedAt = clock.elapsed()
  try {
    const prepared = await prepare(work, pairs)
    const runs = prepared.flatMap((one) => ('run' in one ? [one.run] : []))
    const skipped = prepared.length - runs.length
    let rows = 0n
    let toldAt = Number.NEGATIVE_INFINITY
    const tell = (always: boolean) => {
      const elapsedMs = clock.elapsed() - startedAt
      if (!always && elapsedMs - toldAt < tellEveryMs) return
      toldAt = elapsedMs
      work.onProgress?.({
        tables: { done: skipped + runs.filter(isDone).length, all: prepared.length },
        rows,
        differences: runs.reduce((sum, run) => sum + run.differencesFound, 0),
        unsettled: runs.reduce((sum, run) => sum + run.unsettled.length, 0),
        elapsedMs,
        ...(gate.closedBecause === undefined ? {} : { paused: gate.closedBecause }),
      })
    }
    const gate = loadGate({ ...work, maxLoad: limits.maxLoad, pairs, onChange: () => tell(true) })
    const tools = {
      pairs,
      gate,
      settler: settler({
        ...work,
        pairs,
        maxLooks: limits.maxLooks,
        onDifferences: differenceTeller({
          pairs,
          salt: randomBytes(16).toString('hex'),
          masked: work.masked,
          maxPerTable: limits.maxDifferencesPerTable,
        }),
      }),
      now: () => clock.now(),
      onRows: (some: bigint) => {
        rows += some
        tell(false)
      },
    }
    const results = () => prepared.map((one) => ('run' in one ? resultOf(one.run) : one.result))
    try {
      await workOff(work, runs, pairs, tools, () => tell(false))
    } catch (error) {
      if (work.signal.aborted) {
        for (const run of runs) if (!isDone(run)) run.failure ??= 'it was not compared to its end'
        work.onCancelled?.(results())
      }
      throw error
    }
    tell(true)
    return results()
  } finally {
    await pairs.close()
  }
}

type Tools = Parameters<typeof scanChunk>[2]
type Prepared = { readonly run: TableRun } | { readonly result: TableComparison }

/** Shapes of all tables by one statement a side, and how each is to be divided. */
async function prepare(work: ComparisonWork, pairs: SessionPairs): Promise<Prepared[]> {
  const kept = (await work.resume?.load()) ?? []
  const oldest = work.clock.now() - (work.resume?.maxAgeMs ?? 0)
  const fresh = new Map(kept.filter(({ at }) => at >= oldest).map((part) => [part.id, part]))
  return pairs.use(async (pair) => {
    const [sources, targets] = await Promise.all([
      readShapes(pair.source, work.tables, 'source'),
      readShapes(pair.target, work.tables, 'target'),
    ])
    const prepared: Prepared[] = []
    for (const [place, table] of work.tables.entries()) {
      const [source, target] = [sources[place], targets[place]]
      if (table.skip !== undefined) prepared.push({ result: unreadResult(table, 'skipped', table.skip) })
      else if (source === undefined || target === undefined) throw new Error('shapes of a table are missing')
      else {
        const problem = problemOf(table, source, target)
        if (problem !== undefined) {
          prepared.push({ result: unreadResult(table, 'unsettled', problem) })
          continue
        }
        const alike = await isSampleSortedAlike(pair.target, source, target)
        prepared.push({ run: newRun(work, table, source, target, alike, fresh) })
      }
    }
    return prepared
  })
}

function newRun(
  { limits }: ComparisonWork,
  table: ComparisonWork['tables'][number],
  source: SideShape,
  target: SideShape,
  alike: boolean,
  kept: ReadonlyMap<string, FinishedPart>,
): TableRun {
  const division = divisionOf(table, source, target, alike)
  const shapes = { source, target }
  const recode = source.encoding !== target.encoding
  return tableRun({
    table,
    shapes,
    statements: {
      source: rowStatements(table, 'source', source, recode),
      target: rowStatements(table, 'target', target, recode),
    },
    division,
    chunkRows: rowsPerChunk(limits, source, target),
    resumed: kept.get(partId({ table, division, shapes })),
  })
}

/** Why a table cannot be compared, where its shape tells. */
function problemOf(
  table: ComparisonWork['tables'][number],
  source: SideShape,
  target: SideShape,
): string | undefined {
  const sides = [
    { side: 'source', shape: source, name: nameOf(table.source) },
    { side: 'target', shape: target, name: nameOf(table.target) },
  ] as const
  const absent = sides.find(({ shape }) => shape.kind === null)
  if (absent !== undefined) return `${absent.name} is not on the ${absent.side}`
  for (const { side, shape, name } of sides) {
    const there = new Set(shape.key.map((column) => column.name))
    const missing = table.key?.filter((column) => !there.has(column)) ?? []
    if (missing.length > 0) return `${name} has no column ${missing.join(', ')} on the ${side}`
    const nullable = shape.key.filter(({ notNull }) => !notNull).map((column) => column.name)
    if (nullable.length > 0) return `the key of ${name} may be NULL on the ${side}: ${nullable.join(', ')}`
  }
  return undefined
}

function nameOf({ schema, table }: SideTable): string {
  return `${schema}.${table}`
}

/** As many chunks at a time as there are pairs of sessions, of different tables where there are several; large ones first. */
async function workOff(
  work: ComparisonWork,
  runs: readonly TableRun[],
  pairs: SessionPairs,
  tools: Tools,
  tell: () => void,
): Promise<void> {
  const bySize = runs.toSorted((a, b) => b.shapes.source.bytes - a.shapes.source.bytes)
  const queues = new Map(bySize.map((run) => [run, partQueue(run, walkOf(run, pairs))]))
  const failures: unknown[] = []
  const settling: Promise<void>[] = []
  const worker = async () => {
    while (failures.length === 0) {
      if (work.signal.aborted) throw new MigrationError('cancelled', 'the run was cancelled')
      const [run] = bySize
        .filter((one) => !one.exhausted && !one.stopped && one.failure === undefined)
        .toSorted((a, b) => a.workers - b.workers)
      if (run === undefined) return
      run.workers += 1
      run.startedAt ??= work.clock.elapsed()
      try {
        const chunk = await queues.get(run)?.()
        if (chunk !== undefined) settling.push(...(await scan(run, chunk, pairs, tools)).map(watched(run)))
      } catch (error) {
        if (error instanceof MigrationError || sqlState(error) === undefined) throw error
        run.failure ??= `comparing failed: ${toldOfError(error)}`
      } finally {
        run.workers -= 1
        run.endedAt = work.clock.elapsed()
        tell()
      }
      // Not further ahead of the markers than this: what waits for one is held in memory.
      while (settling.length > 4 * work.limits.maxConnections) await settling.shift()
    }
  }
  const watched = (run: TableRun) => async (settled: Promise<void>) => {
    try {
      await settled
      run.endedAt = work.clock.elapsed()
      await save(work, run, false)
    } catch (error) {
      failures.push(error)
    }
    tell()
  }
  const failed = (error: unknown) => {
    failures.push(error)
  }
  await Promise.all(Array.from({ length: work.limits.maxConnections }, () => worker().catch(failed)))
  await Promise.all(settling)
  if (failures.length > 0) throw failures[0]
  for (const run of runs) await save(work, run, true)
}

/** Gives the table's next chunk, one asker after another; undefined when there is none. */
function partQueue(run: TableRun, walk: Walk): () => Promise<Chunk | undefined> {
  const { division, shapes, chunkRows, resumed } = run
  const bounds = boundsByStatistics(shapes[largerSide(run)], chunkRows)
  const parts = partsOf({ division, ...shapes, chunkRows, bounds, from: resumed?.upTo ?? null, walk })
  return async () => {
    // An async generator answers in turn, so that chunks are listed in the order of the key.
    const { done, value } = await parts.next()
    if (done === true) {
      run.exhausted = true
      return undefined
    }
    const chunk = openChunk(value, chunkRows)
    run.chunks.push(chunk)
    return chunk
  }
}

/** Where more rows are; the target, which usually has less to do, where both have as many. */
function largerSide({ shapes: { source, target } }: TableRun): 'source' | 'target' {
  return source.tuples > target.tuples * 1.1 ? 'source' : 'target'
}

function walkOf(run: TableRun, pairs: SessionPairs): Walk {
  const side = largerSide(run)
  return async (from, skip) => {
    const { text, values } = run.statements[side].walk(from, skip)
    const [row] = await pairs.use((pair) => pair[side].query<{ key: string[] }>(text, values))
    return row?.key
  }
}

/** A chunk, in two where the server's limit of time ended it. Gives what its suspects still wait for. */
async function scan(
  run: TableRun,
  chunk: Chunk,
  pairs: SessionPairs,
  tools: Tools,
): Promise<Promise<void>[]> {
  try {
    const { settled } = await scanChunk(run, chunk, tools)
    return [settled]
  } catch (error) {
    const { part, expected } = chunk
    if (!tookTooLong(error) || error instanceof MigrationError || part.kind === 'hash') throw error
    const ranges = await halved(part.range, expected, walkOf(run, pairs))
    if (ranges === undefined) throw error
    const chunks = ranges.map((range) => openChunk({ kind: 'range', range }, Math.ceil(expected / 2)))
    run.chunks.splice(run.chunks.indexOf(chunk), 1, ...chunks)
    const settling: Promise<void>[] = []
    for (const half of chunks) settling.push(...(await scan(run, half, pairs, tools)))
    return settling
  }
}

/** Keeps what is finished, where it has grown. */
async function save(work: ComparisonWork, run: TableRun, atEnd: boolean): Promise<void> {
  if (work.resume === undefined) return
  const part = cleanPart(run)
  if (part === undefined || (!atEnd && part.upTo !== null && part.chunks - run.savedChunks < 10)) return
  if (part.chunks === run.savedChunks && part.upTo !== null) return
  run.savedChunks = part.chunks
  await work.resume.save(part)
}
