import { escapeLiteral } from 'pg'
import { operationSql } from './apply-sql.ts'
import type { FailedOperation } from './apply.ts'
import { controlTable } from './control-tables.ts'
import type { TableProgress } from './table-state.ts'
import { plainName, type TaskContext } from './task-context.ts'
import { databaseError, FatalTaskError, sqlState } from './task-failure.ts'
import type { ErrorPolicy } from './task-settings.ts'

/** Decides, by the task's error policies, what becomes of an operation that failed; may suspend its table. */
export function decideFailure(
  context: TaskContext,
  progress: TableProgress,
  failure: FailedOperation,
  cachedPhase: boolean,
): { sql: string[]; repaired: boolean } {
  const { operation, error } = failure
  const behaviour = context.settings.ErrorBehavior
  const conflict = error === null || sqlState(error) === '23505'
  // FullLoadIgnoreConflicts: what the load has brought already is no error while cached changes are applied.
  if (cachedPhase && conflict && behaviour.FullLoadIgnoreConflicts) return { sql: [], repaired: true }
  const policy = escalated(context, progress, policyOf(context, failure))
  if (policy === 'IGNORE_RECORD') return { sql: [], repaired: false }
  if (policy === 'INSERT_RECORD' && operation.kind === 'insert') {
    const sql = overwriteSql(failure)
    if (sql !== null) return { sql: [sql], repaired: true }
  }
  if (policy === 'UPDATE_RECORD' && operation.kind === 'update')
    return { sql: [insertMissingSql(failure)], repaired: true }
  const message = `Table '${plainName(progress)}': ${errorText(failure)}`
  if (policy === 'STOP_TASK') throw new FatalTaskError(message)
  context.log({ component: 'TARGET_APPLY', severity: 'warning', message })
  const sql = [exceptionSql(context, progress, failure.statement, errorText(failure))]
  if (policy === 'SUSPEND_TABLE') sql.push(...suspendTable(context, progress))
  return { sql, repaired: false }
}

type ErrorKind = 'apply' | 'data' | 'table'

function policyOf(
  context: TaskContext,
  { operation, error }: FailedOperation,
): { policy: ErrorPolicy; kind: ErrorKind } {
  const behaviour = context.settings.ErrorBehavior
  const policies = {
    insert: behaviour.ApplyErrorInsertPolicy,
    update: behaviour.ApplyErrorUpdatePolicy,
    delete: behaviour.ApplyErrorDeletePolicy,
  }
  if (error === null) return { policy: policies[operation.kind], kind: 'apply' }
  const state = sqlState(error)
  if (state === '23505')
    return { policy: operation.kind === 'insert' ? policies.insert : policies.update, kind: 'apply' }
  if (state === '22001') return { policy: behaviour.DataTruncationErrorPolicy, kind: 'data' }
  // 42: no such table or column, no right to it. 428C9 is about a value: GENERATED ALWAYS.
  if (state.startsWith('42') && state !== '428C9' && state !== '42804')
    return { policy: behaviour.TableErrorPolicy, kind: 'table' }
  return { policy: behaviour.DataErrorPolicy, kind: 'data' }
}

/** An error that is only logged counts; the escalation policy takes over at the count that the settings name (0: never). */
function escalated(
  context: TaskContext,
  progress: TableProgress,
  { policy, kind }: { policy: ErrorPolicy; kind: ErrorKind },
): ErrorPolicy {
  if (policy !== 'LOG_ERROR' || kind === 'table') return policy
  const behaviour = context.settings.ErrorBehavior
  progress.errors[kind] += 1
  const limit = kind === 'data' ? behaviour.DataErrorEscalationCount : behaviour.ApplyErrorEscalationCount
  if (limit === 0 || progress.errors[kind] < limit) return policy
  return kind === 'data' ? behaviour.DataErrorEscalationPolicy : behaviour.ApplyErrorEscalationPolicy
}

/** TableErrorEscalationCount: so many tables in error end the task. @throws FatalTaskError */
export function escalateTableErrors(context: TaskContext): void {
  const { TableErrorEscalationCount: limit, TableErrorEscalationPolicy } = context.settings.ErrorBehavior
  if (limit === 0 || TableErrorEscalationPolicy !== 'STOP_TASK') return
  const errored = [...context.tables.values()].filter(({ phase }) => phase === 'suspended').length
  if (errored >= limit) throw new FatalTaskError(`${errored} tables are in error: TableErrorEscalationCount`)
}

function errorText({ error }: FailedOperation): string {
  return error === null ? '0 rows affected' : databaseError(error)
}

/** The row for awsdms_apply_exceptions. */
export function exceptionSql(
  context: TaskContext,
  progress: TableProgress,
  statement: string,
  error: string,
): string {
  const { targetSchema, targetTable } = progress.route.selected
  const values = [context.job.externalId, targetSchema, targetTable].map((value) => escapeLiteral(value))
  return (
    `INSERT INTO ${controlTable(context.settings, 'awsdms_apply_exceptions')} VALUES (${values.join(', ')}, ` +
    `clock_timestamp() AT TIME ZONE 'UTC', ${escapeLiteral(statement)}, ${escapeLiteral(error)})`
  )
}

/** Suspends a table; returns the statements that note it on the target. @throws FatalTaskError where it is one too many */
export function suspendTable(context: TaskContext, progress: TableProgress): string[] {
  progress.phase = 'suspended'
  progress.cache = []
  context.statistics.setState(progress.route.key, 'Table error')
  context.log({
    component: 'TASK_MANAGER',
    severity: 'error',
    message: `Table '${plainName(progress)}' was errored/suspended`,
  })
  escalateTableErrors(context)
  return suspensionSql(context, progress)
}

/** What notes a suspended table on the target, where the task keeps such a table. */
export function suspensionSql(context: TaskContext, progress: TableProgress): string[] {
  if (!context.settings.ControlTablesSettings.SuspendedTablesTableEnabled) return []
  const { targetSchema, targetTable } = progress.route.selected
  const values = [
    context.job.taskIdentifier,
    context.job.externalId,
    targetSchema,
    targetTable,
    'TABLE ERROR',
  ]
  return [
    `INSERT INTO ${controlTable(context.settings, 'awsdms_suspended_tables')}
     VALUES (${values.map((value) => escapeLiteral(value)).join(', ')}, clock_timestamp() AT TIME ZONE 'UTC')
     ON CONFLICT DO NOTHING`,
  ]
}

/** INSERT_RECORD: the row that is there is overwritten. */
function overwriteSql({ operation }: FailedOperation): string | null {
  const keys = operation.shape.set.filter((column) => column.isKey)
  const rest = operation.shape.set.filter((column) => !column.isKey)
  if (keys.length === 0) return null
  const insert = operationSql(operation, (index) => operation.values[index] ?? 'NULL')
  const action =
    rest.length === 0
      ? 'NOTHING'
      : `UPDATE SET ${rest.map((column) => `${column.targetSql} = excluded.${column.targetSql}`).join(', ')}`
  return `${insert} ON CONFLICT (${keys.map((column) => column.targetSql).join(', ')}) DO ${action}`
}

/** UPDATE_RECORD: the missing row is inserted from what the update holds. */
function insertMissingSql({ operation }: FailedOperation): string {
  const { set, where } = operation.shape
  const values = new Map<string, string>()
  for (const [index, column] of [...set, ...where].entries())
    values.set(column.targetSql, values.get(column.targetSql) ?? operation.values[index] ?? 'NULL')
  return `INSERT INTO ${operation.route.targetSql} (${[...values.keys()].join(', ')}) VALUES (${[...values.values()].join(', ')})`
}
