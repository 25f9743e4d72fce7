import type { ReplicationTask } from '../dms/replication-task.ts'
import type { ReplicationTasks, TaskSelection } from '../dms/replication-tasks.ts'
import type { TableStatistic } from '../dms/table-statistic.ts'
import { tableState } from '../dms/table-state.ts'
import { taskState } from '../dms/task-state.ts'
import type { CallBudget } from './call-budget.ts'
import { refuseMissing, statisticsCalls, type TaskSight } from './task-sight.ts'

/** Looks at the tasks of a wait again and again. */
export type TaskWatch = (signal: AbortSignal) => Promise<TaskSight[]>

interface Known {
  readonly tables: readonly TableStatistic[]
  /** What the description of the task said when its tables were read. */
  readonly said: string
  /** How many tables were loaded then, by that description. */
  readonly loaded: number
  /** Number of the look. */
  readonly at: number
}

/** In each look so many calls for statistics of tasks that load, where more tasks load than can be asked. */
const statisticsShare = 8

/** A description holds 100 tasks; those of a serverless replication come in two calls. */
const tasksPerCall = 100

/**
 * Looks that cost little however many tasks there are: all of them are described, which tells of every task that fails,
 * stops, or gets an errored table; statistics are read of those alone, and of the ones that load, as far as the budget
 * goes and in turn. Tables of the others are as they were seen last. The budget must be charged with the calls that are
 * made by who makes them (count-attempts.ts); here it is only waited for.
 */
export function taskWatch(port: ReplicationTasks, selection: TaskSelection, budget: CallBudget): TaskWatch {
  const known = new Map<string, Known>()
  const size = 'arns' in selection ? selection.arns.length : selection.identifiers.length
  let looks = 0
  let loadingCalls = 1

  return async (signal) => {
    looks += 1
    await budget.room(Math.ceil(size / tasksPerCall) * 2 + loadingCalls, signal)
    const tasks = await port.describe(selection)
    refuseMissing(selection, tasks)
    const read = async (task: ReplicationTask) => {
      const tables = await port.statistics(task.arn)
      known.set(task.arn, { tables, said: described(task), loaded: task.tables.loaded, at: looks })
    }
    const asked = tasks.filter((task) => !idle(task))
    for (const task of asked) if (isNews(task, known.get(task.arn))) await read(task)
    const loading = asked
      .filter((task) => known.get(task.arn)?.at !== looks && !isComplete(task, known.get(task.arn)))
      .toSorted((a, b) => (known.get(a.arn)?.at ?? 0) - (known.get(b.arn)?.at ?? 0))
    const [longest] = loading
    for (const task of loading) if (budget.affords(statisticsCalls(task))) await read(task)
    loadingCalls = Math.max(
      longest === undefined ? 1 : statisticsCalls(longest),
      Math.min(
        statisticsShare,
        loading.reduce((sum, task) => sum + statisticsCalls(task), 0),
      ),
    )
    return tasks.map((task) => ({
      task,
      state: taskState(task),
      tables: idle(task) ? [] : (known.get(task.arn)?.tables ?? []),
    }))
  }
}

/** In a state in which nothing can have been loaded. */
function idle(task: ReplicationTask): boolean {
  const { kind } = taskState(task)
  return kind === 'ready' || kind === 'settling'
}

/** Tables must be read at once: never seen, or the task ended, started again, or has a table that will not be loaded. */
function isNews(task: ReplicationTask, before: Known | undefined): boolean {
  return before?.said !== described(task)
}

function described(task: ReplicationTask): string {
  const { loading, queued, errored } = task.tables
  return JSON.stringify([
    task.status,
    task.stopReason,
    task.startedAt,
    task.fullLoadFinished,
    errored,
    loading + queued === 0,
  ])
}

/**
 * Nothing of it can change without its description changing as well. A table in error that the statistics did not name
 * when they were read may be named by the next ones.
 */
function isComplete(task: ReplicationTask, seen: Known | undefined): boolean {
  const { loading, queued, loaded, errored } = task.tables
  return (
    loading + queued + errored === 0 &&
    seen !== undefined &&
    seen.loaded === loaded &&
    seen.tables.length > 0 &&
    seen.tables.every(({ state }) => tableState(state) === 'loaded')
  )
}
