import { tableRemedies, tableState } from '../../shared/dms/table-state.ts'
import { logHint, stopRemedy } from '../../shared/dms/task-state.ts'
import { judgeUncarried, type UncarriedJudgement } from '../../shared/control/judge-uncarried.ts'
import type { Compared } from '../../shared/control/read-compared.ts'
import type { Uncarried } from '../../shared/control/uncarried.ts'
import type { Plan, TableName } from '../../shared/migration/plan.ts'
import type { Problem } from '../../shared/runtime/errors.ts'
import type { ApplyErrors } from '../../shared/waiting/apply-errors.ts'
import { judgeApplyErrors } from '../../shared/waiting/judge-apply-errors.ts'
import type { TaskSight } from '../../shared/waiting/task-sight.ts'
import { assessValidation, type ValidationHistory } from './validation.ts'

/** What one look showed, apart from markers. */
export interface SyncSight {
  readonly tasks: readonly TaskSight[]
  /** Identifier of the replication instance by its ARN. */
  readonly instances: ReadonlyMap<string, string>
  /** Tables that the plan gives to each task, by identifier; undefined without a plan. */
  readonly planned: ReadonlyMap<string, readonly TableName[]> | undefined
  readonly history: ValidationHistory
  /** Findings that the plan accepts. */
  readonly waivers: Plan['waivers']
  /** What only the databases tell; undefined where there are task ARNs alone. */
  readonly databases: DatabaseSight | undefined
}

export interface DatabaseSight {
  readonly applyErrors: ApplyErrors
  /** What differs from the plan on the source; empty: the fingerprint is the plan's. */
  readonly drift: readonly string[]
  readonly guard: { readonly raised: boolean; readonly others: readonly string[] }
  /** What DMS does not carry; undefined where a dry run found no record to compare with. */
  readonly uncarried: Uncarried | undefined
  /** What verify-data found last. */
  readonly compared: Compared
}

/** Nobody reads more lines. */
const mostDrift = 50

export type SyncVerdict =
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] }
  | { readonly kind: 'waiting'; readonly reasons: readonly string[] }
  /** Nothing stands in the way of a marker; `unverified` is what no check of ours can show. */
  | { readonly kind: 'clear'; readonly unverified: readonly string[] }

/** Judges one look: what refuses for good, what is worth waiting for, what cannot be known. Pure. */
export function assessSync(sight: SyncSight): SyncVerdict {
  const validations = sight.tasks.map((task) => assessValidation(task, sight.history))
  const uncarried = uncarriedOf(sight)
  const problems = [
    ...sight.tasks.flatMap((task) => taskProblems(task, sight)),
    ...(sight.databases === undefined ? [] : databaseProblems(sight.databases)),
    ...(uncarried?.problems ?? []),
    ...validations.flatMap((found) => found.problems),
  ]
  if (problems.length > 0) return { kind: 'refused', problems }
  const reasons = [
    ...sight.tasks.flatMap((task) => taskReasons(task, sight)),
    ...validations.flatMap((found) => found.reasons),
  ]
  if (reasons.length > 0) return { kind: 'waiting', reasons }
  return {
    kind: 'clear',
    unverified: [
      ...validations.flatMap((found) => found.unverified),
      ...(uncarried?.unverified ?? []),
      ...(uncarried?.settled ?? []).map(
        (table) =>
          `${table} was truncated or rewritten since its load; verify-data has found its rows equal since`,
      ),
    ],
  }
}

/** What was judged of changes that DMS does not carry; undefined without a plan, or without a record in a dry run. */
export function uncarriedOf({ databases, waivers }: SyncSight): UncarriedJudgement | undefined {
  if (databases?.uncarried === undefined) return undefined
  return judgeUncarried(databases.uncarried, { waivers }, databases.compared.equal)
}

function taskProblems({ task, state, tables }: TaskSight, sight: SyncSight): Problem[] {
  const log = logHint(task.arn, sight.instances.get(task.replicationInstanceArn) ?? '<replication instance>')
  const problems: Problem[] = []
  if (state.kind === 'failed' || state.kind === 'stopped') {
    const what = state.kind === 'failed' ? `has failed: ${state.message}` : `does not run: ${state.reason}`
    problems.push({
      field: task.identifier,
      message: `the task ${task.identifier} ${what} (log: ${log})`,
      remedy: stopRemedy(task, state),
    })
  }
  if (state.kind === 'finished') {
    problems.push({
      field: task.identifier,
      message: `the task ${task.identifier} has ended after its full load: it carries no changes`,
      remedy: 'Use a task of type full-load-and-cdc, as create-task makes it.',
    })
  }
  for (const { schema, table, state: word } of tables) {
    const meaning = tableState(word)
    if (meaning !== 'errored' && meaning !== 'cancelled' && meaning !== 'missing') continue
    problems.push({
      field: `${schema}.${table}`,
      message: `the table ${schema}.${table} reads “${word}” in the task ${task.identifier} (log: ${log})`,
      remedy: tableRemedies[meaning],
    })
  }
  const resting = tables.length > 0 && tables.every(({ state: word }) => tableState(word) === 'loaded')
  if (problems.length === 0 && task.tables.errored > 0 && resting) {
    problems.push({
      field: task.identifier,
      message: `DMS counts tables in error in the task ${task.identifier} (${task.tables.errored}), and its statistics name none (log: ${log})`,
      remedy: tableRemedies.errored,
    })
  }
  return problems
}

function databaseProblems({ applyErrors, drift, guard, compared }: DatabaseSight): Problem[] {
  const shown = drift.slice(0, mostDrift)
  const lines = drift.length > mostDrift ? [...shown, `and ${drift.length - mostDrift} objects more`] : shown
  const problems: Problem[] = lines.map((line) => ({
    field: 'source',
    message: `the source’s schema is not the plan’s any more: ${line}`,
    remedy:
      'Undo the change, or run preflight again and have the new plan approved; a table that is new or was altered must be loaded by a task made for that plan.',
  }))
  problems.push(...judgeApplyErrors(applyErrors))
  for (const { schema, table } of compared.different) {
    problems.push({
      field: `${schema}.${table}`,
      message: `verify-data found rows of ${schema}.${table} that differ, and has not found them equal since`,
      remedy:
        'See the summary of verify-data for the keys; repair the rows on the target or load the table anew, then run verify-data again.',
    })
  }
  if (!guard.raised) {
    problems.push({
      field: 'target',
      message: 'the target’s guard does not stand: somebody else than DMS could have written there',
      remedy: 'Run prepare-target (or create-task) again to raise it, and compare the data before you go on.',
    })
  }
  for (const role of guard.others) {
    problems.push({
      field: 'target',
      message: `the role ${role} can connect to the target though it is guarded`,
      remedy: `REVOKE CONNECT ON DATABASE … FROM "${role}"; then see what it has written.`,
    })
  }
  return problems
}

function taskReasons({ task, state, tables }: TaskSight, sight: SyncSight): string[] {
  if (state.kind === 'ready') return [`${task.identifier} has not been started`]
  if (state.kind === 'settling') return [`${task.identifier} is ${state.status}`]
  if (state.kind === 'unknown') return [`${task.identifier} is “${state.status}”, which is not known`]
  // Nothing is loaded by a task that starts from a position in the log.
  if (task.migrationType === 'cdc') return []
  const planned = sight.planned?.get(task.identifier)?.length ?? tables.length
  const loaded = tables.filter((table) => tableState(table.state) === 'loaded').length
  if (tables.length === 0 || loaded < Math.max(planned, tables.length))
    return [`${task.identifier}: ${loaded} of ${Math.max(planned, tables.length)} tables loaded`]
  return []
}
