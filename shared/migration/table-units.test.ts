import { expect, test } from 'vitest'
import { relation } from '../preflight/clean-facts.ts'
import type { CatalogueConstraint, CatalogueTable } from './catalogue-model.ts'
import { tableUnits } from './table-units.ts'

const pointsTo = (referencedOid: string): CatalogueConstraint => ({
  name: `to_${referencedOid}`,
  kind: 'f',
  isDeferrable: false,
  isValidated: true,
  definition: '',
  referencedOid,
})
const table = (name: string, ...to: string[]) => relation(name, { constraints: to.map(pointsTo) })
const partition = (name: string, parent: string, ...to: string[]) =>
  relation(name, { isPartition: true, parentOids: [parent], constraints: to.map(pointsTo) })
const parent = (name: string, ...to: string[]) => relation(name, { kind: 'p', constraints: to.map(pointsTo) })

const shapes = (planned: CatalogueTable[], parents: CatalogueTable[] = [], among = planned) =>
  tableUnits({ planned, parents }, among).map(({ name, tables, joined }) => [
    name,
    tables.map((one) => one.table),
    joined,
  ])

test('foreign keys join tables, over any number of steps; the rest stands alone', () => {
  expect(
    shapes([table('lines', 'orders'), table('orders', 'customers'), table('customers'), table('notes')]),
  ).toEqual([
    ['shop.customers', ['customers', 'lines', 'orders'], true],
    ['shop.notes', ['notes'], false],
  ])
})

test('a foreign key to or from a partitioned table, or to one partition, joins all its partitions', () => {
  const sub = { ...parent('views_2026'), isPartition: true, parentOids: ['views'] }
  const leaves = [partition('views_2025', 'views'), partition('views_2026_01', 'views_2026')]
  expect(shapes([...leaves, table('notes')], [parent('views'), sub])).toEqual([
    ['shop.notes', ['notes'], false],
    ['shop.views', ['views_2025', 'views_2026_01'], false],
  ])
  for (const tables of [
    { planned: [...leaves, table('notes')], parents: [parent('views', 'notes'), sub] },
    { planned: [...leaves, table('notes', 'views')], parents: [parent('views'), sub] },
    { planned: [...leaves, table('notes', 'views_2026_01')], parents: [parent('views'), sub] },
  ])
    expect(shapes(tables.planned, tables.parents)).toEqual([
      ['shop.notes', ['notes', 'views_2025', 'views_2026_01'], true],
    ])
})

test('a foreign key to itself joins a table with nothing, but holds partitions together', () => {
  expect(shapes([table('tree', 'tree')])).toEqual([['shop.tree', ['tree'], true]])
})

test('tables that are not asked for, or not planned, join nothing', () => {
  const all = [table('lines', 'orders'), table('notes', 'orders'), table('orders', 'elsewhere')]
  expect(shapes(all, [], all.slice(0, 2))).toEqual([
    ['shop.lines', ['lines'], false],
    ['shop.notes', ['notes'], false],
  ])
})
