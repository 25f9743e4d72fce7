import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { flexibleBoolean, flexibleList, flexibleNumber } from '../protocol/query-values.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { describeCluster } from './describe-server.ts'
import { demandCopyable, demandVolume, newVolume } from './make-data.ts'
import { demandGroup } from './parameter-groups.ts'
import type { ClusterRecord, DataOrigin } from './records.ts'
import { demandKey, demandReadable, keyNotAccessible, keyOf } from './encryption.ts'
import { clusterArn, newIdentifier } from './resources.ts'
import { findReadableCluster } from './shared-clusters.ts'
import type { OwnedCluster } from './shared-clusters.ts'
import { settleCluster } from './settling.ts'
import { demandAvailable, findReadableSnapshot, restorable } from './snapshots.ts'
import { demandSubnetGroup } from './subnet-groups.ts'
import { tagsInput, tagsOf } from './tags.ts'

/** What every way of making a cluster may say about it. */
export const newClusterInput = {
  DBClusterIdentifier: z.string(),
  DBSubnetGroupName: z.string().optional(),
  VpcSecurityGroupIds: flexibleList(z.string()).optional(),
  DBClusterParameterGroupName: z.string().optional(),
  KmsKeyId: z.string().optional(),
  DeletionProtection: flexibleBoolean.optional(),
  EnableIAMDatabaseAuthentication: flexibleBoolean.optional(),
  BackupRetentionPeriod: flexibleNumber.optional(),
  Tags: tagsInput,
}

export type NewClusterInput = z.output<z.ZodObject<typeof newClusterInput>>

/** Records a cluster whose data comes from elsewhere, and begins to make it. Throws AwsError where it may not be. */
export async function addCluster(
  emulator: Emulator,
  input: NewClusterInput,
  { owner, cluster: original }: OwnedCluster,
  origin: DataOrigin,
): Promise<ClusterRecord> {
  // Before the rest, so that nothing can happen between looking whether the name is free and taking it.
  const volume = demandVolume(await newVolume(original), original.identifier)
  const { clusters, deleted } = emulator.store.state.rds
  const identifier = newIdentifier('DBClusterIdentifier', input.DBClusterIdentifier)
  if (clusters.some((cluster) => cluster.identifier === identifier)) {
    throw new AwsError('DBClusterAlreadyExistsFault', `DB Cluster already exists: ${identifier}`)
  }
  demandSubnetGroup(emulator, input.DBSubnetGroupName)
  demandGroup(emulator, 'cluster', input.DBClusterParameterGroupName)
  demandCopyable(original)
  demandReadable(emulator, owner, original)
  if (input.KmsKeyId !== undefined && !original.storageEncrypted) {
    throw new AwsError(
      'InvalidParameterCombination',
      'KmsKeyId cannot be given where the source is not encrypted.',
    )
  }
  const kmsKeyId = input.KmsKeyId === undefined ? keyOf(owner, original) : demandKey(emulator, input.KmsKeyId)
  const cluster: ClusterRecord = {
    ...original,
    server: undefined,
    readerAddress: undefined,
    replicationSource: undefined,
    identifier,
    address: '127.0.0.1',
    port: volume.port,
    status: 'creating',
    members: [],
    multiAz: false,
    parameterApplyStatus: 'in-sync',
    backupRetentionPeriod: input.BackupRetentionPeriod ?? original.backupRetentionPeriod,
    iamDatabaseAuthentication: input.EnableIAMDatabaseAuthentication ?? original.iamDatabaseAuthentication,
    deletionProtection: input.DeletionProtection ?? false,
    securityGroups: input.VpcSecurityGroupIds ?? ['sg-0123456789abcdef0'],
    subnetGroup: input.DBSubnetGroupName ?? 'default',
    pendingMaintenance: [],
    pendingModifications: {},
    createdAt: new Date().toISOString(),
    tags: tagsOf(input.Tags),
    volume,
    origin,
    storageEncrypted: kmsKeyId !== undefined,
    kmsKeyId,
    parameterGroup: input.DBClusterParameterGroupName,
  }
  clusters.push(cluster)
  emulator.store.state.rds.deleted = deleted.filter((name) => name !== `cluster:${identifier}`)
  emulator.store.save()
  settleCluster(emulator, cluster)
  return cluster
}

const restoreInput = z.strictObject({
  ...newClusterInput,
  SnapshotIdentifier: z.string(),
  Engine: z.literal('aurora-postgresql'),
})

const cloneInput = z.strictObject({
  ...newClusterInput,
  SourceDBClusterIdentifier: z.string(),
  RestoreType: z.enum(['full-copy', 'copy-on-write']).optional(),
  UseLatestRestorableTime: flexibleBoolean.optional(),
})

/** A clone and a restore differ in what they cost, not in what they give; only the latest time can be restored to. */
export function cloneOperations(emulator: Emulator): Record<string, Operation> {
  return {
    RestoreDBClusterToPointInTime: operation(cloneInput, 'changes', async (input) => {
      if (input.UseLatestRestorableTime !== true) {
        throw new AwsError(
          'InvalidParameterCombination',
          'You must specify either RestoreToTime or UseLatestRestorableTime.',
        )
      }
      const source = findReadableCluster(emulator, input.SourceDBClusterIdentifier)
      const { owner, cluster: original } = source
      if (original.status !== 'available') {
        throw new AwsError(
          'InvalidDBClusterStateFault',
          `DB Cluster ${original.identifier} is not in the available state.`,
        )
      }
      const origin: DataOrigin = {
        kind: 'copy-of-cluster',
        arn: clusterArn(owner, original.identifier),
      }
      const clone = await addCluster(emulator, input, source, origin)
      return { DBCluster: describeCluster(emulator, clone) }
    }),
    RestoreDBClusterFromSnapshot: operation(restoreInput, 'changes', async (input) => {
      const { owner, snapshot } = findReadableSnapshot(emulator, 'cluster', input.SnapshotIdentifier)
      demandAvailable(snapshot)
      // "You can't restore a DB cluster from a snapshot that is both shared and encrypted" (user guide): copy it first.
      if (owner !== emulator && snapshot.storageEncrypted) throw keyNotAccessible(snapshot.kmsKeyId ?? 'None')
      const original = restorable(snapshot, snapshot.source as ClusterRecord)
      const origin: DataOrigin = { kind: 'snapshot', volume: snapshot.volume?.id ?? '' }
      const cluster = await addCluster(emulator, input, { owner, cluster: original }, origin)
      return { DBCluster: describeCluster(emulator, cluster) }
    }),
  }
}
