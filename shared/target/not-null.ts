import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Plan, RelaxedColumn } from '../migration/plan.ts'
import { qualified, quoted } from '../migration/identifier.ts'
import { sqlState, type Session } from '../postgres/session.ts'
import { MigrationError } from '../runtime/errors.ts'
import { inTransaction, performChange, type ChangeContext, type DatabaseChange } from './database-change.ts'
import {
  forgetStateStatement,
  readNotNullStatement,
  readSavedStateStatement,
  readUnvalidatedCheckStatement,
} from './statements.ts'

const kind = 'not-null'

interface SavedColumn extends RelaxedColumn {
  readonly check: string
}

/** The change that drops NOT NULL where the plan says so and the target still has it; undefined where nothing is to do. */
export async function notNullChange(target: Session, plan: Plan): Promise<DatabaseChange | undefined> {
  const columns = await target.query<RelaxedColumn>(readNotNullStatement, [
    JSON.stringify(plan.relaxedColumns),
  ])
  if (columns.length === 0) return undefined
  return {
    side: 'target',
    title: `drop NOT NULL on ${columns.length} LOB ${columns.length === 1 ? 'column' : 'columns'}`,
    undo: 'put back when the target opens (as a check at once, as NOT NULL after it was validated)',
    statements: columns.map(
      ({ schema, table, column }) =>
        `alter table ${qualified(schema, table)} alter column ${quoted(column)} drop not null`,
    ),
    saved: {
      kind,
      rows: columns.map((column) => ({ object: columnObject(column), definition: saved(column) })),
    },
  }
}

/** Drops NOT NULL on the plan's LOB columns, saving each first; a second run changes nothing. */
export async function relaxNotNull(target: Session, plan: Plan, context: ChangeContext): Promise<void> {
  const change = await notNullChange(target, plan)
  if (change !== undefined) await performChange(target, change, context)
}

/**
 * After opening: validates each check beside the writers, turns it into NOT NULL (no scan: the valid check proves it)
 * and drops it. Every step can be repeated. Throws `precondition` that names the column where rows hold NULL.
 */
export async function validateNotNull(target: Session, migration: string): Promise<number> {
  const rows = await target.query<{ object: string; definition: string }>(readSavedStateStatement, [
    migration,
    kind,
  ])
  for (const { object, definition } of rows)
    await validateColumn(target, migration, object, JSON.parse(definition) as SavedColumn)
  return rows.length
}

async function validateColumn(
  target: Session,
  migration: string,
  object: string,
  column: SavedColumn,
): Promise<void> {
  const table = qualified(column.schema, column.table)
  const title = `make ${table}.${quoted(column.column)} NOT NULL again`
  const [check] = await target.query<{ validated: boolean }>(readUnvalidatedCheckStatement, [
    column.schema,
    column.table,
    column.check,
  ])
  const step = (statements: readonly string[], forget: boolean) =>
    withLockRetries(() =>
      inTransaction(target, { side: 'target', title }, async () => {
        await target.query(["set local lock_timeout = '500ms'", ...statements].join(';\n'))
        if (forget) await target.query(forgetStateStatement, [migration, kind, [object]])
      }),
    )
  if (check?.validated === false)
    await step(
      ['set local statement_timeout = 0', `alter table ${table} validate constraint ${quoted(column.check)}`],
      false,
    )
  await step(
    [
      `alter table ${table} alter column ${quoted(column.column)} set not null`,
      ...(check === undefined ? [] : [`alter table ${table} drop constraint ${quoted(column.check)}`]),
    ],
    true,
  )
}

/** A lock that an application holds for a moment is waited for in short attempts, so that writers never queue long. */
async function withLockRetries<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      const cause = error instanceof MigrationError ? error.cause : error
      if (sqlState(cause) !== '55P03' || attempt === 20) throw error
      await pause(50 * attempt)
    }
  }
}

function saved(column: RelaxedColumn): SavedColumn {
  const { schema, table, column: name } = column
  const hash = createHash('sha256')
    .update(JSON.stringify([schema, table, name]))
    .digest('hex')
  return { schema, table, column: name, check: `aurora_migration_not_null_${hash.slice(0, 16)}` }
}

function columnObject({ schema, table, column }: RelaxedColumn): string {
  return `${qualified(schema, table)}.${quoted(column)}`
}
