import { qualified, quoted } from '../migration/identifier.ts'
import { plannedTables } from '../migration/plan-schemas.ts'
import type { Plan, TableName } from '../migration/plan.ts'
import type { Session } from '../postgres/session.ts'
import type { DatabaseChange } from '../target/database-change.ts'
import { readMissingGrantsStatement } from './statements.ts'

/**
 * On a copy of the source DMS's user has no rights yet: nobody would have given them on the source, where it must not
 * write. The change that lets it write the planned tables; undefined where it may.
 */
export async function copyGrantsChange(
  target: Session,
  plan: Plan,
  dmsUser: string,
): Promise<DatabaseChange | undefined> {
  const [missing] = await target.query<{ schemas: string[]; tables: TableName[] }>(
    readMissingGrantsStatement,
    [dmsUser, JSON.stringify(plannedTables(plan))],
  )
  if (missing === undefined || missing.schemas.length + missing.tables.length === 0) return undefined
  const user = quoted(dmsUser)
  return {
    side: 'target',
    title: `let ${dmsUser} write ${missing.tables.length} planned tables`,
    undo: 'taken back by the transaction that opens the target',
    statements: [
      ...missing.schemas.map((schema) => `grant usage on schema ${quoted(schema)} to ${user}`),
      ...missing.tables.map(
        ({ schema, table }) =>
          `grant select, insert, update, delete, truncate on ${qualified(schema, table)} to ${user}`,
      ),
    ],
  }
}
