import type { ReplicationTask } from '../dms/replication-task.ts'
import type { ReplicationTasks } from '../dms/replication-tasks.ts'
import { stopRemedy, taskState } from '../dms/task-state.ts'
import type { Plan } from '../migration/plan.ts'
import type { Clock } from '../runtime/clock.ts'
import { MigrationError } from '../runtime/errors.ts'
import type { Log } from '../runtime/log.ts'
import { poll } from '../runtime/poll.ts'

/** What waiting for tasks needs. */
export interface TaskWork {
  readonly tasks: ReplicationTasks
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly log: Log
}

/** Applying what was cached during a long load may take hours. */
const longestPauseWaitMs = 6 * 3_600_000

/** Do the plan's tasks stop after their load, so that indexes and foreign keys are made before changes flow? */
export function pausesAfterLoad(plan: Plan): boolean {
  return plan.tasks.some(
    ({ settings }) =>
      (settings['FullLoadSettings'] as { StopTaskCachedChangesApplied?: boolean } | undefined)
        ?.StopTaskCachedChangesApplied === true,
  )
}

/**
 * Waits until every task has loaded, applied what was cached meanwhile, and stopped as its settings say. A task that
 * somebody has started again since is past that. Throws `precondition` where one failed or never ran.
 */
export async function awaitPause(plan: Plan, work: TaskWork): Promise<void> {
  await poll(
    async () => {
      const tasks = await describe(plan, work)
      for (const task of tasks) refuseBroken(task)
      const busy = tasks.filter((task) => !isPaused(task) && !wentOn(task))
      if (busy.length === 0) return { done: true, value: undefined }
      const names = busy.map(({ identifier }) => identifier).join(', ')
      return {
        done: false,
        reason: `${names}: loading, or applying what was cached during the load`,
        progress: names,
      }
    },
    {
      ...work,
      deadlineMs: longestPauseWaitMs,
      what: 'the stop of the tasks after their load',
      remedy: 'Look at the task in the DMS console, then run the job again; it goes on where it was.',
      onReason: (reason) => work.log.line(`waiting: ${reason}`),
    },
  )
}

/** Tasks that stand still because their settings said so, and are to be started again. */
export async function pausedTasks(plan: Plan, work: TaskWork): Promise<readonly ReplicationTask[]> {
  return (await describe(plan, work)).filter(isPaused)
}

/** Starts each of them again from where it stopped and waits until all run. One that runs is left as it is. */
export async function resumeTasks(
  paused: readonly ReplicationTask[],
  plan: Plan,
  work: TaskWork,
): Promise<void> {
  const names = paused.map(({ identifier }) => identifier)
  await poll(
    async () => {
      const tasks = (await describe(plan, work)).filter(({ identifier }) => names.includes(identifier))
      for (const task of tasks) refuseBroken(task)
      const still = tasks.filter(isPaused)
      for (const task of still) await work.tasks.start(task.arn, 'resume-processing')
      const away = tasks.filter((task) => taskState(task).kind !== 'running')
      if (away.length === 0) return { done: true, value: undefined }
      const reason = away.map(({ identifier, status }) => `${identifier} is ${status}`).join(', ')
      return { done: false, reason, progress: reason }
    },
    {
      ...work,
      deadlineMs: 1_200_000,
      what: 'the start of the tasks',
      remedy: 'Look at the task in the DMS console, then run the job again; it goes on where it was.',
      onReason: (reason) => work.log.debug(reason),
    },
  )
  for (const name of names) work.log.line(`started task ${name} again (resume-processing)`)
}

async function describe(plan: Plan, { tasks }: TaskWork): Promise<ReplicationTask[]> {
  const identifiers = plan.tasks.map(({ identifier }) => identifier)
  const found = await tasks.describe({ identifiers })
  const missing = identifiers.filter((name) => !found.some(({ identifier }) => identifier === name))
  if (missing.length === 0) return found
  throw new MigrationError('precondition', `the replication task ${missing.join(', ')} does not exist`, {
    remedy: 'Run create-task and wait-full-load first.',
  })
}

function isPaused(task: ReplicationTask): boolean {
  const state = taskState(task)
  return state.kind === 'stopped' && state.by === 'setting'
}

/** Started again after its load ended: by a former run of this, or by hand. */
function wentOn({ startedAt, fullLoadFinished }: ReplicationTask): boolean {
  return startedAt !== undefined && fullLoadFinished !== undefined && startedAt > fullLoadFinished
}

function refuseBroken(task: ReplicationTask): void {
  const state = taskState(task)
  if (state.kind === 'ready') {
    throw new MigrationError('precondition', `the task ${task.identifier} was never started`, {
      remedy: 'Run create-task and wait-full-load first.',
    })
  }
  if (state.kind !== 'failed' && !(state.kind === 'stopped' && state.by !== 'setting')) return
  const why = state.kind === 'failed' ? state.message : state.reason
  throw new MigrationError('precondition', `the task ${task.identifier} does not run: ${why}`, {
    remedy: stopRemedy(task, state),
  })
}
