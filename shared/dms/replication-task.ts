import type { ReplicationTask as ApiTask } from '@aws-sdk/client-database-migration-service'
import { jsonDocument, required } from './answer-part.ts'

export type MigrationType = 'full-load' | 'cdc' | 'full-load-and-cdc'
export type StartType = 'start-replication' | 'resume-processing' | 'reload-target'

/** A replication task as DMS describes it (API: ReplicationTask), with what we need said for certain. */
export interface ReplicationTask {
  readonly identifier: string
  readonly arn: string
  /** As the API writes it: `ready`, `running`, …; task-state.ts knows what it means. */
  readonly status: string
  readonly migrationType: string
  readonly sourceEndpointArn: string
  readonly targetEndpointArn: string
  readonly replicationInstanceArn: string
  readonly stopReason: string
  readonly failure: string
  readonly createdAt: Date | undefined
  /** Last start of any kind; undefined on a task that never ran. */
  readonly startedAt: Date | undefined
  readonly fullLoadStarted: Date | undefined
  readonly fullLoadFinished: Date | undefined
  readonly tables: {
    readonly loaded: number
    readonly loading: number
    readonly queued: number
    readonly errored: number
  }
  /** DMS's own estimate; never a sign of success, since errored tables count as done. */
  readonly percent: number
  /** Only where they were asked for. */
  readonly mappings: unknown
  readonly settings: unknown
}

/** Throws where the answer lacks what identifies a task. */
export function parseTask(task: ApiTask): ReplicationTask {
  const call = 'DescribeReplicationTasks'
  const stats = task.ReplicationTaskStats
  return {
    identifier: required(task.ReplicationTaskIdentifier, 'ReplicationTaskIdentifier', call),
    arn: required(task.ReplicationTaskArn, 'ReplicationTaskArn', call),
    status: required(task.Status, 'Status', call),
    migrationType: required(task.MigrationType, 'MigrationType', call),
    sourceEndpointArn: required(task.SourceEndpointArn, 'SourceEndpointArn', call),
    targetEndpointArn: required(task.TargetEndpointArn, 'TargetEndpointArn', call),
    replicationInstanceArn: required(task.ReplicationInstanceArn, 'ReplicationInstanceArn', call),
    stopReason: task.StopReason ?? '',
    failure: task.LastFailureMessage ?? '',
    createdAt: task.ReplicationTaskCreationDate,
    startedAt: task.ReplicationTaskStartDate,
    fullLoadStarted: stats?.FullLoadStartDate,
    fullLoadFinished: stats?.FullLoadFinishDate,
    tables: tableCounts(stats),
    percent: stats?.FullLoadProgressPercent ?? 0,
    mappings: jsonDocument(task.TableMappings, 'TableMappings'),
    settings: jsonDocument(task.ReplicationTaskSettings, 'ReplicationTaskSettings'),
  }
}

/** Tables by what became of them; all 0 where DMS says nothing yet. A serverless replication counts alike. */
export function tableCounts(
  stats:
    | {
        readonly TablesLoaded?: number | undefined
        readonly TablesLoading?: number | undefined
        readonly TablesQueued?: number | undefined
        readonly TablesErrored?: number | undefined
      }
    | undefined,
): ReplicationTask['tables'] {
  return {
    loaded: stats?.TablesLoaded ?? 0,
    loading: stats?.TablesLoading ?? 0,
    queued: stats?.TablesQueued ?? 0,
    errored: stats?.TablesErrored ?? 0,
  }
}
