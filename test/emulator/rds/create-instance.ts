import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { flexibleBoolean, flexibleNumber } from '../protocol/query-values.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { describeInstance } from './describe-server.ts'
import { demandGroup } from './parameter-groups.ts'
import type { InstanceRecord } from './records.ts'
import { findCluster, newIdentifier } from './resources.ts'
import { settleInstance } from './settling.ts'
import { tagsInput, tagsOf } from './tags.ts'

const createInput = z.strictObject({
  DBInstanceIdentifier: z.string(),
  DBInstanceClass: z.string(),
  Engine: z.string(),
  EngineVersion: z.string().optional(),
  DBClusterIdentifier: z.string().optional(),
  DBParameterGroupName: z.string().optional(),
  DBSubnetGroupName: z.string().optional(),
  PubliclyAccessible: flexibleBoolean.optional(),
  AvailabilityZone: z.string().optional(),
  CACertificateIdentifier: z.string().optional(),
  PromotionTier: flexibleNumber.optional(),
  AutoMinorVersionUpgrade: flexibleBoolean.optional(),
  Tags: tagsInput,
})

/** Throws DBInstanceAlreadyExists. @returns the identifier as RDS stores it */
export function demandNewInstance(emulator: Emulator, wanted: string): string {
  const identifier = newIdentifier('DBInstanceIdentifier', wanted)
  if (emulator.store.state.rds.instances.some((instance) => instance.identifier === identifier)) {
    throw new AwsError('DBInstanceAlreadyExists', 'DB instance already exists')
  }
  return identifier
}

/** Records an instance and begins to make it. */
export function addInstance(emulator: Emulator, instance: InstanceRecord): void {
  const { rds } = emulator.store.state
  rds.instances.push(instance)
  rds.deleted = rds.deleted.filter((name) => name !== `db:${instance.identifier}`)
  emulator.store.save()
  settleInstance(emulator, instance)
}

function create(emulator: Emulator, input: z.output<typeof createInput>): InstanceRecord {
  const identifier = demandNewInstance(emulator, input.DBInstanceIdentifier)
  if (input.DBClusterIdentifier === undefined) {
    throw new AwsError(
      'InvalidParameterCombination',
      'The emulator makes instances in clusters only; others come from snapshots.',
    )
  }
  const cluster = findCluster(emulator, input.DBClusterIdentifier)
  if (!['available', 'creating'].includes(cluster.status)) {
    throw new AwsError(
      'InvalidDBClusterStateFault',
      `DB cluster ${cluster.identifier} is ${cluster.status} and takes no instance.`,
    )
  }
  if (input.Engine !== cluster.engine) {
    throw new AwsError(
      'InvalidParameterCombination',
      `The engine name requested for your DB instance (${input.Engine}) doesn't match the engine name of your DB cluster (${cluster.engine}).`,
    )
  }
  demandGroup(emulator, 'instance', input.DBParameterGroupName)
  const instance: InstanceRecord = {
    identifier,
    address: cluster.address,
    port: cluster.port,
    engine: cluster.engine,
    engineVersion: cluster.engineVersion,
    instanceClass: input.DBInstanceClass,
    status: 'creating',
    databaseName: cluster.databaseName,
    masterUsername: cluster.masterUsername,
    ...(input.DBParameterGroupName && { parameterGroups: [input.DBParameterGroupName] }),
    parameterApplyStatus: 'in-sync',
    clusterIdentifier: cluster.identifier,
    allocatedStorageGib: 1,
    storageType: 'aurora',
    storageEncrypted: cluster.storageEncrypted,
    ...(cluster.kmsKeyId && { kmsKeyId: cluster.kmsKeyId }),
    multiAz: false,
    ...(input.AvailabilityZone && { availabilityZone: input.AvailabilityZone }),
    backupRetentionPeriod: cluster.backupRetentionPeriod,
    iamDatabaseAuthentication: cluster.iamDatabaseAuthentication,
    publiclyAccessible: input.PubliclyAccessible ?? false,
    deletionProtection: false,
    readReplicas: [],
    readReplicaClusters: [],
    caCertificateIdentifier: input.CACertificateIdentifier ?? 'rds-ca-rsa2048-g1',
    certificateValidTill: '2061-05-25T00:00:00Z',
    pendingMaintenance: [],
    pendingModifications: {},
    securityGroups: cluster.securityGroups,
    subnetGroup: cluster.subnetGroup,
    createdAt: new Date().toISOString(),
    tags: tagsOf(input.Tags),
  }
  cluster.members.push(identifier)
  addInstance(emulator, instance)
  return instance
}

export function createInstanceOperations(emulator: Emulator): Record<string, Operation> {
  return {
    CreateDBInstance: operation(createInput, 'changes', (input) => ({
      DBInstance: describeInstance(emulator, create(emulator, input)),
    })),
  }
}
