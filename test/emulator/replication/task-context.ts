import type { Client } from 'pg'
import type { ReplicationJob, TaskLogLine } from './job-contract.ts'
import type { PositionStore } from './position.ts'
import type { RateMeter } from './rate-meter.ts'
import type { Statistics } from './statistics.ts'
import type { TableProgress } from './table-state.ts'
import type { TaskSettings } from './task-settings.ts'

/** What all parts of a running task share. */
export interface TaskContext {
  readonly job: ReplicationJob
  readonly settings: TaskSettings
  readonly tables: ReadonlyMap<string, TableProgress>
  readonly statistics: Statistics
  readonly positions: PositionStore
  /** aborted when the task is to stop */
  readonly stopping: AbortSignal
  readonly meters: Readonly<
    Record<
      | 'validatedRows'
      | 'equalRows'
      | 'loadRows'
      | 'loadBytes'
      | 'sourceRows'
      | 'sourceBytes'
      | 'targetRows'
      | 'targetBytes',
      RateMeter
    >
  >
  /** Works the table's route out again: its target table has just been created. */
  reroute(progress: TableProgress, target: Client): Promise<void>
  log(line: TaskLogLine): void
}

/** `schema.table`, as fault points and log lines name a table. */
export function plainName(progress: TableProgress): string {
  const { source } = progress.route.selected
  return `${source.schema}.${source.name}`
}
