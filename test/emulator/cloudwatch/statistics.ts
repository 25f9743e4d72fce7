import { AwsError } from '../protocol/aws-error.ts'
import type { Point } from './metric-store.ts'

export interface Bucket {
  /** Start of the period, in milliseconds since 1970. */
  readonly at: number
  readonly values: readonly number[]
}

/** The points in periods of `periodMs`, aligned to round times, in order of time; empty periods are left out. */
export function bucketsOf(points: readonly Point[], periodMs: number): Bucket[] {
  const buckets = new Map<number, number[]>()
  for (const { at, value } of points) {
    const start = Math.floor(at / periodMs) * periodMs
    const values = buckets.get(start) ?? []
    buckets.set(start, values)
    values.push(value)
  }
  return [...buckets].sort(([a], [b]) => a - b).map(([at, values]) => ({ at, values }))
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** Average, Sum, Minimum, Maximum, SampleCount or a percentile such as p99. Throws AwsError for any other. */
export function statistic(values: readonly number[], name: string): number {
  switch (name) {
    case 'Average':
      return sum(values) / values.length
    case 'Sum':
      return sum(values)
    case 'Minimum':
      return Math.min(...values)
    case 'Maximum':
      return Math.max(...values)
    case 'SampleCount':
      return values.length
    default: {
      const percent = /^p(\d{1,2}(?:\.\d+)?|100)$/.exec(name)?.[1]
      if (percent === undefined)
        throw new AwsError('InvalidParameterValue', `The statistic ${name} is not known here.`)
      const sorted = [...values].sort((a, b) => a - b)
      return sorted[Math.max(0, Math.ceil((Number(percent) / 100) * sorted.length) - 1)] ?? 0
    }
  }
}

/** Units as the user guide's list of DMS metrics has them. */
export function unitOf(metricName: string): string {
  if (metricName.startsWith('CDCLatency')) return 'Seconds'
  if (/Bandwidth/.test(metricName)) return 'Kilobytes/Second'
  if (/ThroughputRows/.test(metricName)) return 'Count/Second'
  if (metricName.startsWith('CDC')) return 'Count'
  if (metricName === 'MemoryUsage') return 'Megabytes'
  if (/Memory|Space|SwapUsage|DiskUsage|SlotLag/.test(metricName)) return 'Bytes'
  if (metricName === 'CPUUtilization') return 'Percent'
  return 'Count'
}
