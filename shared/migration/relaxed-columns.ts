import type { Catalogue, CatalogueTable } from './catalogue-model.ts'
import { lobKind } from './lob-columns.ts'
import { byTableName, byText } from './name-order.ts'
import type { RelaxedColumn } from './plan.ts'
import { ancestors } from './planned-tables.ts'

/**
 * LOB columns whose NOT NULL is dropped on the target while DMS loads (DMS User Guide, Best practices: all LOB columns
 * on the target must be nullable). A partition inherits it, so the highest table that has it is named. Columns of a
 * primary key cannot be relaxed and are left out.
 */
export function relaxedColumns(catalogue: Catalogue): RelaxedColumn[] {
  const byOid = new Map([...catalogue.planned, ...catalogue.parents].map((table) => [table.oid, table]))
  const found = new Map<string, RelaxedColumn>()
  for (const table of catalogue.planned) {
    const key = new Set(table.indexes.find(({ isPrimary }) => isPrimary)?.columns ?? [])
    for (const column of table.columns) {
      if (!column.notNull || lobKind(column) === undefined || key.has(column.name)) continue
      const owner = highestNotNull(table, ancestors(table, byOid), column.name)
      const relaxed = { schema: owner.schema, table: owner.table, column: column.name }
      found.set(JSON.stringify(relaxed), relaxed)
    }
  }
  return [...found.values()].sort((a, b) => byTableName(a, b) || byText(a.column, b.column))
}

function highestNotNull(
  table: CatalogueTable,
  above: readonly CatalogueTable[],
  column: string,
): CatalogueTable {
  let highest = table
  for (const parent of above) {
    if (parent.columns.find(({ name }) => name === column)?.notNull !== true) break
    highest = parent
  }
  return highest
}
