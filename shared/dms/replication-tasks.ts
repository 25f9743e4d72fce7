import {
  CreateReplicationTaskCommand,
  DeleteReplicationTaskCommand,
  paginateDescribeReplicationTasks,
  paginateDescribeTableStatistics,
  StartReplicationTaskCommand,
  StopReplicationTaskCommand,
  type DatabaseMigrationServiceClient,
} from '@aws-sdk/client-database-migration-service'
import { required } from './answer-part.ts'
import { parseTask, type MigrationType, type ReplicationTask, type StartType } from './replication-task.ts'
import { parseTableStatistic, type TableStatistic } from './table-statistic.ts'
import { tagList, type MigrationTags } from './tags.ts'
import { creation, ending, pagesOf, start } from './task-calls.ts'

/** What a task runs on. */
export type TaskCompute =
  | { readonly replicationInstanceArn: string }
  | {
      /** Capacity units (DCU) and place of a serverless replication. */
      readonly capacity: {
        readonly most: number
        readonly least?: number
        readonly multiAz: boolean
        readonly subnetGroup?: string
        readonly securityGroups: readonly string[]
        readonly kmsKey?: string
      }
    }

export interface NewReplicationTask {
  readonly identifier: string
  readonly migrationType: MigrationType
  readonly sourceEndpointArn: string
  readonly targetEndpointArn: string
  readonly compute: TaskCompute
  readonly mappings: unknown
  readonly settings: unknown
  readonly tags: MigrationTags
}

/** Which tasks: by identifier or by ARN, not both at once (DMS joins filters with AND). */
export type TaskSelection = { readonly identifiers: readonly string[] } | { readonly arns: readonly string[] }

/** Replication tasks in our words. Every method throws a MigrationError. */
export interface ReplicationTasks {
  /** Those that exist, in the order asked for; a task created a moment ago may be absent (AWS is eventually consistent). */
  describe(selection: TaskSelection, withDocuments?: boolean): Promise<ReplicationTask[]>
  /** The new task's ARN. Where the identifier is taken: undefined, and nothing was made. */
  create(task: NewReplicationTask): Promise<string | undefined>
  /**
   * `started`; `not-yet`: a state or a connection test is in the way; `ran-before`: only the first start may be
   * start-replication. `cdcStartPosition`: the LSN at which a task without full load begins.
   */
  start(
    arn: string,
    type: StartType,
    cdcStartPosition?: string,
  ): Promise<'started' | 'not-yet' | 'ran-before'>
  /** Asks it to stop; a task that does not run is left as it is. Await `stopped` by describing. */
  stop(arn: string): Promise<void>
  /** Asks for its deletion; one that is gone already is no error. */
  remove(arn: string): Promise<void>
  /** All tables of a task, 500 a call. */
  statistics(arn: string): Promise<TableStatistic[]>
}

/** The port over the real client; `signal` ends calls that are under way. */
export function replicationTasks(
  client: DatabaseMigrationServiceClient,
  signal?: AbortSignal,
): ReplicationTasks {
  const http = signal === undefined ? {} : { abortSignal: signal }
  return {
    describe: async (selection, withDocuments = false) => {
      const [filter, values] =
        'arns' in selection
          ? (['replication-task-arn', selection.arns] as const)
          : (['replication-task-id', selection.identifiers] as const)
      if (values.length === 0) return []
      const pages = paginateDescribeReplicationTasks(
        { client, pageSize: 100 },
        { Filters: [{ Name: filter, Values: [...values] }], WithoutSettings: !withDocuments },
        http,
      )
      const found = (
        await pagesOf('DescribeReplicationTasks', values, pages, (page) => page.ReplicationTasks)
      ).map(parseTask)
      const place = (task: ReplicationTask) =>
        values.indexOf('arns' in selection ? task.arn : task.identifier)
      return found.sort((a, b) => place(a) - place(b))
    },

    create: async (task) => {
      const { compute } = task
      if (!('replicationInstanceArn' in compute))
        throw new Error('a replication task needs its replication instance')
      return creation('CreateReplicationTask', task.identifier, async () => {
        const answer = await client.send(
          new CreateReplicationTaskCommand({
            ReplicationTaskIdentifier: task.identifier,
            MigrationType: task.migrationType,
            SourceEndpointArn: task.sourceEndpointArn,
            TargetEndpointArn: task.targetEndpointArn,
            ReplicationInstanceArn: compute.replicationInstanceArn,
            TableMappings: JSON.stringify(task.mappings),
            ReplicationTaskSettings: JSON.stringify(task.settings),
            Tags: tagList(task.tags),
          }),
          http,
        )
        return required(
          answer.ReplicationTask?.ReplicationTaskArn,
          'ReplicationTaskArn',
          'CreateReplicationTask',
        )
      })
    },

    start: (arn, type, cdcStartPosition) =>
      start('StartReplicationTask', arn, type, () =>
        client.send(
          new StartReplicationTaskCommand({
            ReplicationTaskArn: arn,
            StartReplicationTaskType: type,
            ...(cdcStartPosition === undefined ? {} : { CdcStartPosition: cdcStartPosition }),
          }),
          http,
        ),
      ),

    stop: (arn) =>
      ending('StopReplicationTask', arn, 'InvalidResourceStateFault', () =>
        client.send(new StopReplicationTaskCommand({ ReplicationTaskArn: arn }), http),
      ),

    remove: (arn) =>
      ending('DeleteReplicationTask', arn, 'ResourceNotFoundFault', () =>
        client.send(new DeleteReplicationTaskCommand({ ReplicationTaskArn: arn }), http),
      ),

    statistics: async (arn) => {
      const pages = paginateDescribeTableStatistics(
        { client, pageSize: 500 },
        { ReplicationTaskArn: arn },
        http,
      )
      const found = await pagesOf(
        'DescribeTableStatistics',
        [arn],
        pages,
        (page) => page.TableStatistics,
        true,
      )
      return found.map(parseTableStatistic)
    },
  }
}
