import type { Client } from 'pg'
import { createOperationResolver } from './apply-sql.ts'
import { readTables, tableKey, type Table } from './catalogue.ts'
import { NO_LSN } from './lsn.ts'
import type { SelectedTable } from './mapping.ts'
import { readSnapshot, type TablePosition } from './position.ts'
import { routeTable, type RoutePolicy } from './table-route.ts'
import type { TableProgress } from './table-state.ts'

export interface StartOptions {
  readonly policy: RoutePolicy
  readonly targetTables: ReadonlyMap<string, Table>
  /** by `schema\0table` of the source */
  readonly positions: ReadonlyMap<string, TablePosition>
  /** loaded by an earlier run, by key */
  readonly loaded: ReadonlySet<string>
  readonly suspended: ReadonlySet<string>
  readonly loads: boolean
}

/** Where each table stands when an attempt begins. */
export function startTables(
  selected: readonly SelectedTable[],
  options: StartOptions,
): Map<string, TableProgress> {
  const tables = new Map<string, TableProgress>()
  for (const table of selected) {
    const { source } = table
    const key = tableKey(source.schema, source.name)
    const position = options.positions.get(`${source.schema}\0${source.name}`)
    const loaded = !options.loads || position !== undefined || options.loaded.has(key)
    const snapshot = position?.snapshot ?? null
    tables.set(key, {
      ...routed(
        table,
        options.targetTables.get(tableKey(table.targetSchema, table.targetTable)) ?? null,
        options.policy,
      ),
      phase: options.suspended.has(key) ? 'suspended' : loaded ? 'flowing' : 'queued',
      snapshot:
        snapshot === null || options.policy.quirks['cached-changes-overlap'] ? null : readSnapshot(snapshot),
      appliedLsn: position?.appliedLsn ?? NO_LSN,
      cache: [],
      errors: { data: 0, apply: 0 },
    })
  }
  return tables
}

/** Works a table's route out again after its target table was created. */
export async function rerouteTable(
  progress: TableProgress,
  target: Client,
  policy: RoutePolicy,
): Promise<void> {
  const { rows } = await target.query<{ oid: string | null }>('SELECT to_regclass($1)::oid::text AS oid', [
    progress.route.targetSql,
  ])
  const oid = rows[0]?.oid ?? null
  const [table] = oid === null ? [] : await readTables(target, [oid])
  Object.assign(progress, routed(progress.route.selected, table ?? null, policy))
}

function routed(
  selected: SelectedTable,
  target: Table | null,
  policy: RoutePolicy,
): Pick<TableProgress, 'route' | 'resolve'> {
  const route = routeTable(selected, target, policy)
  const keyUpdates = policy.quirks['key-updates-ignored'] ? 'new key' : 'old key'
  return { route, resolve: createOperationResolver(route, keyUpdates) }
}
