import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { externalIdOf, newResourceId } from '../identity.ts'
import { AwsError, invalidState, invalidValue, resourceNotFound } from '../protocol/aws-error.ts'
import { page } from '../protocol/paging.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { computeConfigChanges, computeConfigInput, demandCompute } from './compute-config.ts'
import { applyFilters, describeInput } from './filters.ts'
import { demandIdentifier, demandResourceIdentifier } from './identifiers.ts'
import type { ReplicationConfigRecord } from './records.ts'
import { demandEndpoint } from './replication-tasks.ts'
import { demandMappings } from './table-mappings.ts'
import { setTags, tagsSchema } from './tags.ts'
import { completeSettings, describeTaskSettings, readGivenSettings, refuseLogGroup } from './task-settings.ts'
import type { TaskRunner } from './task-runner.ts'

const createInput = z.strictObject({
  ReplicationConfigIdentifier: z.string(),
  SourceEndpointArn: z.string(),
  TargetEndpointArn: z.string(),
  ComputeConfig: computeConfigInput,
  ReplicationType: z.enum(['full-load', 'cdc', 'full-load-and-cdc']),
  TableMappings: z.string(),
  ReplicationSettings: z.string().optional(),
  SupplementalSettings: z.string().optional(),
  ResourceIdentifier: z.string().optional(),
  Tags: tagsSchema,
})

const modifyInput = z.strictObject({
  ReplicationConfigArn: z.string(),
  ReplicationConfigIdentifier: z.string().optional(),
  SourceEndpointArn: z.string().optional(),
  TargetEndpointArn: z.string().optional(),
  ComputeConfig: computeConfigChanges.optional(),
  ReplicationType: z.enum(['full-load', 'cdc', 'full-load-and-cdc']).optional(),
  TableMappings: z.string().optional(),
  ReplicationSettings: z.string().optional(),
  SupplementalSettings: z.string().optional(),
})

/** Throws ResourceNotFoundFault. */
export function findConfig(emulator: Emulator, arn: string): ReplicationConfigRecord {
  const found = emulator.store.state.replicationConfigs.find((config) => config.arn === arn)
  if (!found) throw resourceNotFound(`Replication Config ${arn} not found.`)
  return found
}

/** Takes a deleted configuration out of the state; the caller saves it. */
export function forgetConfig(emulator: Emulator, config: ReplicationConfigRecord): void {
  const { state } = emulator.store
  state.replicationConfigs = state.replicationConfigs.filter((other) => other !== config)
}

/** The part of all refusals that names what it is about, as in a stored answer of AWS. */
export function inState(config: ReplicationConfigRecord): string {
  return `Replication for Replication Config: ${config.identifier} is in ${config.status.toUpperCase()} state`
}

function demandFreeIdentifier(emulator: Emulator, identifier: string): void {
  demandIdentifier('ReplicationConfigIdentifier', identifier, 255)
  const existing = emulator.store.state.replicationConfigs.find((config) => config.identifier === identifier)
  if (!existing) return
  throw new AwsError('ResourceAlreadyExistsFault', `Replication Config ${identifier} already exists.`, 400, {
    resourceArn: existing.arn,
  })
}

/** Views can be no part of a serverless replication (User Guide, "Serverless limitations"). */
function demandServerlessMappings(emulator: Emulator, text: string): void {
  demandMappings(text, emulator.quirks)
  const { rules } = JSON.parse(text) as { rules: { 'object-locator'?: { 'table-type'?: string } }[] }
  if (rules.some((rule) => /^(view|all)$/.test(rule['object-locator']?.['table-type'] ?? ''))) {
    throw invalidValue('Error in mapping rules. Views are not supported by DMS Serverless.')
  }
}

function create(emulator: Emulator, input: z.output<typeof createInput>): ReplicationConfigRecord {
  demandFreeIdentifier(emulator, input.ReplicationConfigIdentifier)
  demandResourceIdentifier(input.ResourceIdentifier)
  demandEndpoint(emulator, input.SourceEndpointArn, 'source')
  demandEndpoint(emulator, input.TargetEndpointArn, 'target')
  demandCompute(input.ComputeConfig)
  demandServerlessMappings(emulator, input.TableMappings)
  const given = readGivenSettings(input.ReplicationSettings)
  refuseLogGroup(given)
  const now = new Date().toISOString()
  const config: ReplicationConfigRecord = {
    arn: emulator.arn('dms', `replication-config:${input.ResourceIdentifier ?? newResourceId()}`),
    identifier: input.ReplicationConfigIdentifier,
    sourceEndpointArn: input.SourceEndpointArn,
    targetEndpointArn: input.TargetEndpointArn,
    migrationType: input.ReplicationType,
    tableMappings: input.TableMappings,
    settings: completeSettings(given),
    computeConfig: input.ComputeConfig,
    status: 'created',
    createdAt: now,
    updatedAt: now,
    ...(input.SupplementalSettings === undefined ? {} : { supplementalSettings: input.SupplementalSettings }),
  }
  emulator.store.state.replicationConfigs.push(config)
  setTags(emulator, config.arn, input.Tags)
  emulator.store.save()
  return config
}

const modifiable = new Set<ReplicationConfigRecord['status']>(['created', 'stopped', 'failed'])

/** Settings that are given replace those of before, what they leave out falls back to the defaults. */
function modify(emulator: Emulator, input: z.output<typeof modifyInput>): ReplicationConfigRecord {
  const config = findConfig(emulator, input.ReplicationConfigArn)
  if (!modifiable.has(config.status)) throw invalidState(`${inState(config)} and cannot be modified`)
  if (config.run && input.ReplicationType !== undefined && input.ReplicationType !== config.migrationType) {
    throw invalidValue('The type of a replication that has run cannot be changed.')
  }
  if (input.SourceEndpointArn !== undefined) demandEndpoint(emulator, input.SourceEndpointArn, 'source')
  if (input.TargetEndpointArn !== undefined) demandEndpoint(emulator, input.TargetEndpointArn, 'target')
  if (input.TableMappings !== undefined) demandServerlessMappings(emulator, input.TableMappings)
  const changes = Object.entries(input.ComputeConfig ?? {}).filter(([, value]) => value !== undefined)
  const computeConfig = { ...config.computeConfig, ...Object.fromEntries(changes) }
  demandCompute(computeConfig)
  const settings =
    input.ReplicationSettings === undefined
      ? config.settings
      : completeSettings(readGivenSettings(input.ReplicationSettings))
  const identifier = input.ReplicationConfigIdentifier ?? config.identifier
  if (identifier !== config.identifier) demandFreeIdentifier(emulator, identifier)
  Object.assign(config, {
    identifier,
    settings,
    computeConfig,
    migrationType: input.ReplicationType ?? config.migrationType,
    sourceEndpointArn: input.SourceEndpointArn ?? config.sourceEndpointArn,
    targetEndpointArn: input.TargetEndpointArn ?? config.targetEndpointArn,
    tableMappings: input.TableMappings ?? config.tableMappings,
    updatedAt: new Date().toISOString(),
  })
  if (input.SupplementalSettings !== undefined) config.supplementalSettings = input.SupplementalSettings
  config.settlesTo = config.status
  config.status = 'modifying'
  emulator.store.save()
  settleConfig(emulator, config)
  return config
}

/** Lets `modifying` arrive; also after a restart of the emulator. */
export function settleConfig(emulator: Emulator, config: ReplicationConfigRecord): void {
  if (config.status !== 'modifying') return
  emulator.settle(() => {
    config.status = config.settlesTo ?? 'created'
    delete config.settlesTo
    emulator.store.save()
  })
}

function remove(emulator: Emulator, runner: TaskRunner, arn: string): ReplicationConfigRecord {
  const config = findConfig(emulator, arn)
  if (!modifiable.has(config.status)) throw invalidState(`${inState(config)} and cannot be deleted`)
  runner.remove(config, () => forgetConfig(emulator, config))
  return config
}

function describe(config: ReplicationConfigRecord): Record<string, unknown> {
  const externalId = externalIdOf(config.arn)
  return {
    ReplicationConfigIdentifier: config.identifier,
    ReplicationConfigArn: config.arn,
    SourceEndpointArn: config.sourceEndpointArn,
    TargetEndpointArn: config.targetEndpointArn,
    ReplicationType: config.migrationType,
    ComputeConfig: config.computeConfig,
    ReplicationSettings: describeTaskSettings(config.settings, {
      group: `dms-serverless-replication-${externalId}`,
      stream: `dms-serverless-serv-res-id-${externalId}`,
    }),
    SupplementalSettings: config.supplementalSettings,
    TableMappings: config.tableMappings,
    ReplicationConfigCreateTime: new Date(config.createdAt),
    ReplicationConfigUpdateTime: new Date(config.updatedAt),
    IsReadOnly: false,
  }
}

/** The filters of both describe operations of DMS Serverless, and what a filter finds. Throws ResourceNotFoundFault. */
export function filterConfigs(
  emulator: Emulator,
  filters: z.output<typeof describeInput.Filters>,
): ReplicationConfigRecord[] {
  const matching = applyFilters(emulator.visible(emulator.store.state.replicationConfigs), filters, {
    'replication-config-arn': (config) => config.arn,
    'replication-config-id': (config) => config.identifier,
  })
  if (matching.length === 0 && filters?.length) {
    throw resourceNotFound('No replication configs found matching provided filters')
  }
  return matching
}

export function replicationConfigOperations(
  emulator: Emulator,
  runner: TaskRunner,
): Record<string, Operation> {
  const one = (config: ReplicationConfigRecord): Record<string, unknown> => ({
    ReplicationConfig: describe(config),
  })
  return {
    CreateReplicationConfig: operation(createInput, 'changes', (input) => one(create(emulator, input))),
    ModifyReplicationConfig: operation(modifyInput, 'changes', (input) => one(modify(emulator, input))),
    DeleteReplicationConfig: operation(
      z.strictObject({ ReplicationConfigArn: z.string() }),
      'changes',
      (input) => one(remove(emulator, runner, input.ReplicationConfigArn)),
    ),
    DescribeReplicationConfigs: operation(z.strictObject(describeInput), 'reads', (input) => {
      const { entries, ...marker } = page(filterConfigs(emulator, input.Filters), input, {
        min: 20,
        max: 100,
      })
      return { ReplicationConfigs: entries.map(describe), ...marker }
    }),
  }
}
