import { tableState } from '../../shared/dms/table-state.ts'
import { mermaid } from '../../shared/report/markdown.ts'
import { migratedTables, type TaskSight } from '../../shared/waiting/task-sight.ts'
import { expectedTables, type Expectation } from './assess.ts'

/** Where the load stands at one moment. */
export interface Progress {
  readonly elapsedMs: number
  readonly loaded: number
  readonly total: number
  readonly errored: number
  readonly rows: number
}

/** Adds up one look. */
export function progressOf(
  sights: readonly TaskSight[],
  expectation: Expectation,
  elapsedMs: number,
): Progress {
  const tables = sights.flatMap(migratedTables)
  const count = (state: string) => tables.filter((table) => tableState(table.state) === state).length
  return {
    elapsedMs,
    loaded: count('loaded'),
    total: sights.reduce((sum, sight) => sum + expectedTables(sight, expectation), 0),
    errored: count('errored'),
    rows: tables.reduce((sum, table) => sum + table.rows, 0),
  }
}

/** The fixed line of the log: `full-load 37/41 tables  rows 1,204,993,112  errored 0  elapsed 1h12m`. */
export function progressLine(progress: Progress): string {
  return [
    `full-load ${progress.loaded}/${progress.total} tables`,
    `rows ${grouped(progress.rows)}`,
    `errored ${progress.errored}`,
    `elapsed ${spokenDuration(progress.elapsedMs)}`,
  ].join('  ')
}

/** A whole number with commas. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US')
}

/** `4.2s`, `12m`, `1h12m`: short enough for a log line. */
export function spokenDuration(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)}s`
  const minutes = Math.floor(ms / 60_000)
  return minutes < 60
    ? `${minutes}m`
    : `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, '0')}m`
}

/** Rows over time as a Mermaid plot of at most 30 points; empty where there is nothing to see. */
export function progressPlot(samples: readonly Progress[]): string {
  const last = samples.at(-1)
  if (samples.length < 3 || last === undefined || last.rows === 0) return ''
  const most = 30
  const step = Math.max(1, (samples.length - 1) / (most - 1))
  const points = Array.from(
    { length: Math.min(most, samples.length) },
    (_, index) => samples[Math.round(index * step)],
  )
  const rows = points.map((point) => point?.rows ?? last.rows)
  const seconds = (last.elapsedMs / 1000).toFixed(1)
  return mermaid(
    [
      'xychart-beta',
      '  title "Rows loaded"',
      `  x-axis "seconds" 0 --> ${seconds}`,
      `  y-axis "rows" 0 --> ${Math.max(...rows)}`,
      `  line [${rows.join(', ')}]`,
    ].join('\n'),
  )
}
