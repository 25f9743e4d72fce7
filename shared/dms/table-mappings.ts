import type { TableName } from '../migration/plan.ts'

/**
 * Table mappings of one task as DMS takes them (DMS User Guide, Table mapping, Selection rules). Every table is named
 * by an `explicit` rule, which knows no wildcards: a table born later, or one whose name differs where a `_` would
 * match any character, is never swept in. The marker table of the task is one of them. The control schema and DMS's
 * own tables are excluded by name, since an exclude wins over every include.
 */
export function tableMappings(task: {
  tables: readonly TableName[]
  markerTable: TableName
}): Record<string, unknown> {
  const selected = [...task.tables].sort(byName).concat(task.markerTable)
  const rules = [
    ...selected.map(({ schema, table }) => ({ action: 'explicit', schema, table })),
    { action: 'exclude', schema: 'aurora[_]migration', table: '%' },
    { action: 'exclude', schema: '%', table: 'awsdms[_]%' },
  ]
  return {
    rules: rules.map(({ action, schema, table }, index) => ({
      'rule-type': 'selection',
      'rule-id': String(index + 1),
      'rule-name': String(index + 1),
      'object-locator': { 'schema-name': schema, 'table-name': table },
      'rule-action': action,
    })),
  }
}

function byName(a: TableName, b: TableName): number {
  return order(a.schema, b.schema) || order(a.table, b.table)
}

/** By code unit, never by locale: the plan's digest must be the same on every runner. */
function order(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
