import { plannedTables, planSchemas } from '../migration/plan-schemas.ts'
import { qualified } from '../migration/identifier.ts'
import type { Plan, TableName } from '../migration/plan.ts'
import type { DatabaseLogin, Session } from '../postgres/session.ts'
import type { ChangeContext, DatabaseChange } from './database-change.ts'
import { readUnpopulatedViewsStatement } from './statements.ts'
import { onWorkers } from './worker-sessions.ts'

/** VACUUM (ANALYZE) of every planned table: index-only scans and the planner are ready before the first user. */
export function vacuumChange(plan: Plan): DatabaseChange {
  const tables = plannedTables(plan)
  return {
    side: 'target',
    title: `vacuum and analyze ${tables.length} tables`,
    undo: 'not needed: rows stay as they are',
    statements: tables.map(({ schema, table }) => `vacuum (analyze) ${qualified(schema, table)}`),
  }
}

/** Materialized views that nobody could read before a first refresh; undefined where there are none. */
export async function refreshChange(target: Session, plan: Plan): Promise<DatabaseChange | undefined> {
  const views = await target.query<TableName>(readUnpopulatedViewsStatement, [[...planSchemas(plan)]])
  if (views.length === 0) return undefined
  return {
    side: 'target',
    title: `refresh ${views.length} materialized ${views.length === 1 ? 'view' : 'views'}`,
    undo: 'not needed: they hold what their tables hold',
    statements: views.map(({ schema, table }) => `refresh materialized view ${qualified(schema, table)}`),
  }
}

/** Runs statements that take no transaction and can be repeated, several at a time; says every tenth of the way. */
export async function runConcurrently(
  change: DatabaseChange,
  options: { readonly login: DatabaseLogin; readonly signal: AbortSignal; readonly context: ChangeContext },
): Promise<void> {
  const { log } = options.context
  const total = change.statements.length
  let done = 0
  await onWorkers(
    options.login,
    { application: 'aurora-migration finish', signal: options.signal },
    change.statements,
    async (session, statement) => {
      await session.query(statement)
      done += 1
      log.debug(statement)
      if (total >= 20 && done % Math.ceil(total / 10) === 0) log.line(`${change.title}: ${done}/${total}`)
    },
  )
  log.line(`target: ${change.title}`)
}
