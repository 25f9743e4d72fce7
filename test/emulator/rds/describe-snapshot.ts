import type { ClusterRecord, InstanceRecord } from './records.ts'
import { snapshotArn } from './resources.ts'
import type { OwnedSnapshot } from './snapshots.ts'
import { tagList } from './tags.ts'

/** The answer's form of a snapshot of an instance or a cluster. */
export function describeSnapshot(seen: OwnedSnapshot): Record<string, unknown> {
  const { snapshot } = seen
  return snapshot.kind === 'cluster'
    ? describeClusterSnapshot(seen, snapshot.source as ClusterRecord)
    : describeInstanceSnapshot(seen, snapshot.source as InstanceRecord)
}

function common({ snapshot }: OwnedSnapshot): Record<string, unknown> {
  const { source } = snapshot
  return {
    SnapshotCreateTime: new Date(snapshot.createdAt),
    Engine: source.engine,
    EngineVersion: source.engineVersion,
    Status: snapshot.status,
    Port: source.port,
    VpcId: 'vpc-0123456789abcdef0',
    MasterUsername: source.masterUsername,
    SnapshotType: 'manual',
    PercentProgress: snapshot.status === 'creating' ? 0 : 100,
    KmsKeyId: snapshot.kmsKeyId,
    IAMDatabaseAuthenticationEnabled: source.iamDatabaseAuthentication,
    TagList: tagList(snapshot.tags),
  }
}

function describeInstanceSnapshot(seen: OwnedSnapshot, source: InstanceRecord): Record<string, unknown> {
  const { owner, snapshot } = seen
  return {
    ...common(seen),
    DBSnapshotIdentifier: snapshot.identifier,
    DBInstanceIdentifier: source.identifier,
    DBSnapshotArn: snapshotArn(owner, snapshot),
    SourceDBSnapshotIdentifier: snapshot.copyOf,
    AllocatedStorage: source.allocatedStorageGib,
    AvailabilityZone: source.availabilityZone ?? `${owner.config.region}a`,
    InstanceCreateTime: new Date(source.createdAt),
    StorageType: source.storageType,
    Encrypted: snapshot.storageEncrypted,
    DbiResourceId: `db-${source.identifier.toUpperCase()}`,
  }
}

function describeClusterSnapshot(seen: OwnedSnapshot, source: ClusterRecord): Record<string, unknown> {
  const { owner, snapshot } = seen
  return {
    ...common(seen),
    DBClusterSnapshotIdentifier: snapshot.identifier,
    DBClusterIdentifier: source.identifier,
    DBClusterSnapshotArn: snapshotArn(owner, snapshot),
    SourceDBClusterSnapshotArn: snapshot.copyOf,
    AllocatedStorage: 1,
    AvailabilityZones: ['a', 'b', 'c'].map((letter) => owner.config.region + letter),
    EngineMode: source.engineMode,
    ClusterCreateTime: new Date(source.createdAt),
    StorageEncrypted: snapshot.storageEncrypted,
    DbClusterResourceId: `cluster-${source.identifier.toUpperCase()}`,
  }
}
