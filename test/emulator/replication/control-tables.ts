import { readFileSync } from 'node:fs'
import { escapeIdentifier, type Client } from 'pg'
import type { TaskSettings } from './task-settings.ts'

const TABLES = {
  awsdms_apply_exceptions: read('awsdms_apply_exceptions'),
  awsdms_emulator_position: read('awsdms_emulator_position'),
  awsdms_history: read('awsdms_history'),
  awsdms_status: read('awsdms_status'),
  awsdms_suspended_tables: read('awsdms_suspended_tables'),
  awsdms_txn_state: read('awsdms_txn_state'),
  awsdms_validation_failures_v2: read('awsdms_validation_failures_v2'),
}

export type ControlTable = keyof typeof TABLES

function read(name: string): string {
  return readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8')
}

/** The schema of the control tables: ControlSchema, `public` where it is empty. */
export function controlSchema(settings: TaskSettings): string {
  const schema = settings.ControlTablesSettings.ControlSchema
  return schema === '' ? 'public' : schema
}

/** A control table's quoted, qualified name. */
export function controlTable(settings: TaskSettings, table: ControlTable): string {
  return `${escapeIdentifier(controlSchema(settings))}.${table}`
}

/**
 * Creates the control tables that the settings ask for, where they are missing. `awsdms_emulator_position` is no table of DMS:
 * it is how this emulator keeps its promise to apply each change once (position.ts).
 */
export async function createControlTables(
  client: Client,
  settings: TaskSettings,
  options: { readonly validationIndexCollides: boolean },
): Promise<void> {
  const schema = controlSchema(settings)
  const control = settings.ControlTablesSettings
  const wanted: [ControlTable, boolean][] = [
    ['awsdms_apply_exceptions', true],
    ['awsdms_emulator_position', true],
    ['awsdms_history', control.HistoryTableEnabled],
    ['awsdms_status', control.StatusTableEnabled],
    ['awsdms_suspended_tables', control.SuspendedTablesTableEnabled],
    ['awsdms_txn_state', settings.TargetMetadata.TaskRecoveryTableEnabled],
    ['awsdms_validation_failures_v2', settings.ValidationSettings.EnableValidation],
  ]
  // Tasks that start together must not create the same table twice.
  await client.query(`SELECT pg_advisory_lock(hashtext('awsdms control tables'))`)
  await createSchema(client, schema)
  for (const [table, needed] of wanted) {
    if (!needed) continue
    const exists = await relationExists(client, schema, table)
    if (exists && !(table === 'awsdms_validation_failures_v2' && options.validationIndexCollides)) continue
    await client.query(TABLES[table].replaceAll('{{schema}}', escapeIdentifier(schema)))
  }
  await client.query(`SELECT pg_advisory_unlock(hashtext('awsdms control tables'))`)
}

/** Creates a schema where it is missing. (CREATE … IF NOT EXISTS asks for rights even where there is nothing to do.) */
export async function createSchema(client: Client, schema: string): Promise<void> {
  const found = await client.query('SELECT FROM pg_namespace WHERE nspname = $1', [schema])
  if (found.rowCount === 0) await client.query(`CREATE SCHEMA ${escapeIdentifier(schema)}`)
}

async function relationExists(client: Client, schema: string, name: string): Promise<boolean> {
  const found = await client.query(
    'SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2',
    [schema, name],
  )
  return (found.rowCount ?? 0) > 0
}
