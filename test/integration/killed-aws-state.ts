import {
  DescribeConnectionsCommand,
  DescribeEndpointsCommand,
  DescribeReplicationConfigsCommand,
  DescribeReplicationInstancesCommand,
  DescribeReplicationsCommand,
  DescribeReplicationTasksCommand,
  ListTagsForResourceCommand,
  type DatabaseMigrationServiceClient,
} from '@aws-sdk/client-database-migration-service'
import {
  DescribeDBClusterParameterGroupsCommand,
  DescribeDBClusterParametersCommand,
  DescribeDBClustersCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  type RDSClient,
} from '@aws-sdk/client-rds'

/** Clients that look at the emulated AWS past the proxy. */
export interface AwsSight {
  readonly dms: DatabaseMigrationServiceClient
  readonly rds: RDSClient
}

/** Members that no two runs have alike: times, measured figures, ports of servers that are made. */
const passing =
  /(?:Time|Date|Timestamp|Stats|ProgressPercent|Statistics|RecoveryCheckpoint|^Port|^ReaderEndpoint|^\$metadata|^LastFailureMessage|^ProvisionData|^DbiResourceId|^DbClusterResourceId)$/u

/** Everything in DMS and RDS as one line for each member of a resource and for its tags; ARNs by the names behind them. */
export async function awsState({ dms, rds }: AwsSight): Promise<string[]> {
  const [
    endpoints,
    tasks,
    configs,
    replications,
    connections,
    instances,
    clusters,
    servers,
    snapshots,
    ofClusters,
    groups,
  ] = await Promise.all([
    dms.send(new DescribeEndpointsCommand({})),
    dms.send(new DescribeReplicationTasksCommand({})),
    dms.send(new DescribeReplicationConfigsCommand({})),
    dms.send(new DescribeReplicationsCommand({})),
    dms.send(new DescribeConnectionsCommand({})),
    dms.send(new DescribeReplicationInstancesCommand({})),
    rds.send(new DescribeDBClustersCommand({})),
    rds.send(new DescribeDBInstancesCommand({})),
    rds.send(new DescribeDBSnapshotsCommand({})),
    rds.send(new DescribeDBClusterSnapshotsCommand({})),
    rds.send(new DescribeDBClusterParameterGroupsCommand({})),
  ])
  const dmsResources = [
    ...named('endpoint', endpoints.Endpoints, 'EndpointIdentifier', 'EndpointArn'),
    ...named('task', tasks.ReplicationTasks, 'ReplicationTaskIdentifier', 'ReplicationTaskArn'),
    ...named('config', configs.ReplicationConfigs, 'ReplicationConfigIdentifier', 'ReplicationConfigArn'),
    ...named(
      'instance',
      instances.ReplicationInstances,
      'ReplicationInstanceIdentifier',
      'ReplicationInstanceArn',
    ),
  ]
  const plain = (value: unknown) => {
    let text = JSON.stringify(value, (key, member: unknown) =>
      passing.test(key) || member instanceof Date ? undefined : member,
    )
    for (const { arn, name } of dmsResources) {
      text = text.replaceAll(arn, `<ARN of ${name}>`)
      // What is named after a resource in other places, such as the stream of a task's log.
      text = text.replaceAll(arn.split(':').at(-1) ?? arn, `<id of ${name}>`)
    }
    return text.replaceAll(/"[0-9A-F]+\/[0-9A-F]+"/gu, '"<LSN>"')
  }
  const lines = [
    ...dmsResources.flatMap(({ kind, name, document }) => members(`${kind} ${name}`, document, plain)),
    ...(replications.Replications ?? []).flatMap((one) =>
      members(`replication ${one.ReplicationConfigIdentifier ?? ''}`, one, plain),
    ),
    ...(connections.Connections ?? []).flatMap((one) =>
      members(
        `connection ${one.EndpointIdentifier ?? ''} ${one.ReplicationInstanceIdentifier ?? ''}`,
        one,
        plain,
      ),
    ),
    ...(clusters.DBClusters ?? []).flatMap((one) =>
      members(`cluster ${one.DBClusterIdentifier ?? ''}`, one, plain),
    ),
    ...(servers.DBInstances ?? []).flatMap((one) =>
      members(`server ${one.DBInstanceIdentifier ?? ''}`, one, plain),
    ),
    ...(snapshots.DBSnapshots ?? []).flatMap((one) =>
      members(`snapshot ${one.DBSnapshotIdentifier ?? ''}`, one, plain),
    ),
    ...(ofClusters.DBClusterSnapshots ?? []).flatMap((one) =>
      members(`snapshot of a cluster ${one.DBClusterSnapshotIdentifier ?? ''}`, one, plain),
    ),
  ]
  for (const { DBClusterParameterGroupName: name = '' } of groups.DBClusterParameterGroups ?? []) {
    const command = new DescribeDBClusterParametersCommand({
      DBClusterParameterGroupName: name,
      Source: 'user',
    })
    const { Parameters = [] } = await rds.send(command)
    for (const { ParameterName, ParameterValue } of Parameters)
      lines.push(`parameter group ${name}: ${ParameterName ?? ''} = ${ParameterValue ?? ''}`)
  }
  for (const { kind, name, arn } of dmsResources) {
    const { TagList = [] } = await dms.send(new ListTagsForResourceCommand({ ResourceArn: arn }))
    const tags = TagList.map(({ Key, Value }) => `${Key ?? ''}=${Value ?? ''}`).sort()
    // Each scene's secrets are new ones.
    const told = tags.join(' ').replaceAll(/secret-version=[\da-f-]{36}/gu, 'secret-version=<id>')
    lines.push(`tags of ${kind} ${name}: ${told}`)
  }
  return lines.sort()
}

/** Whether nothing in DMS is on its way: no resource settles, and every task that runs has loaded. */
export async function isSettled({ dms }: AwsSight): Promise<boolean> {
  const { ReplicationTasks = [] } = await dms.send(new DescribeReplicationTasksCommand({}))
  const { Replications = [] } = await dms.send(new DescribeReplicationsCommand({}))
  const { Connections = [] } = await dms.send(new DescribeConnectionsCommand({}))
  const resting = /^(?:ready|stopped|failed|created)$/u
  return (
    Connections.every(({ Status }) => Status !== 'testing') &&
    [
      ...ReplicationTasks.map(({ Status, MigrationType, ReplicationTaskStats }) => ({
        status: Status,
        loads: MigrationType !== 'cdc',
        stats: ReplicationTaskStats,
      })),
      ...Replications.map(({ Status, ReplicationType, ReplicationStats }) => ({
        status: Status,
        loads: ReplicationType !== 'cdc',
        stats: ReplicationStats,
      })),
    ].every(
      ({ status = '', loads, stats }) =>
        resting.test(status) || (status === 'running' && (!loads || stats?.FullLoadFinishDate !== undefined)),
    )
  )
}

function named<Document extends object>(
  kind: string,
  documents: readonly Document[] | undefined,
  name: keyof Document,
  arn: keyof Document,
): { kind: string; name: string; arn: string; document: Document }[] {
  return (documents ?? []).map((document) => ({
    kind,
    name: String(document[name]),
    arn: String(document[arn]),
    document,
  }))
}

function members(name: string, document: object, plain: (value: unknown) => string): string[] {
  return Object.entries(document)
    .filter(([key, value]) => !passing.test(key) && !(value instanceof Date) && value !== undefined)
    .map(([key, value]) => `${name} ${key}: ${plain(value)}`)
}
