import type { AgedPoint, TaskMetrics } from '../../shared/waiting/task-metrics.ts'

/**
 * Where a task that is behind loses its time, and what to look at, by CloudWatch's latencies (DMS User Guide, Monitoring):
 * CDCLatencySource is the age of what was captured last, CDCLatencyTarget of the oldest change that the target has not
 * confirmed, so it contains the other one. Pure.
 */
export function bottleneck(metrics: TaskMetrics | undefined, limitSeconds: number): string {
  const source = metrics?.latencySource ?? null
  const target = metrics?.latencyTarget ?? null
  if (source === null || target === null)
    return 'CloudWatch has no latencies of it: read its log, and see that the replication instance has CPU, memory and storage left'
  if (source.value <= limitSeconds && target.value <= limitSeconds)
    return `CloudWatch shows no latency (${shown(source, target)}), which may be older than the trouble: read its log`
  if (source.value * 2 >= target.value)
    return `it is behind in reading the source (${shown(source, target)}): end long transactions there, see that WAL is not written faster than one slot is decoded, and look at CPU, memory and swap of the replication instance`
  return `it is behind in writing to the target (${shown(source, target)}): look there for locks, for tables without an index on their key, for triggers and load, and at the replication instance; divide the tables over more tasks`
}

function shown(source: NonNullable<AgedPoint>, target: NonNullable<AgedPoint>): string {
  const aged = ({ value, ageSeconds }: NonNullable<AgedPoint>) =>
    `${value} s, ${Math.round(ageSeconds)} s ago`
  return `CDCLatencySource ${aged(source)}; CDCLatencyTarget ${aged(target)}`
}
