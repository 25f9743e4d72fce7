import { tableRemedies, tableState } from '../../shared/dms/table-state.ts'
import { logHint, stopRemedy } from '../../shared/dms/task-state.ts'
import type { TableName } from '../../shared/migration/plan.ts'
import type { Problem } from '../../shared/runtime/errors.ts'
import { markerSchema } from '../../shared/migration/build-plan.ts'
import { migratedTables, type TaskSight } from '../../shared/waiting/task-sight.ts'

/** What one look at all tasks amounts to. */
export type LoadVerdict =
  | { readonly kind: 'loaded' }
  | { readonly kind: 'loading'; readonly reason: string }
  /** Waiting on would not help: at least one table or task will never be loaded. */
  | { readonly kind: 'failed'; readonly problems: readonly Problem[] }

export interface Expectation {
  /** Tables that the plan gives to a task, its marker table too, by the task's identifier; undefined without a plan. */
  readonly planned: ReadonlyMap<string, readonly TableName[]> | undefined
  /** Identifier of the replication instance by its ARN, for the hint at the log. */
  readonly instances: ReadonlyMap<string, string>
}

/**
 * Judges the full load from states alone: a percentage reaches 100 with every table in error. Loaded means that every
 * table of every task reads `Table completed` and that DMS counts none as loading, queued or errored.
 */
export function assessLoad(sights: readonly TaskSight[], expectation: Expectation): LoadVerdict {
  const problems = sights.flatMap((sight) => taskProblems(sight, expectation))
  if (problems.length > 0) return { kind: 'failed', problems }
  const waiting = sights.flatMap((sight) => waitingFor(sight, expectation))
  return waiting.length === 0 ? { kind: 'loaded' } : { kind: 'loading', reason: waiting.join('; ') }
}

function taskProblems(sight: TaskSight, expectation: Expectation): Problem[] {
  const { task, state } = sight
  const log = logHint(
    task.arn,
    expectation.instances.get(task.replicationInstanceArn) ?? '<replication instance>',
  )
  const problems = tableProblems(sight, expectation, log)
  if (state.kind === 'failed') {
    problems.unshift({
      field: task.identifier,
      message: `the task ${task.identifier} has failed: ${state.message} (log: ${log})`,
      remedy: stopRemedy(task, state),
    })
  }
  if (
    state.kind === 'stopped' &&
    !(loadEnds(state.by, task.migrationType) && allLoaded(sight, expectation))
  ) {
    const who = { user: 'was stopped', setting: 'stopped as its settings say', itself: 'stopped by itself' }
    problems.unshift({
      field: task.identifier,
      message: `the task ${task.identifier} ${who[state.by]} ${whenOf(sight, expectation)}: ${state.reason} (log: ${log})`,
      remedy: stopRemedy(task, state),
    })
  }
  return problems
}

function whenOf(sight: TaskSight, expectation: Expectation): string {
  return sight.task.fullLoadFinished !== undefined && allLoaded(sight, expectation)
    ? 'after its load, and carries no changes'
    : 'before its load was complete'
}

/** A stop after which a complete load is complete: a setting asked for it, or the task carries no changes. */
function loadEnds(by: 'user' | 'setting' | 'itself', migrationType: string): boolean {
  return by === 'setting' || (by === 'user' && migrationType === 'full-load')
}

function tableProblems(sight: TaskSight, expectation: Expectation, log: string): Problem[] {
  const { task, tables } = sight
  const problems: Problem[] = []
  for (const { schema, table, state: word } of tables) {
    const state = tableState(word)
    if (state !== 'errored' && state !== 'cancelled' && state !== 'missing') continue
    problems.push({
      field: `${schema}.${table}`,
      message: `the table ${schema}.${table} reads “${word}” in the task ${task.identifier} (log: ${log})`,
      remedy: tableRemedies[state],
    })
  }
  // Found in the statistics, they have names; else nobody may take a load for complete, or wait on for it.
  if (problems.length === 0 && task.tables.errored > 0 && everyTableRests(sight)) {
    const many = task.tables.errored === 1 ? 'one table' : `${task.tables.errored} tables`
    problems.push({
      field: task.identifier,
      message: `DMS counts ${many} in error in the task ${task.identifier}, and its statistics name none (log: ${log})`,
      remedy: tableRemedies.errored,
    })
  }
  if (!loadIsOver(sight)) return problems
  if (tables.length === 0) {
    problems.push({
      field: task.identifier,
      message: `the task ${task.identifier} has loaded zero tables (log: ${log})`,
      remedy:
        'Check its table mappings against the names on the source, and that the DMS user may see the tables; then delete the task and create it anew.',
    })
  }
  for (const { schema, table } of absentTables(sight, expectation)) {
    problems.push({
      field: `${schema}.${table}`,
      message: `the table ${schema}.${table} is in the plan, but the task ${task.identifier} did not load it (log: ${log})`,
      remedy: tableRemedies.missing,
    })
  }
  return problems
}

/** No table is on its way to a state that would say more. */
function everyTableRests({ task, tables }: TaskSight): boolean {
  return (
    task.tables.loading + task.tables.queued === 0 &&
    tables.length > 0 &&
    tables.every(({ state }) => tableState(state) === 'loaded')
  )
}

/** DMS says that the load has ended, well or not. */
function loadIsOver({ task, state }: TaskSight): boolean {
  return state.kind === 'finished' || (state.kind === 'running' && task.fullLoadFinished !== undefined)
}

function absentTables(sight: TaskSight, expectation: Expectation): readonly TableName[] {
  const listed = new Set(sight.tables.map(({ schema, table }) => JSON.stringify([schema, table])))
  return (expectation.planned?.get(sight.task.identifier) ?? []).filter(
    ({ schema, table }) => !listed.has(JSON.stringify([schema, table])),
  )
}

function allLoaded(sight: TaskSight, expectation: Expectation): boolean {
  return (
    sight.tables.length > 0 &&
    sight.tables.every(({ state }) => tableState(state) === 'loaded') &&
    absentTables(sight, expectation).length === 0
  )
}

function waitingFor(sight: TaskSight, expectation: Expectation): string[] {
  const { task, state } = sight
  const tables = migratedTables(sight)
  if (state.kind === 'ready') return [`${task.identifier} has not been started`]
  if (state.kind === 'settling') return [`${task.identifier} is ${state.status}`]
  if (state.kind === 'unknown') return [`${task.identifier} is “${state.status}”, which is not known`]
  // Nothing to load: such a task starts from a position in the log.
  if (task.migrationType === 'cdc') return []
  const { loading, queued, errored } = task.tables
  if (allLoaded(sight, expectation) && loading + queued + errored === 0) return []
  const loaded = tables.filter((table) => tableState(table.state) === 'loaded').length
  const odd = tables.filter((table) => tableState(table.state) === 'unknown')
  const strange =
    odd.length === 0 ? '' : `, ${odd.length} in a state that is not known (“${odd[0]?.state ?? ''}”)`
  return [`${task.identifier}: ${loaded} of ${expectedTables(sight, expectation)} tables loaded${strange}`]
}

/** Tables that a task must load: of the plan, else those that DMS lists. */
export function expectedTables(sight: TaskSight, expectation: Expectation): number {
  const planned = expectation.planned?.get(sight.task.identifier)
  return planned?.filter(({ schema }) => schema !== markerSchema).length ?? migratedTables(sight).length
}
