import type { CatalogueColumn, CatalogueTable } from '../migration/catalogue-model.ts'
import { ruleForColumn, type Carrier } from './column-rules.ts'
import type { ComparedColumn, ComparedTable } from './comparison.ts'

/**
 * How two tables are compared, from both catalogues: columns by name, the key that both have, a rule for every column.
 * Pure. A column that only one side has is named in coverage and not compared.
 */
export function comparedTable(
  source: CatalogueTable,
  target: CatalogueTable,
  carrier: Carrier,
): ComparedTable {
  const there = new Map(target.columns.map((column) => [column.name, column]))
  const here = new Set(source.columns.map(({ name }) => name))
  const columns = source.columns.map((column) => pairOf(column, there.get(column.name), carrier))
  const only = target.columns.filter(({ name }) => !here.has(name)).map((column) => onlyOn('target', column))
  const key = commonKey(source, target)
  const compared = { source: nameOf(source), target: nameOf(target), columns: [...columns, ...only], key }
  return columns.some(({ rule }) => rule.kind !== 'left-out')
    ? compared
    : { ...compared, skip: 'it has no column that can be compared' }
}

/** Columns of the shortest unique index of the source whose columns are unique on the target as well; primary keys first. Pure. */
export function commonKey(source: CatalogueTable, target: CatalogueTable): readonly string[] | undefined {
  const theirs = new Set(keysOf(target).map(({ columns }) => JSON.stringify(columns.toSorted())))
  return keysOf(source).find(({ columns }) => theirs.has(JSON.stringify(columns.toSorted())))?.columns
}

function keysOf({ columns, indexes }: CatalogueTable): { columns: string[]; isPrimary: boolean }[] {
  const usable = new Set(
    columns.filter(({ notNull, baseType }) => notNull && baseType !== 'oid').map(({ name }) => name),
  )
  return indexes
    .filter((index) => index.isUnique && index.isValid && index.isImmediate && !index.isPartial)
    .flatMap(({ columns: names, isPrimary }) => {
      const known = names.filter((name) => name !== null)
      return known.length === names.length && known.every((name) => usable.has(name))
        ? [{ columns: known, isPrimary }]
        : []
    })
    .sort((a, b) => Number(b.isPrimary) - Number(a.isPrimary) || a.columns.length - b.columns.length)
}

function pairOf(
  column: CatalogueColumn,
  twin: CatalogueColumn | undefined,
  carrier: Carrier,
): ComparedColumn {
  if (twin === undefined) return onlyOn('source', column)
  return {
    name: column.name,
    type: { source: column.type, target: twin.type },
    baseType: column.baseType,
    rule: ruleForColumn(column, twin, carrier),
  }
}

function onlyOn(side: 'source' | 'target', { name, type, baseType }: CatalogueColumn): ComparedColumn {
  return {
    name,
    type: { source: type, target: type },
    baseType,
    rule: { kind: 'left-out', reason: `only the ${side} has this column` },
  }
}

function nameOf({ schema, table }: CatalogueTable): { schema: string; table: string } {
  return { schema, table }
}
