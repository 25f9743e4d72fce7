import type { MovedRecord } from './records.ts'
import type { TaskRunner } from './task-runner.ts'

/** A stored time as the API's answers want it. */
export function asDate(time: string | undefined): Date | undefined {
  return time === undefined ? undefined : new Date(time)
}

/** ReplicationTaskStats, or ReplicationStats of a serverless replication; undefined before the first start. */
export function describeRunStatistics(
  runner: TaskRunner,
  record: MovedRecord,
): Record<string, unknown> | undefined {
  if (!record.run) return undefined
  return {
    ...(runner.stats(record) ?? {
      FullLoadProgressPercent: 0,
      ElapsedTimeMillis: 0,
      TablesLoaded: 0,
      TablesLoading: 0,
      TablesQueued: 0,
      TablesErrored: 0,
    }),
    FreshStartDate: asDate(record.freshStartAt),
    StartDate: asDate(record.startedAt),
    StopDate: asDate(record.stoppedAt),
  }
}
