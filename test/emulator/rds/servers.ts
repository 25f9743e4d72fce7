import { z } from 'zod'
import type { CompleteCluster, CompleteInstance } from '../config.ts'
import type { Emulator } from '../emulator.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { page } from '../protocol/paging.ts'
import { flexibleBoolean } from '../protocol/query-values.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { defaultGroupName } from './parameter-groups.ts'
import { applyRdsFilters, pagingInput, rdsFilters } from './rds-input.ts'

/** When the servers claim to have been made; the emulator has no such time of its own. */
const createdAt = new Date('2024-01-02T03:04:05.000Z')

const tagList = (tags: Record<string, string> | undefined): { Key: string; Value: string }[] =>
  Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value }))

export function instanceArn(emulator: Emulator, instance: CompleteInstance): string {
  return emulator.arn('rds', `db:${instance.identifier}`)
}

export function clusterArn(emulator: Emulator, cluster: CompleteCluster): string {
  return emulator.arn('rds', `cluster:${cluster.identifier}`)
}

function describeInstance(emulator: Emulator, instance: CompleteInstance): Record<string, unknown> {
  const zone = instance.availabilityZone ?? `${emulator.config.region}a`
  return {
    DBInstanceIdentifier: instance.identifier,
    DBInstanceClass: instance.instanceClass,
    Engine: instance.engine,
    DBInstanceStatus: instance.status,
    MasterUsername: instance.masterUsername,
    DBName: instance.databaseName,
    Endpoint: { Address: instance.address, Port: instance.port, HostedZoneId: 'ZEMULATED' },
    AllocatedStorage: instance.allocatedStorageGib,
    MaxAllocatedStorage: instance.maxAllocatedStorageGib,
    InstanceCreateTime: createdAt,
    PreferredBackupWindow: '02:00-02:30',
    BackupRetentionPeriod: instance.backupRetentionPeriod,
    VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-0123456789abcdef0', Status: 'active' }],
    DBParameterGroups: (instance.parameterGroups ?? [defaultGroupName(instance)]).map((name) => ({
      DBParameterGroupName: name,
      ParameterApplyStatus: instance.parameterApplyStatus,
    })),
    AvailabilityZone: zone,
    PreferredMaintenanceWindow: 'sun:03:00-sun:03:30',
    MultiAZ: instance.multiAz,
    EngineVersion: instance.engineVersion,
    AutoMinorVersionUpgrade: false,
    ReadReplicaDBInstanceIdentifiers: instance.readReplicas,
    PubliclyAccessible: instance.publiclyAccessible,
    StorageType: instance.storageType,
    DBClusterIdentifier: instance.clusterIdentifier,
    StorageEncrypted: instance.storageEncrypted,
    DbiResourceId: `db-${instance.identifier.toUpperCase()}`,
    CACertificateIdentifier: instance.caCertificateIdentifier,
    DBInstanceArn: instanceArn(emulator, instance),
    IAMDatabaseAuthenticationEnabled: instance.iamDatabaseAuthentication,
    DeletionProtection: instance.deletionProtection,
    TagList: tagList(instance.tags),
  }
}

function describeCluster(emulator: Emulator, cluster: CompleteCluster): Record<string, unknown> {
  return {
    AllocatedStorage: 1,
    AvailabilityZones: ['a', 'b', 'c'].map((letter) => emulator.config.region + letter),
    BackupRetentionPeriod: cluster.backupRetentionPeriod,
    DatabaseName: cluster.databaseName,
    DBClusterIdentifier: cluster.identifier,
    DBClusterParameterGroup: cluster.parameterGroup ?? defaultGroupName(cluster),
    Status: cluster.status,
    Endpoint: cluster.address,
    ReaderEndpoint: cluster.readerAddress ?? cluster.address,
    MultiAZ: cluster.multiAz,
    Engine: cluster.engine,
    EngineVersion: cluster.engineVersion,
    EngineMode: cluster.engineMode,
    Port: cluster.port,
    MasterUsername: cluster.masterUsername,
    ReplicationSourceIdentifier: cluster.replicationSource,
    ReadReplicaIdentifiers: [],
    DBClusterMembers: cluster.members.map((identifier, index) => ({
      DBInstanceIdentifier: identifier,
      IsClusterWriter: index === 0,
      DBClusterParameterGroupStatus: cluster.parameterApplyStatus,
      PromotionTier: index === 0 ? 0 : 1,
    })),
    VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-0123456789abcdef0', Status: 'active' }],
    StorageEncrypted: cluster.storageEncrypted,
    DbClusterResourceId: `cluster-${cluster.identifier.toUpperCase()}`,
    DBClusterArn: clusterArn(emulator, cluster),
    IAMDatabaseAuthenticationEnabled: cluster.iamDatabaseAuthentication,
    ClusterCreateTime: createdAt,
    DeletionProtection: cluster.deletionProtection,
    TagList: tagList(cluster.tags),
  }
}

/** Identifiers are compared without regard to case, as RDS stores them in lower case; an ARN names the resource, too. */
const same = (identifier: string, arn: string, wanted: string): boolean =>
  identifier.toLowerCase() === wanted.toLowerCase() || arn === wanted

export function serverOperations(emulator: Emulator): Record<string, Operation> {
  const { instances, clusters } = emulator.config.rds
  return {
    DescribeDBInstances: operation(
      z.strictObject({ ...pagingInput, Filters: rdsFilters, DBInstanceIdentifier: z.string().optional() }),
      'reads',
      ({ DBInstanceIdentifier: wanted, ...input }) => {
        const named = wanted
          ? instances.filter((instance) => same(instance.identifier, instanceArn(emulator, instance), wanted))
          : instances
        if (wanted && named.length === 0) {
          throw new AwsError('DBInstanceNotFound', `DBInstance ${wanted} not found.`, 404)
        }
        const matching = applyRdsFilters(named, input.Filters, {
          'db-instance-id': (instance) => [instance.identifier, instanceArn(emulator, instance)],
          'db-cluster-id': (instance) => clusterNames(emulator, instance.clusterIdentifier),
          'dbi-resource-id': (instance) => [`db-${instance.identifier.toUpperCase()}`],
          engine: (instance) => [instance.engine],
        })
        const { entries, ...marker } = page(matching, input, { min: 20, max: 100 })
        return { DBInstances: entries.map((instance) => describeInstance(emulator, instance)), ...marker }
      },
    ),
    DescribeDBClusters: operation(
      z.strictObject({
        ...pagingInput,
        Filters: rdsFilters,
        DBClusterIdentifier: z.string().optional(),
        IncludeShared: flexibleBoolean.optional(),
      }),
      'reads',
      ({ DBClusterIdentifier: wanted, ...input }) => {
        const named = wanted
          ? clusters.filter((cluster) => same(cluster.identifier, clusterArn(emulator, cluster), wanted))
          : clusters
        if (wanted && named.length === 0) {
          throw new AwsError('DBClusterNotFoundFault', `DBCluster ${wanted} not found.`, 404)
        }
        const matching = applyRdsFilters(named, input.Filters, {
          'db-cluster-id': (cluster) => clusterNames(emulator, cluster.identifier),
          'db-cluster-resource-id': (cluster) => [`cluster-${cluster.identifier.toUpperCase()}`],
          engine: (cluster) => [cluster.engine],
        })
        const { entries, ...marker } = page(matching, input, { min: 20, max: 100 })
        return { DBClusters: entries.map((cluster) => describeCluster(emulator, cluster)), ...marker }
      },
    ),
    ListTagsForResource: operation(
      z.strictObject({ ResourceName: z.string(), Filters: rdsFilters }),
      'reads',
      ({ ResourceName }) => {
        const instance = instances.find((candidate) => instanceArn(emulator, candidate) === ResourceName)
        const cluster = clusters.find((candidate) => clusterArn(emulator, candidate) === ResourceName)
        if (cluster) return { TagList: tagList(cluster.tags) }
        if (instance) return { TagList: tagList(instance.tags) }
        throw ResourceName.includes(':cluster:')
          ? new AwsError('DBClusterNotFoundFault', `DBCluster ${ResourceName} not found.`, 404)
          : new AwsError('DBInstanceNotFound', `DBInstance ${ResourceName} not found.`, 404)
      },
    ),
  }
}

function clusterNames(emulator: Emulator, identifier: string | undefined): string[] {
  return identifier === undefined ? [] : [identifier, emulator.arn('rds', `cluster:${identifier}`)]
}
