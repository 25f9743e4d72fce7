import { tableState } from '../../shared/dms/table-state.ts'
import type { TableStatistic } from '../../shared/dms/table-statistic.ts'
import { sizeKey, type SourceSizes, type TableSize } from '../../shared/waiting/table-size.ts'
import { migratedTables, type TaskSight } from '../../shared/waiting/task-sight.ts'
import { expectedTables, type Expectation } from './assess.ts'
import { etaText, paceOf } from './pace.ts'
import { grouped, spokenBytes, spokenDuration } from './spoken.ts'

/** Where the load stands at one moment. */
export interface Progress {
  /** Since this wait began. */
  readonly elapsedMs: number
  /** Since the load began, as DMS says: a later run goes on counting. */
  readonly loadMs: number
  readonly loaded: number
  readonly total: number
  readonly errored: number
  readonly rows: number
  /**
   * Bytes of the source's tables whose rows have been brought, and of all of them: DMS counts rows only, so a table that
   * is being loaded counts with the share of its rows. Null where the sizes are not known.
   */
  readonly bytes: number | null
  readonly totalBytes: number | null
  /**
   * The longest that one of the tables in load still takes at its own rate; null where that is not known, and Infinity
   * where one has outgrown the planner's estimate, so that nobody can tell.
   */
  readonly longestMs: number | null
}

/** What a look is measured by. */
export interface Yardstick {
  readonly expectation: Expectation
  /** Undefined: the source was not asked, or did not say. */
  readonly sizes: SourceSizes | undefined
  /** When this wait began, and now: ms of the clock that never goes back, and since the epoch. */
  readonly elapsedMs: number
  readonly now: number
}

/** Adds up one look. */
export function progressOf(sights: readonly TaskSight[], by: Yardstick): Progress {
  const tables = sights.flatMap(migratedTables)
  const count = (state: string) => tables.filter((table) => tableState(table.state) === state).length
  const starts = sights.flatMap(({ task }) =>
    task.fullLoadStarted === undefined ? [] : [task.fullLoadStarted.getTime()],
  )
  const sizeOf = (table: TableStatistic) => by.sizes?.get(sizeKey(table))
  return {
    elapsedMs: by.elapsedMs,
    loadMs: starts.length === 0 ? by.elapsedMs : Math.max(by.elapsedMs, by.now - Math.min(...starts)),
    loaded: count('loaded'),
    total: sights.reduce((sum, sight) => sum + expectedTables(sight, by.expectation), 0),
    errored: count('errored'),
    rows: tables.reduce((sum, table) => sum + table.rows, 0),
    bytes:
      by.sizes === undefined
        ? null
        : tables.reduce((sum, table) => sum + loadedBytes(table, sizeOf(table)), 0),
    totalBytes:
      by.sizes === undefined ? null : [...by.sizes.values()].reduce((sum, { bytes }) => sum + bytes, 0),
    longestMs: longest(tables.map((table) => timeLeft(table, sizeOf(table), by.now))),
  }
}

/** Share of the rows that have been brought; an estimate may be too low, so a table in load is never whole. */
function share(table: TableStatistic, size: TableSize | undefined): number {
  if (tableState(table.state) === 'loaded') return 1
  if (size === undefined || size.rows === null) return 0
  return Math.min(0.99, table.rows / size.rows)
}

function loadedBytes(table: TableStatistic, size: TableSize | undefined): number {
  return Math.round((size?.bytes ?? 0) * share(table, size))
}

/** Estimates are a few percent off; beyond that they are old. */
const mostOfEstimate = 1.1

/** In ms at the rate since its load began; null where there is none to tell by. */
function timeLeft(table: TableStatistic, size: TableSize | undefined, now: number): number | null {
  if (tableState(table.state) !== 'loading' || table.loadStarted === undefined) return null
  if (size !== undefined && size.rows !== null && table.rows > size.rows * mostOfEstimate)
    return Number.POSITIVE_INFINITY
  const done = share(table, size)
  const spent = now - table.loadStarted.getTime()
  return done > 0 && spent > 0 ? (spent * (1 - done)) / done : null
}

function longest(times: readonly (number | null)[]): number | null {
  return times.reduce((most, time) => (time === null ? most : Math.max(most ?? 0, time)), null)
}

/**
 * The fixed line of the log:
 * `full-load 37/41 tables  rows 1,204,993,112  bytes ≈ 41.2 of 120 GB  rate 210,400 rows/s  ETA 35–50 min  errored 0  elapsed 1h12m`.
 */
export function progressLine(samples: readonly Progress[]): string {
  const last = samples.at(-1)
  if (last === undefined) return 'full-load not looked at yet'
  const { rowsPerSecond, eta } = paceOf(samples)
  return [
    `full-load ${last.loaded}/${last.total} tables`,
    `rows ${grouped(last.rows)}`,
    `bytes ${bytesText(last)}`,
    `rate ${rateText(rowsPerSecond)}`,
    etaText(eta),
    `errored ${last.errored}`,
    `elapsed ${spokenDuration(last.loadMs)}`,
  ].join('  ')
}

/** `≈ 41.2 GB of 120 GB`, or `unknown`. */
export function bytesText({ bytes, totalBytes }: Progress): string {
  return bytes === null || totalBytes === null
    ? 'unknown'
    : `≈ ${spokenBytes(bytes)} of ${spokenBytes(totalBytes)}`
}

/** `210,400 rows/s`, or `unknown`. */
export function rateText(rowsPerSecond: number | null): string {
  return rowsPerSecond === null ? 'unknown' : `${grouped(Math.round(rowsPerSecond))} rows/s`
}
