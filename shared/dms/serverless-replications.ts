import {
  CreateReplicationConfigCommand,
  DeleteReplicationConfigCommand,
  paginateDescribeReplicationConfigs,
  paginateDescribeReplications,
  paginateDescribeReplicationTableStatistics,
  StartReplicationCommand,
  StopReplicationCommand,
  type DatabaseMigrationServiceClient,
  type Replication,
  type ReplicationConfig,
} from '@aws-sdk/client-database-migration-service'
import { jsonDocument, required } from './answer-part.ts'
import { tableCounts, type ReplicationTask } from './replication-task.ts'
import type { NewReplicationTask, ReplicationTasks, TaskSelection } from './replication-tasks.ts'
import { parseTableStatistic } from './table-statistic.ts'
import { tagList } from './tags.ts'
import { creation, ending, pagesOf, start } from './task-calls.ts'

/**
 * Replications of DMS Serverless through the same port as replication tasks: a replication config is the task, its
 * replication says how it goes (API: ReplicationConfig, Replication). They have no connection tests, and are
 * provisioned when they start.
 */
export function serverlessReplications(
  client: DatabaseMigrationServiceClient,
  signal?: AbortSignal,
): ReplicationTasks {
  const http = signal === undefined ? {} : { abortSignal: signal }
  return {
    describe: async (selection, withDocuments = false) => {
      const [filter, values] = filterOf(selection)
      if (values.length === 0) return []
      const input = { Filters: [{ Name: filter, Values: [...values] }] }
      const configs = await pagesOf(
        'DescribeReplicationConfigs',
        values,
        paginateDescribeReplicationConfigs({ client, pageSize: 100 }, input, http),
        (page) => page.ReplicationConfigs,
      )
      const running = await pagesOf(
        'DescribeReplications',
        values,
        paginateDescribeReplications({ client, pageSize: 100 }, input, http),
        (page) => page.Replications,
      )
      const replications = new Map(running.map((one) => [one.ReplicationConfigArn ?? '', one]))
      const place = (task: ReplicationTask) =>
        values.indexOf('arns' in selection ? task.arn : task.identifier)
      return configs
        .map((config) =>
          parseReplication(config, replications.get(config.ReplicationConfigArn ?? ''), withDocuments),
        )
        .sort((a, b) => place(a) - place(b))
    },

    create: (task) =>
      creation('CreateReplicationConfig', task.identifier, async () => {
        const answer = await client.send(new CreateReplicationConfigCommand(configInput(task)), http)
        return required(
          answer.ReplicationConfig?.ReplicationConfigArn,
          'ReplicationConfigArn',
          'CreateReplicationConfig',
        )
      }),

    start: (arn, type, cdcStartPosition) =>
      start('StartReplication', arn, type, () =>
        client.send(
          new StartReplicationCommand({
            ReplicationConfigArn: arn,
            StartReplicationType: type,
            ...(cdcStartPosition === undefined ? {} : { CdcStartPosition: cdcStartPosition }),
          }),
          http,
        ),
      ),

    stop: (arn) =>
      ending('StopReplication', arn, 'InvalidResourceStateFault', () =>
        client.send(new StopReplicationCommand({ ReplicationConfigArn: arn }), http),
      ),

    remove: (arn) =>
      ending('DeleteReplicationConfig', arn, 'ResourceNotFoundFault', () =>
        client.send(new DeleteReplicationConfigCommand({ ReplicationConfigArn: arn }), http),
      ),

    statistics: async (arn) => {
      const input = { ReplicationConfigArn: arn }
      const pages = paginateDescribeReplicationTableStatistics({ client, pageSize: 500 }, input, http)
      const found = await pagesOf(
        'DescribeReplicationTableStatistics',
        [arn],
        pages,
        (page) => page.ReplicationTableStatistics,
        true,
      )
      return found.map(parseTableStatistic)
    },
  }
}

function filterOf(selection: TaskSelection): [string, readonly string[]] {
  return 'arns' in selection
    ? ['replication-config-arn', selection.arns]
    : ['replication-config-id', selection.identifiers]
}

function configInput(
  task: NewReplicationTask,
): ConstructorParameters<typeof CreateReplicationConfigCommand>[0] {
  if (!('capacity' in task.compute)) throw new Error('a serverless replication needs its capacity')
  const { capacity } = task.compute
  return {
    ReplicationConfigIdentifier: task.identifier,
    SourceEndpointArn: task.sourceEndpointArn,
    TargetEndpointArn: task.targetEndpointArn,
    ReplicationType: task.migrationType,
    ComputeConfig: {
      MaxCapacityUnits: capacity.most,
      ...(capacity.least === undefined ? {} : { MinCapacityUnits: capacity.least }),
      MultiAZ: capacity.multiAz,
      ...(capacity.subnetGroup === undefined ? {} : { ReplicationSubnetGroupId: capacity.subnetGroup }),
      ...(capacity.securityGroups.length === 0 ? {} : { VpcSecurityGroupIds: [...capacity.securityGroups] }),
      ...(capacity.kmsKey === undefined ? {} : { KmsKeyId: capacity.kmsKey }),
    },
    TableMappings: JSON.stringify(task.mappings),
    ReplicationSettings: JSON.stringify(task.settings),
    Tags: tagList(task.tags),
  }
}

/** Statuses of a replication between its start and its first change (DMS User Guide, Serverless statuses). */
const starting = new Set([
  'initializing',
  'preparing_metadata_resources',
  'testing_connection',
  'fetching_metadata',
  'calculating_capacity',
  'provisioning_capacity',
  'replication_starting',
])

/** The words of replication tasks, which the rest of the code knows. */
function taskStatus(status: string): string {
  if (status === 'created') return 'ready'
  return starting.has(status.replaceAll(' ', '_')) ? 'starting' : status
}

function parseReplication(
  config: ReplicationConfig,
  replication: Replication | undefined,
  withDocuments: boolean,
): ReplicationTask {
  const call = 'DescribeReplicationConfigs'
  const stats = replication?.ReplicationStats
  return {
    identifier: required(config.ReplicationConfigIdentifier, 'ReplicationConfigIdentifier', call),
    arn: required(config.ReplicationConfigArn, 'ReplicationConfigArn', call),
    status: taskStatus(replication?.Status ?? 'creating'),
    migrationType: required(config.ReplicationType, 'ReplicationType', call),
    sourceEndpointArn: required(config.SourceEndpointArn, 'SourceEndpointArn', call),
    targetEndpointArn: required(config.TargetEndpointArn, 'TargetEndpointArn', call),
    replicationInstanceArn: '',
    stopReason: replication?.StopReason ?? '',
    failure: (replication?.FailureMessages ?? []).join('; '),
    createdAt: config.ReplicationConfigCreateTime,
    startedAt: stats?.StartDate,
    fullLoadStarted: stats?.FullLoadStartDate,
    fullLoadFinished: stats?.FullLoadFinishDate,
    tables: tableCounts(stats),
    percent: stats?.FullLoadProgressPercent ?? 0,
    mappings: withDocuments ? jsonDocument(config.TableMappings, 'TableMappings') : undefined,
    settings: withDocuments ? jsonDocument(config.ReplicationSettings, 'ReplicationSettings') : undefined,
  }
}
