import type { ReplicationTasks, TaskCompute } from '../dms/replication-tasks.ts'
import type { ReplicationTask } from '../dms/replication-task.ts'
import { resourceTags } from '../dms/resource-tags.ts'
import { planTag } from '../dms/tags.ts'
import { taskState } from '../dms/task-state.ts'
import type { PlannedTask } from '../migration/plan.ts'
import { MigrationError, refuseProblems } from '../runtime/errors.ts'
import { poll, type Look } from '../runtime/poll.ts'
import { taskProblems, taskStep } from './adopt.ts'
import { createRecorded, futureArn, noteAdopted, plan, takenError, type AwsWork } from './aws-work.ts'

/** What a task is made of. */
export interface TaskParts {
  readonly source: string
  readonly target: string
  readonly compute: TaskCompute
}

/** What became of a planned task. */
export interface EnsuredTask {
  readonly identifier: string
  readonly arn: string
  readonly status: string
  /** Made by this run (or, in a dry run, would be). */
  readonly created: boolean
  readonly note: string
}

/** Tasks of the plan that exist in AWS; one that is being deleted is waited for until it is gone. */
export async function existingTasks(
  work: AwsWork,
  port: ReplicationTasks,
  planned: readonly PlannedTask[],
): Promise<ReadonlyMap<string, ReplicationTask>> {
  const identifiers = planned.map(({ identifier }) => identifier)
  const tasks = await wait(work, 'the deletion of former tasks', 1_800_000, async () => {
    const found = await port.describe({ identifiers }, true)
    const leaving = found.filter(({ status }) => status === 'deleting')
    if (leaving.length === 0) return { done: true, value: found }
    return {
      done: false,
      reason: `${leaving.map(({ identifier }) => identifier).join(', ')} is still being deleted`,
      progress: String(leaving.length),
    }
  })
  return new Map(tasks.map((task) => [task.identifier, task]))
}

/** Adopts a task that agrees with the plan, or makes it and waits until it is ready. */
export async function ensureTask(
  work: AwsWork,
  port: ReplicationTasks,
  planned: PlannedTask,
  parts: TaskParts,
  found: ReplicationTask | undefined,
): Promise<EnsuredTask> {
  const { identifier } = planned
  if (found !== undefined) return adopt(work, planned, parts, found)
  const request = {
    identifier,
    migrationType: planned.migrationType,
    sourceEndpointArn: parts.source,
    targetEndpointArn: parts.target,
    compute: parts.compute,
    mappings: planned.mappings,
    settings: planned.settings,
    tags: work.tags,
  } as const
  if (work.dryRun) {
    plan(work, isServerless(parts) ? 'CreateReplicationConfig' : 'CreateReplicationTask', {
      ReplicationTaskIdentifier: identifier,
      ...request,
    })
    return { identifier, arn: futureArn(identifier), status: 'planned', created: true, note: '' }
  }
  const kind = isServerless(parts) ? 'replication-config' : 'replication-task'
  const created = await createRecorded(work, { kind, identifier }, () => port.create(request))
  const started = work.context.clock.elapsed()
  const task = await wait(work, `the task ${identifier}`, 1_200_000, async () => {
    const [seen] = await port.describe({ identifiers: [identifier] }, true)
    if (seen === undefined) {
      if (work.context.clock.elapsed() - started > 120_000) throw takenError('task', identifier)
      return { done: false, reason: `task ${identifier} is not visible yet`, progress: '' }
    }
    if (taskState(seen).kind !== 'settling') return { done: true, value: seen }
    return { done: false, reason: `task ${identifier} is ${seen.status}`, progress: seen.status }
  })
  if (created === undefined) return adopt(work, planned, parts, task)
  return { identifier, arn: task.arn, status: task.status, created: true, note: '' }
}

function isServerless({ compute }: TaskParts): boolean {
  return 'capacity' in compute
}

async function adopt(
  work: AwsWork,
  planned: PlannedTask,
  parts: TaskParts,
  found: ReplicationTask,
): Promise<EnsuredTask> {
  const tags = resourceTags(work.client, work.context.signal)
  const own = await tags.read(found.arn)
  refuseProblems('refused', taskProblems(found, planned, parts, own, work.tags.migration))
  const step = taskStep(found)
  if (step.kind === 'refuse') refuseProblems('precondition', [step.problem])
  if (own[planTag] !== work.tags.planDigest && !work.dryRun) {
    // The plan changed in what no task carries (the cutover's policy, say): the task is the new plan's as it is.
    await tags.write(found.arn, work.tags)
    const line = `changed tag ${planTag} of task ${found.identifier}`
    work.changes.push(line)
    work.context.log.line(line)
  }
  await noteAdopted(work, found)
  const note = step.kind === 'leave' ? step.why : 'is there and was never started'
  work.context.log.line(`adopted task ${found.identifier}: it ${note}`)
  return { identifier: found.identifier, arn: found.arn, status: found.status, created: false, note }
}

/**
 * Starts a task that never ran; gives its status once it is no longer ready. One that runs is left.
 * `cdcStartPosition`: where a task without a full load begins.
 */
export async function ensureStarted(
  work: AwsWork,
  port: ReplicationTasks,
  task: EnsuredTask,
  cdcStartPosition: string | undefined,
): Promise<EnsuredTask> {
  const startable = ['ready', 'creating', 'modifying', 'testing', 'planned']
  if (!startable.includes(task.status)) return task
  if (work.dryRun) {
    plan(work, 'StartReplicationTask', {
      ReplicationTaskArn: task.arn,
      StartReplicationTaskType: 'start-replication',
      ...(cdcStartPosition === undefined ? {} : { CdcStartPosition: cdcStartPosition }),
    })
    return task
  }
  const started = await wait(
    work,
    `the start of ${task.identifier}`,
    900_000,
    async (): Promise<Look<boolean>> => {
      const answer = await port.start(task.arn, 'start-replication', cdcStartPosition)
      if (answer === 'started') return { done: true, value: true }
      // Another run started it, or a test or a change is still under way.
      const [seen] = await port.describe({ arns: [task.arn] })
      const status = seen?.status ?? 'not visible'
      if (answer === 'ran-before' || (seen !== undefined && !startable.includes(status)))
        return { done: true, value: false }
      return {
        done: false,
        reason: `task ${task.identifier} (${status}) cannot be started yet`,
        progress: status,
      }
    },
  )
  if (started) {
    const from = cdcStartPosition === undefined ? '' : ` at ${cdcStartPosition}`
    const line = `started task ${task.identifier} (start-replication${from})`
    work.changes.push(line)
    work.context.log.line(line)
  }
  const status = await wait(work, `the start of ${task.identifier}`, 900_000, async () => {
    const [seen] = await port.describe({ arns: [task.arn] })
    const now = seen?.status ?? 'not visible'
    if (seen !== undefined && now !== 'ready') return { done: true, value: now }
    return { done: false, reason: `task ${task.identifier} is ${now}`, progress: now }
  })
  return { ...task, status }
}

async function wait<T>(
  work: AwsWork,
  what: string,
  deadlineMs: number,
  look: () => Promise<Look<T>>,
): Promise<T> {
  const { clock, signal, log } = work.context
  try {
    return await poll(look, {
      clock,
      signal,
      deadlineMs,
      what,
      remedy: 'Look at the task in the DMS console, then run the job again; it goes on where it was.',
      onReason: (reason) => log.debug(reason),
    })
  } catch (error) {
    if (error instanceof MigrationError && error.code === 'cancelled') {
      throw new MigrationError('cancelled', `cancelled while waiting for ${what}`, {
        remedy:
          'What was made stays, and is noted in the control schema. Run the job again: it goes on there.',
        cause: error,
      })
    }
    throw error
  }
}
