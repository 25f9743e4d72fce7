import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Measurement, Pair } from './bench.ts'

/** One row of results.json: medians, and every pair that they come from. */
export interface ResultRow {
  readonly ours: number
  readonly reference: number
  readonly unit: string
  /** ours / reference. */
  readonly ratio: number
  /** `<= 2` or `>= 0.5`; null where the ratio is only reported. */
  readonly target: string | null
  readonly met: boolean
  readonly runs: readonly Pair[]
  /** When it was measured, ISO 8601 in UTC. */
  readonly date: string
  readonly note?: string
}

/** The row of a measurement. Throws a RangeError where nothing was measured. */
export function rowOf(measurement: Measurement, date: Date): ResultRow {
  const ours = median(measurement.runs.map((pair) => pair.ours))
  const reference = median(measurement.runs.map((pair) => pair.reference))
  const ratio = ours / reference
  const { target } = measurement
  const met =
    target === undefined || (target.kind === 'at-most' ? ratio <= target.ratio : ratio >= target.ratio)
  return {
    ours: rounded(ours),
    reference: rounded(reference),
    unit: measurement.unit,
    ratio: rounded(ratio),
    target: target === undefined ? null : `${target.kind === 'at-most' ? '<=' : '>='} ${target.ratio}`,
    met,
    runs: measurement.runs.map((pair) => ({ ours: rounded(pair.ours), reference: rounded(pair.reference) })),
    date: date.toISOString(),
    ...(measurement.note === undefined ? {} : { note: measurement.note }),
  }
}

/** Puts rows into the file beside those of other benches, names sorted. */
export function mergeResults(file: string, rows: Readonly<Record<string, ResultRow>>): void {
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, ResultRow>) : {}
  const all = Object.entries({ ...kept, ...rows }).sort(([a], [b]) => (a < b ? -1 : 1))
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(all), undefined, 2)}\n`)
}

/** The middle value, or the mean of the two in the middle. Throws a RangeError for an empty list. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.ceil(sorted.length / 2) - 1]
  if (upper === undefined || lower === undefined) throw new RangeError('nothing was measured')
  return (upper + lower) / 2
}

/** Four significant digits: more would be noise. */
function rounded(value: number): number {
  return Number(value.toPrecision(4))
}
