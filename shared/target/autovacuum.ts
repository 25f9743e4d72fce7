import { escapeLiteral } from 'pg'
import type { TableName } from '../migration/plan.ts'
import { qualified } from '../migration/identifier.ts'
import type { Session } from '../postgres/session.ts'
import type { DatabaseChange } from './database-change.ts'
import { readPlannedStorageStatement, readSavedStateStatement } from './statements.ts'

/** Kind under which autovacuum's former setting is saved. */
export const autovacuumKind = 'autovacuum'

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

/** The statements that put every saved setting back, and the saved objects that they are for. */
export async function autovacuumBack(
  target: Session,
  migration: string,
): Promise<{ readonly statements: string[]; readonly objects: string[] }> {
  const rows = await target.query<{ object: string; definition: string }>(readSavedStateStatement, [
    migration,
    autovacuumKind,
  ])
  return {
    objects: rows.map(({ object }) => object),
    statements: rows.map(({ definition }) => {
      const { schema, table, autovacuum } = JSON.parse(definition) as SavedSetting
      const name = qualified(schema, table)
      return autovacuum === null
        ? `alter table ${name} reset (autovacuum_enabled)`
        : `alter table ${name} set (autovacuum_enabled = ${escapeLiteral(autovacuum)})`
    }),
  }
}
