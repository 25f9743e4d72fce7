import { z } from 'zod'
import type { CompleteReplicationInstance } from '../config.ts'
import type { Emulator } from '../emulator.ts'
import { newResourceId } from '../identity.ts'
import { AwsError, invalidState, resourceNotFound } from '../protocol/aws-error.ts'
import { page } from '../protocol/paging.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { noteEvent } from './events.ts'
import { applyFilters, describeInput } from './filters.ts'
import { demandIdentifier, demandResourceIdentifier } from './identifiers.ts'
import type { ReplicationInstanceRecord } from './records.ts'
import { describeSubnetGroup } from './subnet-groups.ts'
import { setTags, tagsSchema } from './tags.ts'

/** Newest engine that the emulator claims; what omitting EngineVersion gives. */
export const latestEngineVersion = '3.6.1'

/** The replication instances that exist before the first call. */
export function instanceFromConfig(
  configured: CompleteReplicationInstance,
  arn: string,
  region: string,
): ReplicationInstanceRecord {
  return {
    arn,
    identifier: configured.identifier.toLowerCase(),
    instanceClass: configured.instanceClass,
    status: 'available',
    allocatedStorage: configured.allocatedStorageGib,
    engineVersion: configured.engineVersion,
    multiAz: configured.multiAz,
    subnetGroup: configured.subnetGroup,
    publiclyAccessible: configured.publiclyAccessible,
    autoMinorVersionUpgrade: true,
    availabilityZone: `${region}a`,
    securityGroups: ['sg-0123456789abcdef0'],
    maintenanceWindow: 'sun:03:00-sun:03:30',
    createdAt: new Date().toISOString(),
  }
}

/** Throws ResourceNotFoundFault. */
export function findInstance(emulator: Emulator, arn: string): ReplicationInstanceRecord {
  const found = emulator.store.state.replicationInstances.find((instance) => instance.arn === arn)
  if (!found) throw resourceNotFound(`Replication instance ${arn} not found.`)
  return found
}

function describe(emulator: Emulator, instance: ReplicationInstanceRecord): Record<string, unknown> {
  return {
    ReplicationInstanceIdentifier: instance.identifier,
    ReplicationInstanceClass: instance.instanceClass,
    ReplicationInstanceStatus: instance.status,
    AllocatedStorage: instance.allocatedStorage,
    InstanceCreateTime: new Date(instance.createdAt),
    VpcSecurityGroups: instance.securityGroups.map((id) => ({ VpcSecurityGroupId: id, Status: 'active' })),
    AvailabilityZone: instance.availabilityZone,
    ReplicationSubnetGroup: describeSubnetGroup(emulator, instance.subnetGroup),
    PreferredMaintenanceWindow: instance.maintenanceWindow,
    PendingModifiedValues: {},
    MultiAZ: instance.multiAz,
    EngineVersion: instance.engineVersion,
    AutoMinorVersionUpgrade: instance.autoMinorVersionUpgrade,
    ReplicationInstanceArn: instance.arn,
    PubliclyAccessible: instance.publiclyAccessible,
    ReplicationInstancePrivateIpAddress: '127.0.0.1',
    ReplicationInstancePrivateIpAddresses: ['127.0.0.1'],
    NetworkType: 'IPV4',
  }
}

const shared = {
  AllocatedStorage: z.number().int().min(5).max(6144).optional(),
  VpcSecurityGroupIds: z.array(z.string()).optional(),
  PreferredMaintenanceWindow: z.string().optional(),
  MultiAZ: z.boolean().optional(),
  EngineVersion: z.string().optional(),
  AutoMinorVersionUpgrade: z.boolean().optional(),
  NetworkType: z.string().optional(),
}

const createInput = z.strictObject({
  ...shared,
  ReplicationInstanceIdentifier: z.string(),
  ReplicationInstanceClass: z.string(),
  AvailabilityZone: z.string().optional(),
  ReplicationSubnetGroupIdentifier: z.string().optional(),
  Tags: tagsSchema,
  KmsKeyId: z.string().optional(),
  PubliclyAccessible: z.boolean().optional(),
  DnsNameServers: z.string().optional(),
  ResourceIdentifier: z.string().optional(),
})

function create(emulator: Emulator, input: z.output<typeof createInput>): ReplicationInstanceRecord {
  const { state } = emulator.store
  demandIdentifier('ReplicationInstanceIdentifier', input.ReplicationInstanceIdentifier, 63)
  demandResourceIdentifier(input.ResourceIdentifier)
  const identifier = input.ReplicationInstanceIdentifier.toLowerCase()
  const existing = state.replicationInstances.find((instance) => instance.identifier === identifier)
  if (existing) {
    throw new AwsError('ResourceAlreadyExistsFault', `The identifier ${identifier} is already in use.`, 400, {
      resourceArn: existing.arn,
    })
  }
  const instance: ReplicationInstanceRecord = {
    arn: emulator.arn('dms', `rep:${input.ResourceIdentifier ?? newResourceId()}`),
    identifier,
    instanceClass: input.ReplicationInstanceClass,
    status: 'creating',
    allocatedStorage: input.AllocatedStorage ?? 50,
    engineVersion: input.EngineVersion ?? latestEngineVersion,
    multiAz: input.MultiAZ ?? false,
    subnetGroup: input.ReplicationSubnetGroupIdentifier ?? 'default-vpc-emulated',
    publiclyAccessible: input.PubliclyAccessible ?? true,
    autoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? true,
    availabilityZone: input.AvailabilityZone ?? `${emulator.config.region}a`,
    securityGroups: input.VpcSecurityGroupIds ?? ['sg-0123456789abcdef0'],
    maintenanceWindow: input.PreferredMaintenanceWindow ?? 'sun:03:00-sun:03:30',
    createdAt: new Date().toISOString(),
  }
  state.replicationInstances.push(instance)
  setTags(emulator, instance.arn, input.Tags)
  noteEvent(emulator, 'replication-instance', identifier, 'creation', 'DMS-EVENT-0067 creating')
  emulator.store.save()
  settleInstance(emulator, instance)
  return instance
}

/** Lets a status that is on its way arrive; also after a restart of the emulator. */
export function settleInstance(emulator: Emulator, instance: ReplicationInstanceRecord): void {
  const { state } = emulator.store
  if (instance.status === 'available') return
  emulator.settle(() => {
    if (instance.status === 'deleting') {
      state.replicationInstances = state.replicationInstances.filter((other) => other !== instance)
      state.connections = state.connections.filter(({ instanceArn }) => instanceArn !== instance.arn)
      delete state.tags[instance.arn]
    } else {
      instance.status = 'available'
    }
    emulator.store.save()
  })
}

const modifyInput = z.strictObject({
  ...shared,
  ReplicationInstanceArn: z.string(),
  ApplyImmediately: z.boolean().optional(),
  ReplicationInstanceClass: z.string().optional(),
  AllowMajorVersionUpgrade: z.boolean().optional(),
  ReplicationInstanceIdentifier: z.string().optional(),
})

/** Applies at once: the emulator has no maintenance window. */
function modify(emulator: Emulator, input: z.output<typeof modifyInput>): ReplicationInstanceRecord {
  const instance = findInstance(emulator, input.ReplicationInstanceArn)
  if (instance.status !== 'available') {
    throw invalidState(
      `Replication instance ${instance.identifier} is ${instance.status} and cannot be modified.`,
    )
  }
  instance.allocatedStorage = input.AllocatedStorage ?? instance.allocatedStorage
  instance.securityGroups = input.VpcSecurityGroupIds ?? instance.securityGroups
  instance.maintenanceWindow = input.PreferredMaintenanceWindow ?? instance.maintenanceWindow
  instance.multiAz = input.MultiAZ ?? instance.multiAz
  instance.engineVersion = input.EngineVersion ?? instance.engineVersion
  instance.autoMinorVersionUpgrade = input.AutoMinorVersionUpgrade ?? instance.autoMinorVersionUpgrade
  instance.instanceClass = input.ReplicationInstanceClass ?? instance.instanceClass
  if (input.ReplicationInstanceIdentifier !== undefined) {
    demandIdentifier('ReplicationInstanceIdentifier', input.ReplicationInstanceIdentifier, 63)
    instance.identifier = input.ReplicationInstanceIdentifier.toLowerCase()
  }
  instance.status = 'modifying'
  emulator.store.save()
  settleInstance(emulator, instance)
  return instance
}

function remove(emulator: Emulator, arn: string): ReplicationInstanceRecord {
  const instance = findInstance(emulator, arn)
  if (instance.status !== 'available') {
    throw invalidState(
      `Replication instance ${instance.identifier} is ${instance.status} and cannot be deleted.`,
    )
  }
  if (emulator.store.state.tasks.some((task) => task.instanceArn === arn)) {
    throw invalidState(`Replication Instance ${arn} cannot be deleted: it has one or more replication tasks.`)
  }
  instance.status = 'deleting'
  emulator.store.save()
  settleInstance(emulator, instance)
  return instance
}

export function replicationInstanceOperations(emulator: Emulator): Record<string, Operation> {
  return {
    CreateReplicationInstance: operation(createInput, 'changes', (input) => ({
      ReplicationInstance: describe(emulator, create(emulator, input)),
    })),
    ModifyReplicationInstance: operation(modifyInput, 'changes', (input) => ({
      ReplicationInstance: describe(emulator, modify(emulator, input)),
    })),
    DeleteReplicationInstance: operation(
      z.strictObject({ ReplicationInstanceArn: z.string() }),
      'changes',
      ({ ReplicationInstanceArn }) => ({
        ReplicationInstance: describe(emulator, remove(emulator, ReplicationInstanceArn)),
      }),
    ),
    DescribeReplicationInstances: operation(z.strictObject(describeInput), 'reads', (input) => {
      const matching = applyFilters(
        emulator.visible(emulator.store.state.replicationInstances),
        input.Filters,
        {
          'replication-instance-arn': (instance) => instance.arn,
          'replication-instance-id': (instance) => instance.identifier,
          'replication-instance-class': (instance) => instance.instanceClass,
          'engine-version': (instance) => instance.engineVersion,
        },
      )
      if (matching.length === 0 && input.Filters?.length) {
        throw resourceNotFound('No replication instances found matching provided filters')
      }
      const { entries, ...marker } = page(matching, input, { min: 20, max: 100 })
      return { ReplicationInstances: entries.map((instance) => describe(emulator, instance)), ...marker }
    }),
  }
}
