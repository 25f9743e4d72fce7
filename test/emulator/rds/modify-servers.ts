import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { flexibleBoolean, flexibleList, flexibleNumber } from '../protocol/query-values.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { describeCluster, describeInstance } from './describe-server.ts'
import { demandGroup } from './parameter-groups.ts'
import { findCluster, findInstance } from './resources.ts'
import { settleCluster, settleInstance } from './settling.ts'

const instanceInput = z.strictObject({
  DBInstanceIdentifier: z.string(),
  ApplyImmediately: flexibleBoolean.optional(),
  DBParameterGroupName: z.string().optional(),
  VpcSecurityGroupIds: flexibleList(z.string()).optional(),
  BackupRetentionPeriod: flexibleNumber.optional(),
  DeletionProtection: flexibleBoolean.optional(),
  PubliclyAccessible: flexibleBoolean.optional(),
  EnableIAMDatabaseAuthentication: flexibleBoolean.optional(),
  CACertificateIdentifier: z.string().optional(),
  MaxAllocatedStorage: flexibleNumber.optional(),
  DBInstanceClass: z.string().optional(),
  MultiAZ: flexibleBoolean.optional(),
  AllocatedStorage: flexibleNumber.optional(),
})

/** Changes at once. What RDS would keep for the maintenance window is refused, since there is none. */
function modifyInstance(emulator: Emulator, input: z.output<typeof instanceInput>): Record<string, unknown> {
  const instance = findInstance(emulator, input.DBInstanceIdentifier)
  if (instance.status !== 'available') {
    throw new AwsError('InvalidDBInstanceState', `Database instance is not in available state.`)
  }
  const waits = ['DBInstanceClass', 'MultiAZ', 'AllocatedStorage'] as const
  if (input.ApplyImmediately !== true && waits.some((name) => input[name] !== undefined)) {
    throw new AwsError(
      'InvalidParameterCombination',
      `The emulator has no maintenance window: ${waits.join(', ')} need ApplyImmediately.`,
    )
  }
  demandGroup(emulator, 'instance', input.DBParameterGroupName)
  if (input.DBParameterGroupName !== undefined) {
    instance.parameterGroups = [input.DBParameterGroupName]
    // "The changes are applied after the instance is rebooted" (user guide: associating a parameter group).
    instance.parameterApplyStatus = 'pending-reboot'
  }
  instance.securityGroups = input.VpcSecurityGroupIds ?? instance.securityGroups
  instance.backupRetentionPeriod = input.BackupRetentionPeriod ?? instance.backupRetentionPeriod
  instance.deletionProtection = input.DeletionProtection ?? instance.deletionProtection
  instance.publiclyAccessible = input.PubliclyAccessible ?? instance.publiclyAccessible
  instance.iamDatabaseAuthentication =
    input.EnableIAMDatabaseAuthentication ?? instance.iamDatabaseAuthentication
  instance.caCertificateIdentifier = input.CACertificateIdentifier ?? instance.caCertificateIdentifier
  instance.maxAllocatedStorageGib = input.MaxAllocatedStorage ?? instance.maxAllocatedStorageGib
  instance.instanceClass = input.DBInstanceClass ?? instance.instanceClass
  instance.multiAz = input.MultiAZ ?? instance.multiAz
  instance.allocatedStorageGib = input.AllocatedStorage ?? instance.allocatedStorageGib
  instance.status = 'modifying'
  emulator.store.save()
  settleInstance(emulator, instance)
  return { DBInstance: describeInstance(emulator, instance) }
}

const clusterInput = z.strictObject({
  DBClusterIdentifier: z.string(),
  ApplyImmediately: flexibleBoolean.optional(),
  DBClusterParameterGroupName: z.string().optional(),
  VpcSecurityGroupIds: flexibleList(z.string()).optional(),
  BackupRetentionPeriod: flexibleNumber.optional(),
  DeletionProtection: flexibleBoolean.optional(),
  EnableIAMDatabaseAuthentication: flexibleBoolean.optional(),
})

function modifyCluster(emulator: Emulator, input: z.output<typeof clusterInput>): Record<string, unknown> {
  const cluster = findCluster(emulator, input.DBClusterIdentifier)
  if (cluster.status !== 'available') {
    throw new AwsError(
      'InvalidDBClusterStateFault',
      `Cluster ${cluster.identifier} is not in available state.`,
    )
  }
  demandGroup(emulator, 'cluster', input.DBClusterParameterGroupName)
  if (input.DBClusterParameterGroupName !== undefined) {
    cluster.parameterGroup = input.DBClusterParameterGroupName
    cluster.parameterApplyStatus = 'pending-reboot'
  }
  cluster.securityGroups = input.VpcSecurityGroupIds ?? cluster.securityGroups
  cluster.backupRetentionPeriod = input.BackupRetentionPeriod ?? cluster.backupRetentionPeriod
  cluster.deletionProtection = input.DeletionProtection ?? cluster.deletionProtection
  cluster.iamDatabaseAuthentication =
    input.EnableIAMDatabaseAuthentication ?? cluster.iamDatabaseAuthentication
  cluster.status = 'modifying'
  emulator.store.save()
  settleCluster(emulator, cluster)
  return { DBCluster: describeCluster(emulator, cluster) }
}

export function modifyServerOperations(emulator: Emulator): Record<string, Operation> {
  return {
    ModifyDBInstance: operation(instanceInput, 'changes', (input) => modifyInstance(emulator, input)),
    ModifyDBCluster: operation(clusterInput, 'changes', (input) => modifyCluster(emulator, input)),
    RebootDBInstance: operation(
      z.strictObject({ DBInstanceIdentifier: z.string() }),
      'changes',
      ({ DBInstanceIdentifier }) => {
        const instance = findInstance(emulator, DBInstanceIdentifier)
        if (!['available', 'incompatible-parameters'].includes(instance.status)) {
          throw new AwsError(
            'InvalidDBInstanceState',
            `Instance ${instance.identifier} is not currently available.`,
          )
        }
        instance.status = 'rebooting'
        emulator.store.save()
        settleInstance(emulator, instance)
        return { DBInstance: describeInstance(emulator, instance) }
      },
    ),
  }
}
