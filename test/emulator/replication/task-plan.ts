import type { Client } from 'pg'
import { readTables, tableKey, type Table } from './catalogue.ts'
import type { MigrationType, ReplicationJob } from './job-contract.ts'
import { readMappingRules } from './mapping-rules.ts'
import { selectTables, type SelectedTable } from './mapping.ts'
import { FatalTaskError, NO_TABLES } from './task-failure.ts'
import { readTaskSettings, type TaskSettings } from './task-settings.ts'

/** What a task is to do, as far as it is known before the first row moves. */
export interface TaskPlan {
  readonly settings: TaskSettings
  readonly selected: readonly SelectedTable[]
  readonly databaseOid: string
  readonly captures: boolean
  readonly loads: boolean
}

/** Reads settings, mappings and the source's catalogue. @throws FatalTaskError with DMS's text */
export async function planTask(job: ReplicationJob, source: Client): Promise<TaskPlan> {
  const settings = readTaskSettings(job.taskSettings)
  const rules = readMappingRules(job.tableMappings)
  const captures = job.migrationType !== 'full-load'
  if (captures) await checkSource(job, source)
  const tables = await readTables(source)
  const selected = selectTables(tables, rules, {
    viewsAllowed: job.migrationType === 'full-load',
    targetSchema: settings.TargetMetadata.TargetSchema,
  }).filter(
    ({ source: table }) => table.kind !== 'p' || !table.hasChildren || job.quirks['partition-parents-loaded'],
  )
  if (selected.length === 0 && settings.ErrorBehavior.FailOnNoTablesCaptured)
    throw new FatalTaskError(NO_TABLES)
  const { rows } = await source.query<{ oid: string }>(
    'SELECT oid::text FROM pg_database WHERE datname = current_database()',
  )
  const loads = loadsTables(job.migrationType) && !settings.ValidationSettings.ValidationOnly
  return { settings, selected, databaseOid: rows[0]?.oid ?? '0', captures, loads }
}

function loadsTables(type: MigrationType): boolean {
  return type !== 'cdc'
}

/** What DMS asks of a source before it captures (User Guide, "Using a PostgreSQL database as a DMS source"). */
async function checkSource(job: ReplicationJob, source: Client): Promise<void> {
  const { rows } = await source.query<{ level: string; timeout: string }>(
    `SELECT current_setting('wal_level') AS level,
            (SELECT setting FROM pg_settings WHERE name = 'wal_sender_timeout') AS timeout`,
  )
  const level = rows[0]?.level ?? ''
  const timeout = Number(rows[0]?.timeout ?? 0)
  if (level !== 'logical')
    throw new FatalTaskError(
      'RetCode: SQL_ERROR SqlState: 55000 NativeError: 1 Message: ERROR: logical decoding requires wal_level >= logical;',
    )
  if (job.quirks['wal-sender-timeout-checked'] && timeout >= 1 && timeout < 10_000)
    throw new FatalTaskError(
      `The value of the wal_sender_timeout parameter is ${timeout} ms. It must be 0 or at least 10000 ms;`,
    )
}

/** The tables of the target by `"schema"."table"`. */
export async function readTargetTables(target: Client): Promise<Map<string, Table>> {
  return new Map((await readTables(target)).map((table) => [tableKey(table.schema, table.name), table]))
}
