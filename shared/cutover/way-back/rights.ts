import { escapeLiteral } from 'pg'
import { createMarkerCanary } from '../../control/statements.ts'
import { dmsControlSchema } from '../../dms/task-settings.ts'
import type { Carrier } from '../../migration/carriers.ts'
import type { DatabaseName } from '../../migration/direction.ts'
import { qualified, quoted } from '../../migration/identifier.ts'
import type { TableName } from '../../migration/plan.ts'
import type { Session } from '../../postgres/session.ts'
import type { DatabaseChange } from '../../target/database-change.ts'
import { createSetAsideFunctions, createTargetFunctions } from '../../target/statements.ts'
import { readMarkerState } from '../../target/control-changes.ts'
import { createSlotFunctions, readCarrierRightsStatement } from './statements.ts'

/** What DMS's user does on a database. */
export type CarrierRole = 'reads' | 'writes'

const rightsOn: Readonly<
  Record<CarrierRole, { readonly tables: readonly string[]; readonly markers: readonly string[] }>
> = {
  reads: { tables: ['select'], markers: ['select'] },
  writes: {
    tables: ['select', 'insert', 'update', 'delete'],
    markers: ['select', 'insert', 'update', 'delete', 'truncate'],
  },
}

interface Lacking {
  readonly acting: string | null
  readonly statement: string
  readonly object: string | null
  readonly schema: string | null
  readonly table: string | null
}

/**
 * The change that lets DMS's user log in and work on the planned tables, each right given in the name of its owner;
 * undefined where it has everything. It undoes what shut it out when the other direction was opened.
 */
export async function carrierRightsChange(
  session: Session,
  side: DatabaseName,
  facts: { readonly tables: readonly TableName[]; readonly user: string; readonly role: CarrierRole },
): Promise<DatabaseChange | undefined> {
  const { tables, user, role } = facts
  const lacking = await session.query<Lacking>(readCarrierRightsStatement, [
    JSON.stringify(tables),
    user,
    [...rightsOn[role].tables],
  ])
  if (lacking.length === 0) return undefined
  return {
    side,
    title: `let ${user} ${role === 'reads' ? 'read' : 'write'} here for DMS`,
    undo:
      role === 'reads' ? 'removed by cleanup' : 'taken from it when this database opens, the rest by cleanup',
    statements: lacking.flatMap(({ acting, statement }) =>
      acting === null ? [statement] : [`set local role ${quoted(acting)}`, statement, 'reset role'],
    ),
    saved: {
      kind: 'dms-grant',
      rows: lacking.flatMap(({ object, schema, table }) =>
        object === null
          ? []
          : [{ object: `${object} to ${quoted(user)}`, definition: { schema, table, user } }],
      ),
    },
  }
}

/** The login alone, without the tables: for the connection test before anything is to be written. */
export async function carrierLoginChange(
  session: Session,
  side: DatabaseName,
  user: string,
): Promise<DatabaseChange | undefined> {
  return carrierRightsChange(session, side, { tables: [], user, role: 'reads' })
}

/** Everything but rows that a way back needs on one database: functions, marker tables with a canary, DMS's own schema. */
export async function carrierControlChanges(
  session: Session,
  side: DatabaseName,
  facts: { readonly carriers: readonly Carrier[]; readonly user: string; readonly role: CarrierRole },
): Promise<DatabaseChange[]> {
  const { user, role } = facts
  const writes = role === 'writes'
  const markers = facts.carriers.map(({ markerTable }) => markerTable)
  const state = await readMarkerState(session, side, {
    markers: markers.map(({ table }) => table),
    user,
    right: writes ? 'truncate' : 'select',
    controlSchema: writes ? dmsControlSchema : null,
  })
  const closed = markers.filter(({ table }) => state.closedMarkers.includes(table))
  const changes: DatabaseChange[] = []
  if (state.missingMarkers.length > 0)
    changes.push({
      side,
      title: `create the marker ${state.missingMarkers.length === 1 ? 'table' : 'tables'} ${state.missingMarkers.join(', ')}`,
      undo: 'removed by cleanup with the marker schema',
      statements: state.missingMarkers.map(
        (table) => `select aurora_migration.create_marker_table(${escapeLiteral(table)})`,
      ),
    })
  if (closed.length > 0)
    changes.push({
      side,
      title: `let ${user} ${writes ? 'write' : 'read'} the marker tables`,
      undo: 'removed by cleanup with the marker schema',
      statements: [
        ...new Set(markers.map(({ schema }) => `grant usage on schema ${quoted(schema)} to ${quoted(user)}`)),
        ...closed.map(
          ({ schema, table }) =>
            `grant ${rightsOn[role].markers.join(', ')} on ${qualified(schema, table)} to ${quoted(user)}`,
        ),
      ],
    })
  if (!state.controlTablesOpen)
    changes.push({
      side,
      title: `create the schema ${dmsControlSchema} for DMS’s control tables and let ${user} use it`,
      undo: 'removed by cleanup',
      statements: [
        `create schema if not exists ${quoted(dmsControlSchema)}`,
        `grant usage, create on schema ${quoted(dmsControlSchema)} to ${quoted(user)}`,
      ],
    })
  return changes
}

/** Functions that the steps call; repeated in each run, and so as this version has them. */
export async function installFunctions(
  from: Session,
  to: Session,
  carriers: readonly Carrier[],
): Promise<void> {
  await to.query(createSlotFunctions)
  // The same that a target has: a database that reverse tasks write is set aside and made whole as a target is.
  await from.query(
    [createSlotFunctions, createMarkerCanary, createTargetFunctions, createSetAsideFunctions].join('\n'),
  )
  for (const { markerTable } of carriers)
    await from.query('select aurora_migration.create_marker_canary($1)', [markerTable.table])
}
