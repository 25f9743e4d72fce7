import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { AwsError, invalidState, resourceNotFound } from '../protocol/aws-error.ts'
import { page } from '../protocol/paging.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { readStartPosition, recoveryCheckpoint } from './cdc-position.ts'
import type { Connections } from './connections.ts'
import { applyFilters, describeInput } from './filters.ts'
import type { TaskRecord } from './records.ts'
import {
  createTask,
  createTaskInput,
  demandPositions,
  findTask,
  forgetTask,
  modifyTask,
  modifyTaskInput,
  positions,
  taskExternalId,
} from './replication-tasks.ts'
import { asDate, describeRunStatistics } from './run-statistics.ts'
import { demandStartType } from './start-type.ts'
import { describeTaskSettings } from './task-settings.ts'
import type { TaskRunner } from './task-runner.ts'

const startInput = z.strictObject({
  ...positions,
  ReplicationTaskArn: z.string(),
  StartReplicationTaskType: z.enum(['start-replication', 'resume-processing', 'reload-target']),
})

const startable = new Set<TaskRecord['status']>(['ready', 'stopped', 'failed'])

function demandConnections(emulator: Emulator, connections: Connections, task: TaskRecord): void {
  if (!emulator.quirks['connection-test-required']) return
  for (const endpointArn of [task.sourceEndpointArn, task.targetEndpointArn]) {
    if (connections.find(endpointArn, task.instanceArn)?.status === 'successful') continue
    throw invalidState(
      `Test connection for replication instance ${task.instanceArn} and endpoint ${endpointArn} should be successful for starting the replication task`,
    )
  }
}

function start(
  emulator: Emulator,
  connections: Connections,
  runner: TaskRunner,
  input: z.output<typeof startInput>,
): TaskRecord {
  const task = findTask(emulator, input.ReplicationTaskArn)
  if (!startable.has(task.status)) throw invalidState('Replication Task cannot be started, invalid state')
  demandPositions(task.migrationType, input)
  demandStartType(emulator, task, input.StartReplicationTaskType, input.CdcStartPosition)
  demandConnections(emulator, connections, task)
  if (input.CdcStopPosition !== undefined) task.cdcStopPosition = input.CdcStopPosition
  if (input.CdcStartPosition !== undefined) task.cdcStartPosition = input.CdcStartPosition
  const position =
    input.StartReplicationTaskType === 'start-replication' && task.cdcStartPosition !== undefined
      ? readStartPosition(task.cdcStartPosition)
      : undefined
  runner.start(task, input.StartReplicationTaskType, position)
  return task
}

function stop(emulator: Emulator, runner: TaskRunner, arn: string): TaskRecord {
  const task = findTask(emulator, arn)
  if (task.status !== 'running') {
    throw invalidState(
      `Replication Task ${task.arn} is in ${task.status} state and cannot be stopped: it is not running.`,
    )
  }
  runner.stop(task)
  return task
}

const deletable = new Set<TaskRecord['status']>(['ready', 'stopped', 'failed'])

function remove(emulator: Emulator, runner: TaskRunner, arn: string): TaskRecord {
  const task = findTask(emulator, arn)
  if (!deletable.has(task.status)) {
    throw invalidState(`Replication Task ${task.arn} cannot be deleted while it is in ${task.status} state.`)
  }
  runner.remove(task, () => forgetTask(emulator, task))
  return task
}

function describer(emulator: Emulator, runner: TaskRunner) {
  return (task: TaskRecord, withSettings = true): Record<string, unknown> => {
    const instance = emulator.store.state.replicationInstances.find(({ arn }) => arn === task.instanceArn)
    const lsn = task.status === 'stopped' || task.status === 'failed' ? runner.confirmedLsn(task) : null
    return {
      ReplicationTaskIdentifier: task.identifier,
      SourceEndpointArn: task.sourceEndpointArn,
      TargetEndpointArn: task.targetEndpointArn,
      ReplicationInstanceArn: task.instanceArn,
      MigrationType: task.migrationType,
      ...(withSettings
        ? {
            TableMappings: task.tableMappings,
            ReplicationTaskSettings: describeTaskSettings(task.settings, {
              group: `dms-tasks-${instance?.identifier ?? ''}`,
              stream: `dms-task-${taskExternalId(task)}`,
            }),
          }
        : {}),
      Status: task.status,
      LastFailureMessage: task.lastFailureMessage,
      StopReason: task.stopReason,
      ReplicationTaskCreationDate: asDate(task.createdAt),
      ReplicationTaskStartDate: asDate(task.startedAt),
      CdcStartPosition: task.cdcStartPosition,
      CdcStopPosition: task.cdcStopPosition,
      RecoveryCheckpoint: lsn === null ? undefined : recoveryCheckpoint(lsn),
      ReplicationTaskArn: task.arn,
      ReplicationTaskStats: describeRunStatistics(runner, task),
      TaskData: task.taskData,
    }
  }
}

export function taskOperations(
  emulator: Emulator,
  connections: Connections,
  runner: TaskRunner,
): Record<string, Operation> {
  const describe = describer(emulator, runner)
  const one = (task: TaskRecord): Record<string, unknown> => ({ ReplicationTask: describe(task) })
  const arnOnly = z.strictObject({ ReplicationTaskArn: z.string() })
  return {
    CreateReplicationTask: operation(createTaskInput, 'changes', (input) => one(createTask(emulator, input))),
    ModifyReplicationTask: operation(modifyTaskInput, 'changes', (input) => one(modifyTask(emulator, input))),
    StartReplicationTask: operation(startInput, 'changes', (input) =>
      one(start(emulator, connections, runner, input)),
    ),
    StopReplicationTask: operation(arnOnly, 'changes', (input) =>
      one(stop(emulator, runner, input.ReplicationTaskArn)),
    ),
    DeleteReplicationTask: operation(arnOnly, 'changes', (input) =>
      one(remove(emulator, runner, input.ReplicationTaskArn)),
    ),
    MoveReplicationTask: operation(z.unknown(), 'changes', () => {
      throw new AwsError('UnknownOperationException', 'The emulator does not move tasks: MoveReplicationTask')
    }),
    DescribeReplicationTasks: operation(
      z.strictObject({ ...describeInput, WithoutSettings: z.boolean().optional() }),
      'reads',
      (input) => {
        const matching = applyFilters(
          emulator
            .visible(emulator.store.state.tasks)
            .flatMap((task) =>
              [task.sourceEndpointArn, task.targetEndpointArn].map((endpointArn) => ({ task, endpointArn })),
            ),
          input.Filters,
          {
            'replication-task-arn': ({ task }) => task.arn,
            'replication-task-id': ({ task }) => task.identifier,
            'migration-type': ({ task }) => task.migrationType,
            'endpoint-arn': ({ endpointArn }) => endpointArn,
            'replication-instance-arn': ({ task }) => task.instanceArn,
          },
        )
        const tasks = [...new Set(matching.map(({ task }) => task))]
        if (tasks.length === 0 && input.Filters?.length) {
          throw resourceNotFound('No Tasks found matching provided filters')
        }
        const { entries, ...marker } = page(tasks, input, { min: 20, max: 100 })
        return { ReplicationTasks: entries.map((task) => describe(task, !input.WithoutSettings)), ...marker }
      },
    ),
  }
}
