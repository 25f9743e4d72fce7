import { readFileSync } from 'node:fs'
import { escapeIdentifier, type Client } from 'pg'
import { lobClass, readTables, tableKey, type Table } from './catalogue.ts'
import { closeClient, openSource, openTarget } from './connect.ts'
import type { DatabaseAddress, MigrationType } from './job-contract.ts'
import { readMappingRules } from './mapping-rules.ts'
import { selectTables, type SelectedTable } from './mapping.ts'
import { readTaskSettings, type TaskSettings } from './task-settings.ts'

const SOURCE = readFileSync(new URL('./sql/assessment-source.sql', import.meta.url), 'utf8')
const TABLES = readFileSync(new URL('./sql/assessment-tables.sql', import.meta.url), 'utf8')

/** A task as far as a premigration assessment looks at it. */
export interface AssessedTask {
  readonly migrationType: MigrationType
  readonly source: DatabaseAddress
  readonly target: DatabaseAddress
  readonly tableMappings: unknown
  readonly taskSettings: Record<string, unknown>
}

export interface SourceFacts {
  readonly version: number
  readonly wal_level: string
  readonly wal_senders: number
  readonly slots: number
  readonly slots_used: number
  readonly wal_sender_timeout_ms: number
  /** -1: no limit */
  readonly slot_keep_mb: number
  readonly decoding_kb: number
  readonly prepared: number
  readonly long_transactions: number
  readonly pglogical: boolean
  /** pg_event_trigger.evtenabled; A also where there is no such trigger */
  readonly ddl_trigger: string
}

export interface TableFacts {
  readonly readable: boolean
  readonly writable: boolean
  readonly has_primary_key: boolean
  readonly has_unique: boolean
  readonly has_invalid_key: boolean
  readonly has_secondary: boolean
}

/** A selected table with what both servers say of it. */
export interface AssessedTable {
  readonly name: string
  readonly selected: SelectedTable
  readonly source: TableFacts
  /** null: not there yet */
  readonly target: (TableFacts & { readonly table: Table }) | null
  /** bytes of the longest LOB */
  readonly longestLob: number
}

export interface AssessmentFacts {
  readonly migrationType: MigrationType
  readonly settings: TaskSettings
  readonly batchApply: boolean
  readonly source: SourceFacts
  readonly targetReplicationRole: string
  readonly tables: readonly AssessedTable[]
}

/** Reads what all checks need from both databases. Throws where one cannot be reached or the mappings are wrong. */
export async function readAssessmentFacts(task: AssessedTask): Promise<AssessmentFacts> {
  const source = await openSource(task.source, 'assessment')
  try {
    const target = await openTarget(task.target, 'assessment')
    try {
      return await readFacts(task, source, target)
    } finally {
      await closeClient(target)
    }
  } finally {
    await closeClient(source)
  }
}

async function readFacts(task: AssessedTask, source: Client, target: Client): Promise<AssessmentFacts> {
  const settings = readTaskSettings(task.taskSettings)
  const selected = selectTables(await readTables(source), readMappingRules(task.tableMappings), {
    viewsAllowed: task.migrationType === 'full-load',
    targetSchema: settings.TargetMetadata.TargetSchema,
  })
  const targetTables = new Map(
    (await readTables(target)).map((table) => [tableKey(table.schema, table.name), table]),
  )
  const sourceFacts = await readTableFacts(
    source,
    selected.map(({ source: table }) => table.oid),
  )
  const targetFacts = await readTableFacts(
    target,
    [...targetTables.values()].map(({ oid }) => oid),
  )
  const tables: AssessedTable[] = []
  for (const one of selected) {
    const facts = sourceFacts.get(one.source.oid)
    const table = targetTables.get(tableKey(one.targetSchema, one.targetTable))
    const there = table && targetFacts.get(table.oid)
    if (facts === undefined) continue
    tables.push({
      name: `${one.source.schema}.${one.source.name}`,
      selected: one,
      source: facts,
      target: table && there ? { ...there, table } : null,
      longestLob: facts.readable ? await readLongestLob(source, one.source) : 0,
    })
  }
  const [server] = (await source.query<SourceFacts>(SOURCE)).rows
  const [role] = (
    await target.query<{ role: string }>("SELECT current_setting('session_replication_role') AS role")
  ).rows
  if (server === undefined || role === undefined) throw new Error('A server gave no settings.')
  const metadata: unknown = task.taskSettings.TargetMetadata
  const batchApply =
    typeof metadata === 'object' &&
    metadata !== null &&
    'BatchApplyEnabled' in metadata &&
    metadata.BatchApplyEnabled === true
  return {
    migrationType: task.migrationType,
    settings,
    batchApply,
    source: server,
    targetReplicationRole: role.role,
    tables,
  }
}

async function readTableFacts(client: Client, oids: readonly string[]): Promise<Map<string, TableFacts>> {
  const { rows } = await client.query<TableFacts & { oid: string }>(TABLES, [oids])
  return new Map(rows.map((row) => [row.oid, row]))
}

async function readLongestLob(source: Client, table: Table): Promise<number> {
  const lobs = table.columns.filter((column) => lobClass(column) !== null)
  if (lobs.length === 0) return 0
  const lengths = lobs.map((column) => {
    const name = escapeIdentifier(column.name)
    return `max(octet_length(${column.baseType === 'bytea' ? name : `${name}::text`}))`
  })
  const { rows } = await source.query<{ longest: number | null }>(
    `SELECT greatest(${lengths.join(', ')}) AS longest FROM ${escapeIdentifier(table.schema)}.${escapeIdentifier(table.name)}`,
  )
  return rows[0]?.longest ?? 0
}
