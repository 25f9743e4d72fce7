import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { flexibleBoolean } from '../protocol/query-values.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { describeCluster, describeInstance } from './describe-server.ts'
import { findCluster, findInstance } from './resources.ts'
import { settleCluster, settleInstance } from './settling.ts'
import { takeSnapshot } from './snapshots.ts'

const finalInput = {
  SkipFinalSnapshot: flexibleBoolean.optional(),
  FinalDBSnapshotIdentifier: z.string().optional(),
  DeleteAutomatedBackups: flexibleBoolean.optional(),
}

type FinalInput = z.output<z.ZodObject<typeof finalInput>>

/** The name of the final snapshot, or undefined where none is wanted; one of the two must be said. */
function finalSnapshot(input: FinalInput): string | undefined {
  const name = input.FinalDBSnapshotIdentifier
  const skip = input.SkipFinalSnapshot ?? false
  if (!skip && name === undefined) {
    throw new AwsError(
      'InvalidParameterCombination',
      'FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.',
    )
  }
  if (skip && name !== undefined) {
    throw new AwsError(
      'InvalidParameterCombination',
      'FinalDBSnapshotIdentifier can not be specified when SkipFinalSnapshot is specified.',
    )
  }
  return name
}

function demandUnprotected(what: string, isProtected: boolean): void {
  if (!isProtected) return
  throw new AwsError(
    'InvalidParameterCombination',
    `Cannot delete protected ${what}, please disable deletion protection and try again.`,
  )
}

async function deleteInstance(
  emulator: Emulator,
  input: FinalInput & { DBInstanceIdentifier: string },
): Promise<Record<string, unknown>> {
  const instance = findInstance(emulator, input.DBInstanceIdentifier)
  if (instance.status === 'deleting') {
    throw new AwsError('InvalidDBInstanceState', `Instance ${instance.identifier} is already being deleted.`)
  }
  demandUnprotected('DB Instance', instance.deletionProtection)
  if (instance.clusterIdentifier === undefined) {
    const name = finalSnapshot(input)
    if (name !== undefined) await takeSnapshot(emulator, 'instance', name, instance, {})
  } else if (input.FinalDBSnapshotIdentifier !== undefined) {
    throw new AwsError(
      'InvalidParameterCombination',
      'FinalDBSnapshotIdentifier can not be specified when deleting a cluster instance.',
    )
  }
  instance.status = 'deleting'
  emulator.store.save()
  settleInstance(emulator, instance)
  return { DBInstance: describeInstance(emulator, instance) }
}

async function deleteCluster(
  emulator: Emulator,
  input: FinalInput & { DBClusterIdentifier: string },
): Promise<Record<string, unknown>> {
  const cluster = findCluster(emulator, input.DBClusterIdentifier)
  if (cluster.status === 'deleting') {
    throw new AwsError(
      'InvalidDBClusterStateFault',
      `Cluster ${cluster.identifier} is already being deleted.`,
    )
  }
  demandUnprotected('Cluster', cluster.deletionProtection)
  const { instances } = emulator.store.state.rds
  if (
    instances.some(({ identifier, status }) => cluster.members.includes(identifier) && status !== 'deleting')
  ) {
    throw new AwsError(
      'InvalidDBClusterStateFault',
      'Cluster cannot be deleted, it still contains DB instances in non-deleting state.',
    )
  }
  const name = finalSnapshot(input)
  if (name !== undefined) await takeSnapshot(emulator, 'cluster', name, cluster, {})
  cluster.status = 'deleting'
  emulator.store.save()
  settleCluster(emulator, cluster)
  return { DBCluster: describeCluster(emulator, cluster) }
}

/** A server of the configuration is forgotten; whoever started it has to end it. */
export function deleteServerOperations(emulator: Emulator): Record<string, Operation> {
  return {
    DeleteDBInstance: operation(
      z.strictObject({ ...finalInput, DBInstanceIdentifier: z.string() }),
      'changes',
      (input) => deleteInstance(emulator, input),
    ),
    DeleteDBCluster: operation(
      z.strictObject({ ...finalInput, DBClusterIdentifier: z.string() }),
      'changes',
      (input) => deleteCluster(emulator, input),
    ),
  }
}
