import type { Emulator } from '../emulator.ts'
import { keyOf } from './encryption.ts'
import { defaultGroupName } from './parameter-groups.ts'
import type { ClusterRecord, InstanceRecord } from './records.ts'
import { clusterArn, instanceArn } from './resources.ts'
import { subnetGroupOf } from './subnet-groups.ts'
import { tagList } from './tags.ts'

const securityGroupsOf = (server: InstanceRecord | ClusterRecord): Record<string, string>[] =>
  server.securityGroups.map((id) => ({ VpcSecurityGroupId: id, Status: 'active' }))

/** The answer's form of an instance. While it is being created it has no endpoint, as on AWS. */
export function describeInstance(emulator: Emulator, instance: InstanceRecord): Record<string, unknown> {
  const zone = instance.availabilityZone ?? `${emulator.config.region}a`
  return {
    DBInstanceIdentifier: instance.identifier,
    DBInstanceClass: instance.instanceClass,
    Engine: instance.engine,
    DBInstanceStatus: instance.status,
    MasterUsername: instance.masterUsername,
    DBName: instance.databaseName,
    Endpoint:
      instance.status === 'creating'
        ? undefined
        : { Address: instance.address, Port: instance.port, HostedZoneId: 'ZEMULATED' },
    AllocatedStorage: instance.allocatedStorageGib,
    MaxAllocatedStorage: instance.maxAllocatedStorageGib,
    InstanceCreateTime: new Date(instance.createdAt),
    PreferredBackupWindow: '02:00-02:30',
    BackupRetentionPeriod: instance.backupRetentionPeriod,
    VpcSecurityGroups: securityGroupsOf(instance),
    DBParameterGroups: (instance.parameterGroups ?? [defaultGroupName(instance)]).map((name) => ({
      DBParameterGroupName: name,
      ParameterApplyStatus: instance.parameterApplyStatus,
    })),
    AvailabilityZone: zone,
    DBSubnetGroup: subnetGroupOf(emulator, instance.subnetGroup),
    PreferredMaintenanceWindow: 'sun:03:00-sun:03:30',
    PendingModifiedValues: instance.pendingModifications,
    LatestRestorableTime: instance.status === 'creating' ? undefined : new Date(),
    MultiAZ: instance.multiAz,
    EngineVersion: instance.engineVersion,
    AutoMinorVersionUpgrade: false,
    ReadReplicaDBInstanceIdentifiers: instance.readReplicas,
    ReadReplicaDBClusterIdentifiers: instance.readReplicaClusters,
    PubliclyAccessible: instance.publiclyAccessible,
    StorageType: instance.storageType,
    DBClusterIdentifier: instance.clusterIdentifier,
    StorageEncrypted: instance.storageEncrypted,
    KmsKeyId: keyOf(emulator, instance),
    DbiResourceId: `db-${instance.identifier.toUpperCase()}`,
    CACertificateIdentifier: instance.caCertificateIdentifier,
    CertificateDetails: {
      CAIdentifier: instance.caCertificateIdentifier,
      ValidTill: new Date(instance.certificateValidTill),
    },
    DBInstanceArn: instanceArn(emulator, instance.identifier),
    IAMDatabaseAuthenticationEnabled: instance.iamDatabaseAuthentication,
    DeletionProtection: instance.deletionProtection,
    TagList: tagList(instance.tags),
  }
}

/** The answer's form of a cluster. */
export function describeCluster(emulator: Emulator, cluster: ClusterRecord): Record<string, unknown> {
  return {
    AllocatedStorage: 1,
    AvailabilityZones: ['a', 'b', 'c'].map((letter) => emulator.config.region + letter),
    BackupRetentionPeriod: cluster.backupRetentionPeriod,
    DatabaseName: cluster.databaseName,
    DBClusterIdentifier: cluster.identifier,
    DBClusterParameterGroup: cluster.parameterGroup ?? defaultGroupName(cluster),
    DBSubnetGroup: cluster.subnetGroup,
    Status: cluster.status,
    Endpoint: cluster.address,
    ReaderEndpoint: cluster.readerAddress ?? cluster.address,
    MultiAZ: cluster.multiAz,
    Engine: cluster.engine,
    EngineVersion: cluster.engineVersion,
    EngineMode: cluster.engineMode,
    LatestRestorableTime: new Date(),
    PendingModifiedValues: cluster.pendingModifications,
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
    VpcSecurityGroups: securityGroupsOf(cluster),
    StorageEncrypted: cluster.storageEncrypted,
    KmsKeyId: keyOf(emulator, cluster),
    DbClusterResourceId: `cluster-${cluster.identifier.toUpperCase()}`,
    DBClusterArn: clusterArn(emulator, cluster.identifier),
    CloneGroupId: cluster.cloneGroupId,
    IAMDatabaseAuthenticationEnabled: cluster.iamDatabaseAuthentication,
    ClusterCreateTime: new Date(cluster.createdAt),
    DeletionProtection: cluster.deletionProtection,
    TagList: tagList(cluster.tags),
  }
}
