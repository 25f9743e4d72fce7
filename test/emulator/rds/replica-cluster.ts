import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { flexibleBoolean } from '../protocol/query-values.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { addCluster, newClusterInput } from './clone-cluster.ts'
import { describeCluster } from './describe-server.ts'
import type { ClusterRecord, DataOrigin, InstanceRecord } from './records.ts'
import { findCluster, findInstance, instanceArn, newIdentifier } from './resources.ts'
import { settleCluster } from './settling.ts'

const createInput = z.strictObject({
  ...newClusterInput,
  Engine: z.literal('aurora-postgresql'),
  EngineVersion: z.string().optional(),
  ReplicationSourceIdentifier: z.string().optional(),
  StorageEncrypted: flexibleBoolean.optional(),
})

const majorOf = (version: string): string => version.split('.')[0] ?? ''

/** A cluster as it would be, were it made of the instance that it replicates. */
function asCluster(source: InstanceRecord, engineVersion: string): ClusterRecord {
  return {
    identifier: source.identifier,
    address: source.address,
    port: source.port,
    engine: 'aurora-postgresql',
    engineVersion,
    engineMode: 'provisioned',
    status: source.status,
    databaseName: source.databaseName,
    masterUsername: source.masterUsername,
    parameterApplyStatus: 'in-sync',
    members: [],
    multiAz: false,
    storageEncrypted: source.storageEncrypted,
    kmsKeyId: source.kmsKeyId,
    backupRetentionPeriod: source.backupRetentionPeriod,
    iamDatabaseAuthentication: source.iamDatabaseAuthentication,
    deletionProtection: false,
    securityGroups: source.securityGroups,
    subnetGroup: source.subnetGroup,
    server: source.server,
    ...(source.volume && { volume: source.volume }),
    pendingMaintenance: [],
    pendingModifications: {},
    createdAt: source.createdAt,
    tags: {},
  }
}

/** An Aurora read replica of an RDS instance: a real standby, which follows once the cluster has an instance. */
async function createReplica(
  emulator: Emulator,
  input: z.output<typeof createInput>,
): Promise<Record<string, unknown>> {
  if (input.ReplicationSourceIdentifier === undefined) {
    throw new AwsError(
      'InvalidParameterCombination',
      'The emulator makes no empty clusters: give ReplicationSourceIdentifier, or restore one.',
    )
  }
  const source = findInstance(emulator, input.ReplicationSourceIdentifier)
  if (source.engine !== 'postgres' || source.status !== 'available') {
    throw new AwsError(
      'InvalidDBInstanceState',
      `Instance ${source.identifier} is not an available RDS for PostgreSQL instance.`,
    )
  }
  if (source.readReplicaClusters.length > 0) {
    throw new AwsError(
      'InvalidDBInstanceState',
      `Instance ${source.identifier} has an Aurora read replica already.`,
    )
  }
  const version = input.EngineVersion ?? source.engineVersion
  if (majorOf(version) !== majorOf(source.engineVersion)) {
    throw new AwsError(
      'InvalidParameterCombination',
      `An Aurora read replica has the major version of its source: ${version} does not fit ${source.engineVersion}.`,
    )
  }
  const arn = instanceArn(emulator, source.identifier)
  const identifier = newIdentifier('DBClusterIdentifier', input.DBClusterIdentifier)
  const origin: DataOrigin = {
    kind: 'standby-of-instance',
    arn,
    slot: `rds_${emulator.config.region}_${identifier}`.replaceAll('-', '_').slice(0, 63),
  }
  const cluster = await addCluster(
    emulator,
    input,
    { owner: emulator, cluster: asCluster(source, version) },
    origin,
  )
  cluster.replicationSource = arn
  source.readReplicaClusters.push(cluster.identifier)
  emulator.store.save()
  return { DBCluster: describeCluster(emulator, cluster) }
}

function promote(emulator: Emulator, wanted: string): Record<string, unknown> {
  const cluster = findCluster(emulator, wanted)
  if (cluster.replicationSource === undefined) {
    throw new AwsError(
      'InvalidDBClusterStateFault',
      `The source cluster could not be promoted: ${cluster.identifier} is not a read replica.`,
    )
  }
  const { instances } = emulator.store.state.rds
  const writer = instances.find(({ identifier }) => identifier === cluster.members[0])
  if (cluster.status !== 'available' || writer?.status !== 'available') {
    throw new AwsError(
      'InvalidDBClusterStateFault',
      `Cluster ${cluster.identifier} cannot be promoted: it and an instance of it must be available.`,
    )
  }
  cluster.status = 'promoting'
  emulator.store.save()
  settleCluster(emulator, cluster)
  return { DBCluster: describeCluster(emulator, cluster) }
}

export function replicaClusterOperations(emulator: Emulator): Record<string, Operation> {
  return {
    CreateDBCluster: operation(createInput, 'changes', (input) => createReplica(emulator, input)),
    PromoteReadReplicaDBCluster: operation(
      z.strictObject({ DBClusterIdentifier: z.string() }),
      'changes',
      ({ DBClusterIdentifier }) => promote(emulator, DBClusterIdentifier),
    ),
  }
}
