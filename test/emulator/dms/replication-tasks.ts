import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { externalIdOf, newResourceId } from '../identity.ts'
import {
  AwsError,
  invalidCombination,
  invalidState,
  invalidValue,
  resourceNotFound,
} from '../protocol/aws-error.ts'
import { flexibleTime } from '../protocol/query-values.ts'
import { demandStopPosition, readStartPosition } from './cdc-position.ts'
import { findEndpoint } from './endpoints.ts'
import { noteEvent } from './events.ts'
import { demandIdentifier, demandResourceIdentifier } from './identifiers.ts'
import type { TaskRecord } from './records.ts'
import { findInstance } from './replication-instances.ts'
import { demandMappings } from './table-mappings.ts'
import { setTags, tagsSchema } from './tags.ts'
import { completeSettings, readGivenSettings, refuseLogGroup } from './task-settings.ts'

export const positions = {
  CdcStartTime: flexibleTime.optional(),
  CdcStartPosition: z.string().optional(),
  CdcStopPosition: z.string().optional(),
}

export const createTaskInput = z.strictObject({
  ...positions,
  ReplicationTaskIdentifier: z.string(),
  SourceEndpointArn: z.string(),
  TargetEndpointArn: z.string(),
  ReplicationInstanceArn: z.string(),
  MigrationType: z.enum(['full-load', 'cdc', 'full-load-and-cdc']),
  TableMappings: z.string(),
  ReplicationTaskSettings: z.string().optional(),
  Tags: tagsSchema,
  TaskData: z.string().optional(),
  ResourceIdentifier: z.string().optional(),
})

export const modifyTaskInput = z.strictObject({
  ...positions,
  ReplicationTaskArn: z.string(),
  ReplicationTaskIdentifier: z.string().optional(),
  MigrationType: z.enum(['full-load', 'cdc', 'full-load-and-cdc']).optional(),
  TableMappings: z.string().optional(),
  ReplicationTaskSettings: z.string().optional(),
  TaskData: z.string().optional(),
})

/** Throws ResourceNotFoundFault. */
export function findTask(emulator: Emulator, arn: string): TaskRecord {
  const found = emulator.store.state.tasks.find((task) => task.arn === arn)
  if (!found) throw resourceNotFound(`Replication Task ${arn} not found.`)
  return found
}

/** Takes a deleted task and its assessments out of the state; the caller saves it. */
export function forgetTask(emulator: Emulator, task: TaskRecord): void {
  const { state } = emulator.store
  state.tasks = state.tasks.filter((other) => other !== task)
  state.assessmentRuns = state.assessmentRuns.filter(({ taskArn }) => taskArn !== task.arn)
}

/** Refuses positions that contradict each other, the migration type or PostgreSQL. */
export function demandPositions(
  migrationType: TaskRecord['migrationType'],
  input: {
    CdcStartTime?: Date | undefined
    CdcStartPosition?: string | undefined
    CdcStopPosition?: string | undefined
  },
): void {
  if (input.CdcStartTime !== undefined && input.CdcStartPosition !== undefined) {
    throw invalidCombination('CdcStartTime and CdcStartPosition cannot both be specified.')
  }
  if (input.CdcStartTime !== undefined) {
    throw invalidValue('CdcStartTime is not supported for PostgreSQL sources: give a CdcStartPosition.')
  }
  if (input.CdcStartPosition !== undefined) {
    if (migrationType !== 'cdc') {
      throw invalidCombination('CdcStartPosition is valid only for tasks with the migration type cdc.')
    }
    readStartPosition(input.CdcStartPosition)
  }
  if (input.CdcStopPosition !== undefined) demandStopPosition(input.CdcStopPosition)
}

function demandFreeIdentifier(emulator: Emulator, identifier: string): void {
  demandIdentifier('ReplicationTaskIdentifier', identifier, 255)
  const existing = emulator.store.state.tasks.find((task) => task.identifier === identifier)
  if (!existing) return
  throw new AwsError('ResourceAlreadyExistsFault', `Replication Task ${identifier} already exists.`, 400, {
    resourceArn: existing.arn,
  })
}

/** Refuses an endpoint that is missing, not active, or of the other type. */
export function demandEndpoint(emulator: Emulator, arn: string, type: 'source' | 'target'): void {
  const endpoint = findEndpoint(emulator, arn)
  if (endpoint.status !== 'active') throw invalidState(`Endpoint ${arn} is in ${endpoint.status} state.`)
  if (endpoint.type !== type) throw invalidValue(`Endpoint ${arn} is not a ${type} endpoint.`)
}

/** The task reads `creating` until the control plane has settled. */
export function createTask(emulator: Emulator, input: z.output<typeof createTaskInput>): TaskRecord {
  demandFreeIdentifier(emulator, input.ReplicationTaskIdentifier)
  demandResourceIdentifier(input.ResourceIdentifier)
  demandEndpoint(emulator, input.SourceEndpointArn, 'source')
  demandEndpoint(emulator, input.TargetEndpointArn, 'target')
  const instance = findInstance(emulator, input.ReplicationInstanceArn)
  if (instance.status !== 'available') {
    throw invalidState(`Replication Instance ${instance.arn} is not in available state.`)
  }
  demandPositions(input.MigrationType, input)
  demandMappings(input.TableMappings, emulator.quirks)
  const given = readGivenSettings(input.ReplicationTaskSettings)
  refuseLogGroup(given)
  const task: TaskRecord = {
    arn: emulator.arn('dms', `task:${input.ResourceIdentifier ?? newResourceId()}`),
    identifier: input.ReplicationTaskIdentifier,
    sourceEndpointArn: input.SourceEndpointArn,
    targetEndpointArn: input.TargetEndpointArn,
    instanceArn: input.ReplicationInstanceArn,
    migrationType: input.MigrationType,
    tableMappings: input.TableMappings,
    settings: completeSettings(given),
    status: 'creating',
    createdAt: new Date().toISOString(),
    ...(input.CdcStartPosition === undefined ? {} : { cdcStartPosition: input.CdcStartPosition }),
    ...(input.CdcStopPosition === undefined ? {} : { cdcStopPosition: input.CdcStopPosition }),
    ...(input.TaskData === undefined ? {} : { taskData: input.TaskData }),
  }
  emulator.store.state.tasks.push(task)
  setTags(emulator, task.arn, input.Tags)
  noteEvent(
    emulator,
    'replication-task',
    task.identifier,
    'creation',
    'DMS-EVENT-0074 Replication task created.',
  )
  emulator.store.save()
  settleTask(emulator, task)
  return task
}

/** Lets `creating` and `modifying` arrive; also after a restart of the emulator. */
export function settleTask(emulator: Emulator, task: TaskRecord): void {
  if (task.status !== 'creating' && task.status !== 'modifying') return
  emulator.settle(() => {
    task.status = task.status === 'modifying' ? (task.settlesTo ?? 'ready') : 'ready'
    delete task.settlesTo
    emulator.store.save()
  })
}

const modifiable = new Set<TaskRecord['status']>(['ready', 'stopped', 'failed'])

/** A running task takes nothing but severities of its log components. */
function changesLoggingOnly(
  input: z.output<typeof modifyTaskInput>,
  given: Record<string, unknown>,
): boolean {
  const { ReplicationTaskArn: _arn, ReplicationTaskSettings, ...others } = input
  const sections = Object.keys(given)
  return (
    ReplicationTaskSettings !== undefined &&
    Object.values(others).every((value) => value === undefined) &&
    sections.length === 1 &&
    sections[0] === 'Logging'
  )
}

/** Settings that are given replace the task's own, what they leave out falls back to the defaults. */
export function modifyTask(emulator: Emulator, input: z.output<typeof modifyTaskInput>): TaskRecord {
  const task = findTask(emulator, input.ReplicationTaskArn)
  const given = readGivenSettings(input.ReplicationTaskSettings)
  if (task.status === 'running' && changesLoggingOnly(input, given)) {
    task.settings = { ...task.settings, Logging: given.Logging }
    emulator.store.save()
    return task
  }
  if (!modifiable.has(task.status)) {
    throw invalidState(
      `Replication Task, excluding logging severity task settings, cannot be modified while it is ${task.status} state`,
    )
  }
  if (input.MigrationType !== undefined && input.MigrationType !== task.migrationType) {
    throw invalidValue('The migration type of a replication task cannot be changed.')
  }
  demandPositions(task.migrationType, input)
  if (input.TableMappings !== undefined) demandMappings(input.TableMappings, emulator.quirks)
  const settings = input.ReplicationTaskSettings === undefined ? task.settings : completeSettings(given)
  if (input.ReplicationTaskIdentifier !== undefined && input.ReplicationTaskIdentifier !== task.identifier) {
    demandFreeIdentifier(emulator, input.ReplicationTaskIdentifier)
    task.identifier = input.ReplicationTaskIdentifier
  }
  task.settings = settings
  task.tableMappings = input.TableMappings ?? task.tableMappings
  if (input.CdcStartPosition !== undefined) task.cdcStartPosition = input.CdcStartPosition
  if (input.CdcStopPosition !== undefined) task.cdcStopPosition = input.CdcStopPosition
  if (input.TaskData !== undefined) task.taskData = input.TaskData
  task.settlesTo = task.status
  task.status = 'modifying'
  noteEvent(
    emulator,
    'replication-task',
    task.identifier,
    'configuration change',
    'DMS-EVENT-0080 Replication task modified.',
  )
  emulator.store.save()
  settleTask(emulator, task)
  return task
}

/** The external id under which control tables, logs and metrics know the task. */
export function taskExternalId(task: TaskRecord): string {
  return externalIdOf(task.arn)
}
