import { qualified, quoted } from '../migration/identifier.ts'
import type { TableName } from '../migration/plan.ts'
import type { Session } from '../postgres/session.ts'
import type { DatabaseChange } from './database-change.ts'
import { readDmsTableGrantsStatement } from './statements.ts'

/** The change that lets DMS's user write the planned tables of a schema that was just made; undefined where it may. */
export async function dmsGrantsChange(
  target: Session,
  tables: readonly TableName[],
  dmsUser: string,
): Promise<DatabaseChange | undefined> {
  const lacking = await target.query<{ schema: string; table: string | null }>(readDmsTableGrantsStatement, [
    JSON.stringify(tables),
    dmsUser,
  ])
  if (lacking.length === 0) return undefined
  return {
    side: 'target',
    title: `let ${dmsUser} write the planned tables`,
    undo: 'writing is taken from it when the target opens, the rest by cleanup',
    statements: lacking.map(({ schema, table }) =>
      table === null
        ? `grant usage on schema ${quoted(schema)} to ${quoted(dmsUser)}`
        : `grant select, insert, update, delete, truncate on ${qualified(schema, table)} to ${quoted(dmsUser)}`,
    ),
    saved: {
      kind: 'dms-grant',
      rows: lacking.map(({ schema, table }) => ({
        object: table === null ? quoted(schema) : qualified(schema, table),
        definition: { schema, table, user: dmsUser },
      })),
    },
  }
}
