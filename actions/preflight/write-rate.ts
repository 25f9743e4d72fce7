import type { TableLoad } from '../../shared/migration/split-tables.ts'
import type { LoadPrediction } from './load-prediction.ts'

/**
 * Rows written to all tables in a second, on average since PostgreSQL's statistics were last reset; undefined where it
 * is not known since when they count, or too short a time for an average (an hour). Pure.
 */
export function writesPerSecond(loads: readonly TableLoad[]): number | undefined {
  const seconds = Number(loads[0]?.countedSeconds ?? 0)
  if (seconds < 3600) return undefined
  const writes = loads.reduce(
    (sum, { inserted, updated, deleted }) => sum + Number(inserted) + Number(updated) + Number(deleted),
    0,
  )
  return writes / seconds
}

/** Writes that come while DMS loads, to be applied after it: `about 1,000 to 25,000`; undefined where unknown. */
export function writesMeanwhile(
  rate: number | undefined,
  load: LoadPrediction | undefined,
): string | undefined {
  if (rate === undefined || load === undefined) return undefined
  const during = (minutes: number) => rounded(rate * minutes * 60).toLocaleString('en')
  return `about ${during(load.leastMinutes)} to ${during(load.mostMinutes)}`
}

/** To two digits: an average does not carry more. */
function rounded(writes: number): number {
  return Number(writes.toPrecision(2))
}
