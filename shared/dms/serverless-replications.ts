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
import type { ReplicationTask } from './replication-task.ts'
import type { NewReplicationTask, ReplicationTasks, TaskSelection } from './replication-tasks.ts'
import { isNamed, serviceError } from './service-error.ts'
import { parseTableStatistic, type TableStatistic } from './table-statistic.ts'
import { tagList } from './tags.ts'

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
      const configs: ReplicationConfig[] = []
      const replications = new Map<string, Replication>()
      await read('DescribeReplicationConfigs', values, async () => {
        for await (const page of paginateDescribeReplicationConfigs({ client, pageSize: 100 }, input, http))
          configs.push(...(page.ReplicationConfigs ?? []))
      })
      await read('DescribeReplications', values, async () => {
        for await (const page of paginateDescribeReplications({ client, pageSize: 100 }, input, http)) {
          for (const one of page.Replications ?? []) replications.set(one.ReplicationConfigArn ?? '', one)
        }
      })
      const place = (task: ReplicationTask) =>
        values.indexOf('arns' in selection ? task.arn : task.identifier)
      return configs
        .map((config) =>
          parseReplication(config, replications.get(config.ReplicationConfigArn ?? ''), withDocuments),
        )
        .sort((a, b) => place(a) - place(b))
    },

    create: async (task) => {
      try {
        const answer = await client.send(new CreateReplicationConfigCommand(configInput(task)), http)
        return required(
          answer.ReplicationConfig?.ReplicationConfigArn,
          'ReplicationConfigArn',
          'CreateReplicationConfig',
        )
      } catch (error) {
        if (isNamed(error, 'ResourceAlreadyExistsFault')) return undefined
        throw serviceError(error, 'CreateReplicationConfig', task.identifier)
      }
    },

    start: async (arn, type, cdcStartPosition) => {
      try {
        await client.send(
          new StartReplicationCommand({
            ReplicationConfigArn: arn,
            StartReplicationType: type,
            ...(cdcStartPosition === undefined ? {} : { CdcStartPosition: cdcStartPosition }),
          }),
          http,
        )
        return 'started'
      } catch (error) {
        if (isNamed(error, 'InvalidResourceStateFault')) return 'not-yet'
        if (isNamed(error, 'InvalidParameterCombinationException') && type === 'start-replication')
          return 'ran-before'
        throw serviceError(error, 'StartReplication', arn)
      }
    },

    stop: async (arn) => {
      try {
        await client.send(new StopReplicationCommand({ ReplicationConfigArn: arn }), http)
      } catch (error) {
        if (!isNamed(error, 'InvalidResourceStateFault')) throw serviceError(error, 'StopReplication', arn)
      }
    },

    remove: async (arn) => {
      try {
        await client.send(new DeleteReplicationConfigCommand({ ReplicationConfigArn: arn }), http)
      } catch (error) {
        if (!isNamed(error, 'ResourceNotFoundFault'))
          throw serviceError(error, 'DeleteReplicationConfig', arn)
      }
    },

    statistics: async (arn) => {
      const found: TableStatistic[] = []
      const input = { ReplicationConfigArn: arn }
      try {
        const pages = paginateDescribeReplicationTableStatistics({ client, pageSize: 500 }, input, http)
        for await (const page of pages)
          found.push(...(page.ReplicationTableStatistics ?? []).map(parseTableStatistic))
      } catch (error) {
        throw serviceError(error, 'DescribeReplicationTableStatistics', arn)
      }
      return found
    },
  }
}

function filterOf(selection: TaskSelection): [string, readonly string[]] {
  return 'arns' in selection
    ? ['replication-config-arn', selection.arns]
    : ['replication-config-id', selection.identifiers]
}

async function read(call: string, names: readonly string[], pages: () => Promise<void>): Promise<void> {
  try {
    await pages()
  } catch (error) {
    if (!isNamed(error, 'ResourceNotFoundFault')) throw serviceError(error, call, names.join(', '))
  }
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
    tables: {
      loaded: stats?.TablesLoaded ?? 0,
      loading: stats?.TablesLoading ?? 0,
      queued: stats?.TablesQueued ?? 0,
      errored: stats?.TablesErrored ?? 0,
    },
    percent: stats?.FullLoadProgressPercent ?? 0,
    mappings: withDocuments ? jsonDocument(config.TableMappings, 'TableMappings') : undefined,
    settings: withDocuments ? jsonDocument(config.ReplicationSettings, 'ReplicationSettings') : undefined,
  }
}
