import type { Plan, TableName } from '../migration/plan.ts'
import { plannedTables } from '../migration/plan-schemas.ts'
import { qualified } from '../migration/identifier.ts'
import type { Session } from '../postgres/session.ts'
import { refuseProblems } from '../runtime/errors.ts'
import type { DatabaseChange } from './database-change.ts'
import {
  readFilledTablesStatement,
  readEmptiedReferencesStatement,
  readWholeParentsStatement,
} from './statements.ts'

/** Planned tables of the target that hold at least one row, in one statement. */
export async function readFilledTables(
  target: Session,
  tables: readonly TableName[],
): Promise<readonly TableName[]> {
  return target.query<TableName>(readFilledTablesStatement, [JSON.stringify(tables)])
}

/**
 * The one-statement TRUNCATE that empties the planned tables, where the plan allows it; undefined where they are
 * empty. One statement for all: PostgreSQL refuses to truncate a table that a foreign key of another one points to,
 * unless both are in it. Throws `refused` where rows are there and the plan says `refuse`, and where tables outside the
 * plan point to what would be emptied, unless `keysGo`: the caller drops those keys first.
 */
export async function emptyTablesChange(
  target: Session,
  plan: Plan,
  keysGo = false,
): Promise<DatabaseChange | undefined> {
  const tables = plannedTables(plan)
  const filled = await readFilledTables(target, tables)
  if (filled.length === 0) return undefined
  if (plan.emptyTarget === 'refuse') {
    refuseProblems(
      'refused',
      filled.map(({ schema, table }) => ({
        field: `${schema}.${table}`,
        message: `the target’s table ${schema}.${table} is not empty`,
        remedy: 'Empty it, or write `empty-target: truncate` in the migration file and run preflight again.',
      })),
    )
  }
  const parents = await target.query<TableName>(readWholeParentsStatement, [JSON.stringify(tables)])
  const emptied = [...parents, ...tables]
  if (!keysGo) await refuseReferences(target, emptied)
  return {
    side: 'target',
    title: `empty ${tables.length} planned tables (${filled.length} of them hold rows)`,
    undo: 'not undone: the migration file says `empty-target: truncate`',
    statements: [`truncate ${emptied.map(({ schema, table }) => qualified(schema, table)).join(', ')}`],
  }
}

async function refuseReferences(target: Session, emptied: readonly TableName[]): Promise<void> {
  const keys = await target.query<TableName & { name: string; target: string }>(
    readEmptiedReferencesStatement,
    [JSON.stringify(emptied)],
  )
  refuseProblems(
    'refused',
    keys.map(({ schema, table, name, target: home }) => ({
      field: `${schema}.${table}`,
      message: `${schema}.${table}, which is not in the plan, points to ${home} (${name}): neither can be emptied without the other`,
      remedy:
        'Add the table to `tables.include`, write `during-load: { foreign-keys: drop }`, or empty the planned tables by hand.',
    })),
  )
}

/**
 * The target was prepared for another plan: rows in it may be that plan's load, under way even now. They are neither
 * removed nor loaded upon, whatever the migration file says. Throws `refused` where there are any.
 */
export async function refuseFilled(target: Session, plan: Plan): Promise<void> {
  const filled = await readFilledTables(target, plannedTables(plan))
  refuseProblems(
    'refused',
    filled.map(({ schema, table }) => ({
      field: `${schema}.${table}`,
      message: `the target’s table ${schema}.${table} holds rows of a load under another plan`,
      remedy:
        'Delete the replication tasks of the former plan, empty the planned tables by hand, then run again.',
    })),
  )
}
