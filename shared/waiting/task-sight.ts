import type { ReplicationTask } from '../dms/replication-task.ts'
import type { ReplicationTasks, TaskSelection } from '../dms/replication-tasks.ts'
import type { TableStatistic } from '../dms/table-statistic.ts'
import { taskState, type TaskState } from '../dms/task-state.ts'
import { markerSchema } from '../migration/build-plan.ts'
import { MigrationError } from '../runtime/errors.ts'
import type { CallBudget } from './call-budget.ts'

/** What one look showed of one task. */
export interface TaskSight {
  readonly task: ReplicationTask
  readonly state: TaskState
  /** Empty while the task is in a state in which nothing can have been loaded. */
  readonly tables: readonly TableStatistic[]
}

/** Tables of the application: marker tables are loaded and watched as well, but nobody counts them. */
export function migratedTables(sight: TaskSight): readonly TableStatistic[] {
  return sight.tables.filter(({ schema }) => schema !== markerSchema)
}

/** Statistics come 500 tables a call. */
const tablesPerCall = 500

/**
 * Looks at all tasks of a wait: one describe, and the statistics of those that can have any, within the budget of
 * API calls. Throws `precondition` where a task does not exist.
 */
export async function lookAtTasks(
  port: ReplicationTasks,
  selection: TaskSelection,
  budget: CallBudget,
  signal: AbortSignal,
): Promise<TaskSight[]> {
  await budget.take(1, signal)
  const tasks = await port.describe(selection)
  refuseMissing(selection, tasks)
  const sights: TaskSight[] = []
  for (const task of tasks) {
    const state = taskState(task)
    const idle = state.kind === 'ready' || state.kind === 'settling'
    if (!idle) await budget.take(statisticsCalls(task), signal)
    sights.push({ task, state, tables: idle ? [] : await port.statistics(task.arn) })
  }
  return sights
}

/** Calls that it takes to read the statistics of all tables of a task. */
export function statisticsCalls({ tables }: ReplicationTask): number {
  const count = tables.loaded + tables.loading + tables.queued + tables.errored
  return Math.max(1, Math.ceil(count / tablesPerCall))
}

/** Throws `precondition` where a task that was asked for does not exist. */
export function refuseMissing(selection: TaskSelection, tasks: readonly ReplicationTask[]): void {
  const wanted = 'arns' in selection ? selection.arns : selection.identifiers
  const found = new Set(tasks.map((task) => ('arns' in selection ? task.arn : task.identifier)))
  const problems = wanted
    .filter((name) => !found.has(name))
    .map((name) => ({
      field: 'task-arns',
      value: name,
      message: `the replication task ${name} does not exist`,
      remedy:
        'Pass the output task-arns of create-task; check the region and the account of the job’s credentials.',
    }))
  if (problems.length > 0) {
    throw new MigrationError('precondition', problems.map(({ message }) => message).join('; '), {
      remedy: problems[0]?.remedy ?? '',
      problems,
    })
  }
}
