import { escapeIdentifier, type Client } from 'pg'
import { isUnboundedNumeric } from './catalogue.ts'
import { createSchema } from './control-tables.ts'
import type { Quirk } from './quirks.ts'
import type { RouteColumn, TableRoute } from './table-route.ts'
import type { TaskSettings } from './task-settings.ts'

export type TablePreparation = TaskSettings['FullLoadSettings']['TargetTablePrepMode']

/**
 * Makes the target table ready for its load. A missing table is created bare (columns, NOT NULL, primary key) in every mode.
 * PostgreSQL's refusals (a TRUNCATE or DROP of a table that foreign keys point at) come through as they are.
 */
export async function prepareTargetTable(
  client: Client,
  route: TableRoute,
  mode: TablePreparation,
  options: { readonly withKey: boolean; readonly quirks: Readonly<Record<Quirk, boolean>> },
): Promise<'created' | 'kept'> {
  const { targetSchema, targetTable } = route.selected
  const found = await client.query(
    'SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2',
    [targetSchema, targetTable],
  )
  const exists = (found.rowCount ?? 0) > 0
  if (exists && mode === 'DO_NOTHING') return 'kept'
  if (exists && mode === 'TRUNCATE_BEFORE_LOAD') {
    await client.query(`TRUNCATE TABLE ${route.targetSql}`)
    return 'kept'
  }
  if (exists) await client.query(`DROP TABLE ${route.targetSql}`)
  await createSchema(client, targetSchema)
  const definitions = route.columns.map((column) => columnDefinition(column, options.quirks))
  if (options.withKey) definitions.push(...keyDefinition(route))
  await client.query(`CREATE TABLE ${route.targetSql} (${definitions.join(', ')})`)
  return 'created'
}

/** CreatePkAfterFullLoad: the key of a table that was created without. */
export async function addPrimaryKey(client: Client, route: TableRoute): Promise<void> {
  for (const definition of keyDefinition(route))
    await client.query(`ALTER TABLE ${route.targetSql} ADD ${definition}`)
}

function keyDefinition(route: TableRoute): string[] {
  const { keyColumns } = route.selected.source
  const names = keyColumns.flatMap((name) => route.byName.get(name)?.targetSql ?? [])
  return names.length === 0 || names.length < keyColumns.length ? [] : [`PRIMARY KEY (${names.join(', ')})`]
}

function columnDefinition(column: RouteColumn, quirks: Readonly<Record<Quirk, boolean>>): string {
  const { source } = column
  const userDefined = source.baseNamespace !== 'pg_catalog' && source.category !== 'A'
  const type =
    isUnboundedNumeric(source) && quirks['numeric-rounded']
      ? 'numeric(28,6)'
      : userDefined
        ? 'character varying'
        : source.declaredType
  return `${escapeIdentifier(column.target)} ${type}${source.notNull ? ' NOT NULL' : ''}`
}
