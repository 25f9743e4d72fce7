import type { LatestPoint } from '../cloudwatch/metrics.ts'

/** What a measured resource is, and so what its numbers mean. */
export type GaugeKind =
  /** Bytes of storage that a replication instance has left. */
  | 'instance-storage'
  /** Bytes of memory that a replication instance can still use, and bytes it has swapped out. */
  | 'instance-memory'
  | 'instance-swap'
  /** Percent. */
  | 'instance-cpu'
  | 'serverless-capacity'
  /** Bytes of storage that the source's RDS instance has left. */
  | 'source-storage'

const names: Readonly<Record<GaugeKind, string>> = {
  'instance-storage': 'Free storage',
  'instance-memory': 'Free memory',
  'instance-swap': 'Swap',
  'instance-cpu': 'CPU',
  'serverless-capacity': 'Capacity',
  'source-storage': 'Free storage',
}

/** What a reader calls a gauge. */
export function gaugeName(kind: GaugeKind): string {
  return names[kind]
}

/** One measured resource and its recent points, oldest first, each of another moment. */
export interface Gauge {
  readonly kind: GaugeKind
  /** Identifier of the replication instance, replication or RDS instance. */
  readonly of: string
  readonly points: readonly { readonly at: number; readonly value: number }[]
}

/** What happened longer ago says nothing about what comes. */
const recentMs = 30 * 60_000

/** The gauge with one more reading; the same point of CloudWatch read twice is one point. Pure. */
export function withPoint(gauge: Gauge, point: LatestPoint): Gauge {
  if (point === null) return gauge
  const at = point.at.getTime()
  if (at <= (gauge.points.at(-1)?.at ?? Number.NEGATIVE_INFINITY)) return gauge
  const recent = gauge.points.filter((known) => known.at >= at - recentMs)
  return { ...gauge, points: [...recent, { at, value: point.value }] }
}

/**
 * Hours until what is left is used up, at the rate between the first and the last recent point; null where it does not
 * shrink, or where one point alone is known. Pure.
 */
export function hoursLeft({ points }: Gauge): number | null {
  const [first] = points
  const last = points.at(-1)
  if (first === undefined || last === undefined || last.at <= first.at) return null
  const perMs = (first.value - last.value) / (last.at - first.at)
  return perMs <= 0 ? null : last.value / perMs / 3_600_000
}
