import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { flexibleBoolean, flexibleList } from '../protocol/query-values.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { addInstance, demandNewInstance } from './create-instance.ts'
import { describeInstance } from './describe-server.ts'
import { keyNotAccessible } from './encryption.ts'
import { demandVolume, newVolume } from './make-data.ts'
import { demandGroup } from './parameter-groups.ts'
import type { DataOrigin, InstanceRecord } from './records.ts'
import { findInstance, instanceArn } from './resources.ts'
import { demandAvailable, findReadableSnapshot, restorable } from './snapshots.ts'
import { demandSubnetGroup } from './subnet-groups.ts'
import { tagsInput, tagsOf } from './tags.ts'

const restoredInput = {
  DBInstanceClass: z.string().optional(),
  AvailabilityZone: z.string().optional(),
  DBSubnetGroupName: z.string().optional(),
  VpcSecurityGroupIds: flexibleList(z.string()).optional(),
  DBParameterGroupName: z.string().optional(),
  MultiAZ: flexibleBoolean.optional(),
  PubliclyAccessible: flexibleBoolean.optional(),
  DeletionProtection: flexibleBoolean.optional(),
  EnableIAMDatabaseAuthentication: flexibleBoolean.optional(),
  StorageType: z.string().optional(),
  Tags: tagsInput,
}

async function restore(
  emulator: Emulator,
  wanted: string,
  input: z.output<z.ZodObject<typeof restoredInput>>,
  original: InstanceRecord,
  origin: DataOrigin,
): Promise<Record<string, unknown>> {
  // Before the rest, so that nothing can happen between looking whether the name is free and taking it.
  const volume = demandVolume(await newVolume(original), original.identifier)
  const identifier = demandNewInstance(emulator, wanted)
  demandSubnetGroup(emulator, input.DBSubnetGroupName)
  demandGroup(emulator, 'instance', input.DBParameterGroupName)
  const instance: InstanceRecord = {
    ...original,
    identifier,
    address: '127.0.0.1',
    port: volume.port,
    status: 'creating',
    server: undefined,
    monitorUrl: undefined,
    metrics: undefined,
    instanceClass: input.DBInstanceClass ?? original.instanceClass,
    parameterGroups: input.DBParameterGroupName === undefined ? undefined : [input.DBParameterGroupName],
    parameterApplyStatus: 'in-sync',
    availabilityZone: input.AvailabilityZone,
    multiAz: input.MultiAZ ?? false,
    publiclyAccessible: input.PubliclyAccessible ?? false,
    deletionProtection: input.DeletionProtection ?? false,
    iamDatabaseAuthentication: input.EnableIAMDatabaseAuthentication ?? original.iamDatabaseAuthentication,
    storageType: input.StorageType ?? original.storageType,
    securityGroups: input.VpcSecurityGroupIds ?? ['sg-0123456789abcdef0'],
    subnetGroup: input.DBSubnetGroupName ?? 'default',
    readReplicas: [],
    readReplicaClusters: [],
    pendingMaintenance: [],
    pendingModifications: {},
    createdAt: new Date().toISOString(),
    tags: tagsOf(input.Tags),
    volume,
    origin,
  }
  addInstance(emulator, instance)
  return { DBInstance: describeInstance(emulator, instance) }
}

/** Instances with a server of their own: copies of others, by way of a snapshot or without. */
export function restoreInstanceOperations(emulator: Emulator): Record<string, Operation> {
  return {
    RestoreDBInstanceFromDBSnapshot: operation(
      z.strictObject({
        ...restoredInput,
        DBInstanceIdentifier: z.string(),
        DBSnapshotIdentifier: z.string(),
        Engine: z.literal('postgres').optional(),
      }),
      'changes',
      async (input) => {
        const { owner, snapshot } = findReadableSnapshot(emulator, 'instance', input.DBSnapshotIdentifier)
        demandAvailable(snapshot)
        // "You can't restore a DB instance from a snapshot that is both shared and encrypted" (user guide): copy it first.
        if (owner !== emulator && snapshot.storageEncrypted)
          throw keyNotAccessible(snapshot.kmsKeyId ?? 'None')
        const original = restorable(snapshot, snapshot.source as InstanceRecord)
        return restore(emulator, input.DBInstanceIdentifier, input, original, {
          kind: 'snapshot',
          volume: snapshot.volume?.id ?? '',
        })
      },
    ),
    RestoreDBInstanceToPointInTime: operation(
      z.strictObject({
        ...restoredInput,
        SourceDBInstanceIdentifier: z.string(),
        TargetDBInstanceIdentifier: z.string(),
        UseLatestRestorableTime: flexibleBoolean,
      }),
      'changes',
      async (input) => {
        const original = findInstance(emulator, input.SourceDBInstanceIdentifier)
        if (original.status !== 'available') {
          throw new AwsError(
            'InvalidDBInstanceState',
            `Instance ${original.identifier} is not currently available.`,
          )
        }
        return restore(emulator, input.TargetDBInstanceIdentifier, input, original, {
          kind: 'copy-of-instance',
          arn: instanceArn(emulator, original.identifier),
        })
      },
    ),
  }
}
