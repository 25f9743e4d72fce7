import { plannedTables } from '../migration/plan-schemas.ts'
import type { Plan } from '../migration/plan.ts'
import { withSession, type DatabaseLogin, type Session } from '../postgres/session.ts'
import { inTransaction, journal, type ChangeContext, type DatabaseChange } from './database-change.ts'
import { triggersChange } from './set-aside.ts'
import { forgetStateStatement, readSavedStateStatement, saveStateStatement } from './statements.ts'

/** Kind under which the second part of a dumped schema waits: its text, as pg_restore wrote it. */
export const postDataKind = 'post-data'

/** The second part of a dumped schema: triggers, rules, policies, statistics, comments; undefined where none waits. */
export async function postDataChange(
  target: Session,
  migration: string,
): Promise<DatabaseChange | undefined> {
  const rows = await target.query<{ definition: string }>(readSavedStateStatement, [migration, postDataKind])
  if (rows.length === 0) return undefined
  return {
    side: 'target',
    title: 'make what else the dumped schema has: triggers, rules, policies, statistics',
    undo: 'not needed: this is how the source has it',
    statements: rows.map(({ definition }) => (JSON.parse(definition) as { sql: string }).sql),
  }
}

/**
 * Makes it in one transaction, on a session of its own, since the text changes settings. New triggers that would act on
 * DMS’s rows are disabled and saved in the same transaction: DMS never meets them.
 */
export async function putPostData(
  change: DatabaseChange,
  plan: Plan,
  login: DatabaseLogin,
  signal: AbortSignal,
  context: ChangeContext,
): Promise<void> {
  const session = {
    label: 'target',
    application: 'aurora-migration schema',
    signal,
    settings: { statement_timeout: '0' },
  }
  await withSession(login, session, async (target) => {
    await inTransaction(target, change, async () => {
      for (const statement of change.statements) await target.query(statement)
      await target.query("select pg_catalog.set_config('search_path', 'pg_catalog', true)")
      const triggers = await triggersChange(target, plannedTables(plan), plan.duringLoad)
      if (triggers?.saved !== undefined) {
        const { kind, rows } = triggers.saved
        await target.query(saveStateStatement, [plan.migration, kind, JSON.stringify(rows)])
        await target.query(triggers.statements.join(';\n'))
      }
      await target.query(forgetStateStatement, [plan.migration, postDataKind, ['schema']])
      await journal(target, context, 'changed', { title: change.title })
    })
  })
  context.log.line(`target: ${change.title}`)
}
