import type { DBCluster, DBInstance } from '@aws-sdk/client-rds'
import type { ParameterGroup, RdsServer } from '../preflight/rds-facts.ts'

/** An instance of RDS in our words. Pure. */
export function parseInstance(instance: DBInstance, identifier: string): RdsServer {
  return {
    kind: 'instance',
    identifier,
    status: instance.DBInstanceStatus ?? 'unknown',
    engine: instance.Engine ?? '',
    engineVersion: instance.EngineVersion ?? '',
    address: instance.Endpoint?.Address ?? '',
    port: instance.Endpoint?.Port ?? 0,
    instanceClass: instance.DBInstanceClass ?? '',
    multiAz: instance.MultiAZ ?? false,
    storage: {
      allocatedGib: instance.AllocatedStorage ?? 0,
      autoscalesToGib: instance.MaxAllocatedStorage,
    },
    encrypted: instance.StorageEncrypted ?? false,
    kmsKey: instance.KmsKeyId,
    publiclyAccessible: instance.PubliclyAccessible ?? false,
    deletionProtection: instance.DeletionProtection ?? false,
    backupRetentionDays: instance.BackupRetentionPeriod ?? 0,
    latestRestorable: instance.LatestRestorableTime,
    parameterGroups: instanceGroups(instance),
    pendingModifications: changes(instance.PendingModifiedValues),
    maintenanceWindow: instance.PreferredMaintenanceWindow ?? '',
    minorUpgrades: instance.AutoMinorVersionUpgrade ?? false,
    certificates: certificates([instance]),
    readers: [
      ...(instance.ReadReplicaDBInstanceIdentifiers ?? []),
      ...(instance.ReadReplicaDBClusterIdentifiers ?? []),
    ],
    readerEndpoint: '',
    securityGroups: groupIds(instance.VpcSecurityGroups),
    vpc: instance.DBSubnetGroup?.VpcId ?? '',
    arn: instance.DBInstanceArn ?? '',
  }
}

/** An Aurora cluster with its member instances in our words; a member that is not described is left out. Pure. */
export function parseCluster(
  cluster: DBCluster,
  identifier: string,
  instances: readonly DBInstance[],
): RdsServer {
  const members = cluster.DBClusterMembers ?? []
  const writerMember = members.find((member) => member.IsClusterWriter === true)
  const writer = instances.find(
    (instance) => instance.DBInstanceIdentifier === writerMember?.DBInstanceIdentifier,
  )
  return {
    kind: 'cluster',
    identifier,
    status: cluster.Status ?? 'unknown',
    engine: cluster.Engine ?? '',
    engineVersion: cluster.EngineVersion ?? '',
    address: cluster.Endpoint ?? '',
    port: cluster.Port ?? 0,
    instanceClass: writer?.DBInstanceClass ?? '',
    // The cluster's own flag says whether its members stand in several zones.
    multiAz: cluster.MultiAZ ?? false,
    storage: undefined,
    encrypted: cluster.StorageEncrypted ?? false,
    kmsKey: cluster.KmsKeyId,
    publiclyAccessible: instances.some((instance) => instance.PubliclyAccessible === true),
    deletionProtection: cluster.DeletionProtection ?? false,
    backupRetentionDays: cluster.BackupRetentionPeriod ?? 0,
    latestRestorable: cluster.LatestRestorableTime,
    parameterGroups: [
      {
        name: cluster.DBClusterParameterGroup ?? 'cluster parameters',
        kind: 'cluster',
        applyStatus: writerMember?.DBClusterParameterGroupStatus ?? 'unknown',
      },
      ...(writer === undefined ? [] : instanceGroups(writer)),
    ],
    pendingModifications: [
      ...new Set([
        ...changes(cluster.PendingModifiedValues),
        ...instances.flatMap((instance) => changes(instance.PendingModifiedValues)),
      ]),
    ],
    maintenanceWindow: cluster.PreferredMaintenanceWindow ?? '',
    minorUpgrades:
      cluster.AutoMinorVersionUpgrade ??
      instances.some((instance) => instance.AutoMinorVersionUpgrade === true),
    certificates: certificates(instances),
    readers: members
      .filter((member) => member.IsClusterWriter !== true)
      .map((member) => member.DBInstanceIdentifier ?? ''),
    readerEndpoint: cluster.ReaderEndpoint ?? '',
    securityGroups: groupIds(cluster.VpcSecurityGroups),
    vpc: writer?.DBSubnetGroup?.VpcId ?? '',
    arn: cluster.DBClusterArn ?? '',
  }
}

function instanceGroups(instance: DBInstance): ParameterGroup[] {
  return (instance.DBParameterGroups ?? []).map((group) => ({
    name: group.DBParameterGroupName ?? 'parameters',
    kind: 'instance',
    applyStatus: group.ParameterApplyStatus ?? 'unknown',
  }))
}

/** AWS writes an empty object where nothing is pending. */
function changes(pending: object | undefined): string[] {
  return Object.entries(pending ?? {})
    .filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0))
    .map(([name]) => name)
}

function certificates(instances: readonly DBInstance[]): RdsServer['certificates'] {
  return instances.map((instance) => ({
    instance: instance.DBInstanceIdentifier ?? '',
    authority: instance.CertificateDetails?.CAIdentifier ?? instance.CACertificateIdentifier ?? '',
    validTill: instance.CertificateDetails?.ValidTill,
  }))
}

function groupIds(groups: readonly { VpcSecurityGroupId?: string | undefined }[] | undefined): string[] {
  return (groups ?? []).flatMap(({ VpcSecurityGroupId: id }) => (id === undefined ? [] : [id]))
}
