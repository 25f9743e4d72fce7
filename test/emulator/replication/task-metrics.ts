import type { LiveAttempt } from './attempt-state.ts'
import type { TaskMetrics } from './job-contract.ts'
import type { Statistics } from './statistics.ts'
import type { TaskContext } from './task-context.ts'

const KILOBYTE = 1024

/** The task metrics of this instant. Latencies are 0 where nothing waits, as DMS resets them when a read finds nothing new. */
export function taskMetrics(
  meters: TaskContext['meters'],
  live: Pick<LiveAttempt, 'oldest' | 'rows'> | null,
  statistics: Statistics,
): TaskMetrics {
  const oldest = live?.oldest() ?? { waitingMs: null, applyingMs: null }
  const rows = live?.rows() ?? { open: 0, waiting: 0 }
  const age = (commitTimeMs: number | null): number =>
    commitTimeMs === null ? 0 : Math.max(0, Math.round((Date.now() - commitTimeMs) / 1000))
  const source = age(oldest.waitingMs)
  const records = statistics.list()
  const total = (
    field: 'ValidationFailedRecords' | 'ValidationSuspendedRecords' | 'ValidationPendingRecords',
  ): number => records.reduce((sum, record) => sum + record[field], 0)
  return {
    CDCLatencySource: source,
    CDCLatencyTarget: Math.max(source, age(oldest.applyingMs)),
    CDCIncomingChanges: rows.waiting,
    CDCChangesMemorySource: rows.open,
    CDCChangesDiskSource: 0,
    CDCChangesMemoryTarget: rows.waiting,
    CDCChangesDiskTarget: 0,
    CDCThroughputRowsSource: meters.sourceRows.perSecond(),
    CDCThroughputRowsTarget: meters.targetRows.perSecond(),
    CDCThroughputBandwidthSource: meters.sourceBytes.perSecond() / KILOBYTE,
    CDCThroughputBandwidthTarget: meters.targetBytes.perSecond() / KILOBYTE,
    FullLoadThroughputRowsSource: meters.loadRows.perSecond(),
    FullLoadThroughputRowsTarget: meters.loadRows.perSecond(),
    FullLoadThroughputBandwidthSource: meters.loadBytes.perSecond() / KILOBYTE,
    FullLoadThroughputBandwidthTarget: meters.loadBytes.perSecond() / KILOBYTE,
    MemoryUsage: Math.round(process.memoryUsage.rss() / KILOBYTE / KILOBYTE),
    CPUUtilization: cpuPercent(),
    ValidationSucceededRecordCount: Math.round(meters.equalRows.perSecond() * 60),
    ValidationAttemptedRecordCount: Math.round(meters.validatedRows.perSecond() * 60),
    ValidationFailedOverallCount: total('ValidationFailedRecords'),
    ValidationSuspendedOverallCount: total('ValidationSuspendedRecords'),
    ValidationPendingOverallCount: total('ValidationPendingRecords'),
  }
}

/** Of this process since it started; all tasks share it. */
function cpuPercent(): number {
  const { user, system } = process.cpuUsage()
  return Math.round((user + system) / (process.uptime() * 10_000))
}
