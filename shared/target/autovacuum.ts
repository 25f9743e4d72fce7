import { escapeLiteral } from 'pg'
import type { TableName } from '../migration/plan.ts'
import { qualified } from '../migration/identifier.ts'
import type { Session } from '../postgres/session.ts'
import { inTransaction, journal, type ChangeContext, type DatabaseChange } from './database-change.ts'
import { forgetStateStatement, readPlannedStorageStatement, readSavedStateStatement } from './statements.ts'

/** Kind under which autovacuum's former setting is saved. */
const autovacuumKind = 'autovacuum'

interface SavedSetting extends TableName {
  readonly autovacuum: string | null
}

/** The change that turns autovacuum off on the planned tables for the load; undefined where it is off everywhere. */
export async function autovacuumOffChange(
  target: Session,
  tables: readonly TableName[],
): Promise<DatabaseChange | undefined> {
  const settings = await target.query<SavedSetting>(readPlannedStorageStatement, [JSON.stringify(tables)])
  const on = settings.filter(
    ({ autovacuum }) => autovacuum === null || !/^(f|false|off|no?|0)$/iu.test(autovacuum),
  )
  if (on.length === 0) return undefined
  return {
    side: 'target',
    title: `turn autovacuum off on ${on.length} ${on.length === 1 ? 'table' : 'tables'}`,
    undo: 'put back when the load has finished (finish-target)',
    statements: on.map(
      ({ schema, table }) => `alter table ${qualified(schema, table)} set (autovacuum_enabled = false)`,
    ),
    saved: {
      kind: autovacuumKind,
      rows: on.map((setting) => ({
        object: qualified(setting.schema, setting.table),
        definition: setting,
      })),
    },
  }
}

/** The change that puts every saved setting back; undefined where none is saved. */
export async function autovacuumBackChange(
  target: Session,
  migration: string,
): Promise<DatabaseChange | undefined> {
  const rows = await savedSettings(target, migration)
  if (rows.length === 0) return undefined
  return {
    side: 'target',
    title: `put autovacuum back on ${rows.length} ${rows.length === 1 ? 'table' : 'tables'}`,
    undo: 'not needed: this is how it was before',
    statements: rows.map(({ definition }) => {
      const { schema, table, autovacuum } = JSON.parse(definition) as SavedSetting
      const name = qualified(schema, table)
      return autovacuum === null
        ? `alter table ${name} reset (autovacuum_enabled)`
        : `alter table ${name} set (autovacuum_enabled = ${escapeLiteral(autovacuum)})`
    }),
  }
}

/** Makes it and forgets what was saved, all in one transaction. */
export async function putAutovacuumBack(
  target: Session,
  change: DatabaseChange,
  context: ChangeContext,
): Promise<void> {
  await inTransaction(target, change, async () => {
    await target.query(change.statements.join(';\n'))
    const objects = (await savedSettings(target, context.migration)).map(({ object }) => object)
    await target.query(forgetStateStatement, [context.migration, autovacuumKind, objects])
    await journal(target, context, 'changed', { title: change.title })
  })
  context.log.line(`target: ${change.title}`)
}

async function savedSettings(
  target: Session,
  migration: string,
): Promise<{ object: string; definition: string }[]> {
  return target.query(readSavedStateStatement, [migration, autovacuumKind])
}
