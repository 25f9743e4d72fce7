import { createHash } from 'node:crypto'
import { escapeLiteral } from 'pg'
import { createControlSchema, createMarkerCanary, createMarkerSchema } from '../control/statements.ts'
import { dmsControlSchema } from '../dms/task-settings.ts'
import type { Plan } from '../migration/plan.ts'
import { qualified, quoted } from '../migration/identifier.ts'
import { sqlState, type Session } from '../postgres/session.ts'
import { MigrationError } from '../runtime/errors.ts'
import type { DatabaseChange } from './database-change.ts'
import { createSetAsideFunctions, createTargetFunctions, readPreparationStatement } from './statements.ts'

/** What is there of the control schema on one side. */
export interface ControlState {
  /** Comment of the schema: says which version of its objects is installed. */
  readonly schemaMark: string | null
  readonly missingMarkers: readonly string[]
  /** Marker tables that DMS's user cannot use yet. */
  readonly closedMarkers: readonly string[]
  /** Whether DMS's user may make its control tables in the schema meant for them. */
  readonly controlTablesOpen: boolean
  readonly systemIdentifier: string
}

type Side = 'source' | 'target'

const markerRights: Readonly<Record<Side, readonly string[]>> = {
  source: ['select'],
  target: ['select', 'insert', 'update', 'delete', 'truncate'],
}

/** SQL that makes the control schema of a side; every statement of it can be repeated. */
export function controlSchemaSql(side: Side): string {
  return side === 'source'
    ? [createControlSchema, createMarkerSchema].join('\n')
    : [
        createControlSchema,
        createMarkerSchema,
        createMarkerCanary,
        createTargetFunctions,
        createSetAsideFunctions,
      ].join('\n')
}

/** Statements that make it, with the comment that says which version it is. */
export function controlSchemaStatements(side: Side): string[] {
  return [
    controlSchemaSql(side).trimEnd().replace(/;$/u, ''),
    `comment on schema aurora_migration is ${escapeLiteral(controlSchemaMark(side))}`,
  ]
}

/** The comment under which a version of the control schema's objects is known. */
export function controlSchemaMark(side: Side): string {
  const hash = createHash('sha256').update(controlSchemaSql(side)).digest('hex')
  return `aurora-migration-actions control schema (${side}) ${hash.slice(0, 16)}`
}

/** Reads what is there; one statement, works without any of it. */
export async function readControlState(
  session: Session,
  side: Side,
  plan: Plan,
  dmsUser: string,
): Promise<ControlState> {
  return readMarkerState(session, side, {
    markers: plan.tasks.map(({ markerTable }) => markerTable.table),
    user: dmsUser,
    // A list of privileges means any of them to PostgreSQL: the last one is given together with all others only.
    right: side === 'source' ? 'select' : 'truncate',
    controlSchema: side === 'source' ? null : dmsControlSchema,
  })
}

/** What is there of marker tables and of DMS's own schema for one user, whatever it does with them. */
export async function readMarkerState(
  session: Session,
  side: Side,
  facts: {
    readonly markers: readonly string[]
    readonly user: string
    /** The last right that it must have on them. */
    readonly right: 'select' | 'truncate'
    /** Schema for its control tables; null where it makes none. */
    readonly controlSchema: string | null
  },
): Promise<ControlState> {
  const { markers, user, right, controlSchema } = facts
  const [row] = await lookAt(session, side, user, [[...markers], user, right, controlSchema])
  if (row === undefined) throw new Error('the control schema could not be looked at')
  return row
}

async function lookAt(
  session: Session,
  side: Side,
  dmsUser: string,
  values: readonly unknown[],
): Promise<ControlState[]> {
  try {
    return await session.query<ControlState>(readPreparationStatement, values)
  } catch (cause) {
    if (sqlState(cause) !== '42704') throw cause
    throw new MigrationError('precondition', `the role ${dmsUser} does not exist on the ${side}`, {
      remedy: `Create it there: CREATE ROLE ${quoted(dmsUser)} LOGIN PASSWORD '…'; preflight lists the rights that it needs.`,
      cause,
    })
  }
}

/** The changes that make a side's control schema, marker tables and grants complete; empty where they are. */
export function controlChanges(
  side: Side,
  state: ControlState,
  plan: Plan,
  dmsUser: string,
): DatabaseChange[] {
  const changes: DatabaseChange[] = []
  const mark = controlSchemaMark(side)
  if (state.schemaMark !== mark) {
    changes.push({
      side,
      title: 'create the control schema aurora_migration and the marker schema aurora_migration_markers',
      undo: 'removed by cleanup (DROP SCHEMA … CASCADE)',
      statements: controlSchemaStatements(side),
    })
  }
  if (state.missingMarkers.length > 0) {
    changes.push({
      side,
      title: `create the marker ${state.missingMarkers.length === 1 ? 'table' : 'tables'} ${state.missingMarkers.join(', ')}`,
      undo: 'removed by cleanup with the marker schema',
      statements: state.missingMarkers.flatMap((table) => [
        `select aurora_migration.create_marker_table(${escapeLiteral(table)})`,
        // Where DMS writes as an ordinary session every trigger would fire for it: those that could are disabled, and this
        // one would say nothing.
        ...(side === 'target' && plan.duringLoad['replica-role'] !== 'disabled-triggers'
          ? [`select aurora_migration.create_marker_canary(${escapeLiteral(table)})`]
          : []),
      ]),
    })
  }
  const markerSchemas = [...new Set(plan.tasks.map(({ markerTable }) => markerTable.schema))]
  const closed = plan.tasks
    .map(({ markerTable }) => markerTable)
    .filter(({ table }) => state.closedMarkers.includes(table))
  if (closed.length > 0) {
    changes.push({
      side,
      title: `let ${dmsUser} ${side === 'source' ? 'read' : 'write'} the marker tables`,
      undo: 'removed by cleanup with the marker schema',
      statements: [
        ...markerSchemas.map((schema) => `grant usage on schema ${quoted(schema)} to ${quoted(dmsUser)}`),
        ...closed.map(
          ({ schema, table }) =>
            `grant ${markerRights[side].join(', ')} on ${qualified(schema, table)} to ${quoted(dmsUser)}`,
        ),
      ],
    })
  }
  if (!state.controlTablesOpen) {
    changes.push({
      side,
      title: `create the schema ${dmsControlSchema} for DMS’s control tables and let ${dmsUser} use it`,
      undo: 'removed by cleanup',
      statements: [
        `create schema if not exists ${quoted(dmsControlSchema)}`,
        `grant usage, create on schema ${quoted(dmsControlSchema)} to ${quoted(dmsUser)}`,
      ],
    })
  }
  return changes
}
