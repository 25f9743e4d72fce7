import type { LobDecision } from '../migration/lob-decision.ts'
import type { LoadRanges } from '../migration/plan-decisions.ts'
import type { TableName } from '../migration/plan.ts'

/** What one task carries, and the tables among it that are loaded in their own way. */
export interface MappedTables {
  readonly tables: readonly TableName[]
  readonly markerTable: TableName
  readonly lobs: LobDecision['tables']
  readonly ranges: readonly LoadRanges[]
}

/**
 * Table mappings of one task as DMS takes them (DMS User Guide, Table mapping, Selection rules). Every table is named
 * by an `explicit` rule, which knows no wildcards: a table born later, or one whose name differs where a `_` would
 * match any character, is never swept in. The marker table of the task is one of them. The control schema and DMS's
 * own tables are excluded by name, since an exclude wins over every include.
 */
export function tableMappings(task: MappedTables): Record<string, unknown> {
  const selected = [...task.tables].sort(byName).concat(task.markerTable)
  const selections = [
    ...selected.map(({ schema, table }) => ({ action: 'explicit', schema, table })),
    { action: 'exclude', schema: 'aurora[_]migration', table: '%' },
    { action: 'exclude', schema: '%', table: 'awsdms[_]%' },
  ].map(({ action, schema, table }) => ({
    'rule-type': 'selection',
    'object-locator': { 'schema-name': schema, 'table-name': table },
    'rule-action': action,
  }))
  return {
    rules: [...selections, ...tableSettings(task)].map((rule, index) => ({
      'rule-id': String(index + 1),
      'rule-name': String(index + 1),
      ...rule,
    })),
  }
}

/**
 * One table-settings rule for each table that has LOB limits or ranges of its own: two for the same table would leave
 * open which one counts (DMS User Guide, Table settings: exact names, values of boundaries as text).
 */
function tableSettings({ tables, lobs, ranges }: MappedTables): Record<string, unknown>[] {
  return [...tables].sort(byName).flatMap((name) => {
    const same = ({ schema, table }: TableName) => schema === name.schema && table === name.table
    const lob = lobs.find(same)
    const range = ranges.find(same)
    if (lob === undefined && range === undefined) return []
    return {
      'rule-type': 'table-settings',
      'object-locator': { 'schema-name': name.schema, 'table-name': name.table },
      ...(range === undefined
        ? {}
        : {
            'parallel-load': {
              type: 'ranges',
              columns: [...range.columns],
              boundaries: range.boundaries.map((values) => [...values]),
            },
          }),
      ...(lob === undefined
        ? {}
        : { 'lob-settings': { mode: 'limited', 'bulk-max-size': String(lob.maxKb) } }),
    }
  })
}

function byName(a: TableName, b: TableName): number {
  return order(a.schema, b.schema) || order(a.table, b.table)
}

/** By code unit, never by locale: the plan's digest must be the same on every runner. */
function order(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
