import { array, assert, constantFrom, integer, nat, property, record, shuffledSubarray } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { relation } from '../preflight/clean-facts.ts'
import type { CatalogueTable } from './catalogue-model.ts'
import { splitTables, type SplitWanted, type TableLoad } from './split-tables.ts'

const load = (table: string, bytes: number, writes = 0): TableLoad => ({
  schema: 'shop',
  table,
  bytes: String(bytes),
  rows: '0',
  inserted: '0',
  updated: String(writes),
  deleted: '0',
})
const foreignKey = (referencedOid: string) => ({
  name: 'f',
  kind: 'f',
  isDeferrable: false,
  isValidated: true,
  definition: '',
  referencedOid,
})
const table = (name: string, ...to: string[]) => relation(name, { constraints: to.map(foreignKey) })
const partitions = (parent: string, count: number) =>
  Array.from({ length: count }, (_, n) =>
    relation(`${parent}_${String(n).padStart(2, '0')}`, { isPartition: true, parentOids: [parent] }),
  )
const split = (
  planned: readonly CatalogueTable[],
  loads: readonly TableLoad[],
  wanted: Partial<SplitWanted>,
  parents: readonly CatalogueTable[] = [],
) => {
  const { groups, notes } = splitTables({ planned, parents }, loads, { max: 1, together: [], ...wanted })
  return { groups: groups.map((group) => group.map((name) => name.table)), notes }
}

describe('splitTables', () => {
  test('one task at most: one group, whatever else is asked', () => {
    const planned = [table('b'), table('a')]
    expect(split(planned, [], { max: 1, together: [['shop.a']] }).groups).toEqual([['a', 'b']])
  })

  test('spreads bytes', () => {
    const planned = ['a', 'b', 'c', 'd'].map((name) => table(name))
    const loads = [load('a', 60), load('b', 50), load('c', 30), load('d', 20)]
    expect(split(planned, loads, { max: 2 }).groups).toEqual([
      ['a', 'd'],
      ['b', 'c'],
    ])
  })

  test('spreads writes as well: a small busy table stays away from the other busy one', () => {
    const planned = ['a', 'b', 'c', 'd'].map((name) => table(name))
    const loads = [load('a', 100), load('b', 100), load('c', 1, 500), load('d', 1, 500)]
    const { groups } = split(planned, loads, { max: 2 })
    const withC = groups.find((group) => group.includes('c'))
    expect(withC).not.toContain('d')
    expect(groups.map((group) => group.length)).toEqual([2, 2])
  })

  test('what nothing is known of is spread by number', () => {
    const planned = ['a', 'b', 'c', 'd'].map((name) => table(name))
    expect(split(planned, [], { max: 4 }).groups).toEqual([['a'], ['b'], ['c'], ['d']])
  })

  test('tables that foreign keys join stay together though they are too large, and this is said', () => {
    const planned = [table('lines', 'orders'), table('orders'), table('a'), table('b')]
    const loads = [load('lines', 500), load('orders', 400), load('a', 50), load('b', 50)]
    const { groups, notes } = split(planned, loads, { max: 3 })
    expect(groups).toEqual([['a'], ['b'], ['lines', 'orders']])
    expect(notes).toEqual([
      '2 tables around shop.lines stay in one task, since foreign keys join them: 90 % of the bytes and 0 % of the writes, more than the fair share of 3 tasks.',
    ])
  })

  test('partitions of a table larger than a fair share are spread, those of a small one are not', () => {
    const parents = [relation('big', { kind: 'p' }), relation('small', { kind: 'p' })]
    const planned = [...partitions('big', 64), ...partitions('small', 3)]
    const loads = planned.map((one) => load(one.table, one.table.startsWith('big') ? 100 : 10))
    const { groups, notes } = split(planned, loads, { max: 4 }, parents)
    expect(groups).toHaveLength(4)
    for (const group of groups)
      expect(group.filter((one) => one.startsWith('big')).length).toBeGreaterThan(14)
    expect(groups.filter((group) => group.some((one) => one.startsWith('small')))).toHaveLength(1)
    expect(notes).toEqual([expect.stringMatching(/^The 64 partitions of shop.big are spread/u)])
  })

  test('`together` gets tasks of its own, partitions by their parent, and foreign keys out of it are told', () => {
    const parents = [relation('big', { kind: 'p' })]
    const planned = [...partitions('big', 2), table('orders'), table('lines', 'orders'), table('a')]
    const together = [['shop.big'], ['shop.lines', 'shop.a']]
    const { groups, notes } = split(planned, [], { max: 3, together }, parents)
    expect(groups).toEqual([['a', 'lines'], ['big_00', 'big_01'], ['orders']])
    expect(notes).toEqual([expect.stringContaining('Foreign keys around shop.lines lead from one task')])
  })

  test('`together` that does not fit joins the rest, and says so', () => {
    const planned = ['a', 'b', 'c'].map((name) => table(name))
    const { groups, notes } = split(planned, [], { max: 2, together: [['shop.a'], ['shop.b'], ['shop.x']] })
    expect(groups).toEqual([['a'], ['b', 'c']])
    expect(notes).toEqual([
      '`dms.tasks.together[1]` has no task of its own: `dms.tasks.max` is 2.',
      '`dms.tasks.together[2]` takes no table that another entry before it has not.',
    ])
  })

  test('no tables: one empty group', () => {
    expect(split([], [], { max: 4 }).groups).toEqual([[]])
  })

  const name = (n: number) => `t${n}`
  const databases = record({
    tables: array(
      record({ bytes: nat(1000), writes: nat(1000), to: array(nat(29), { maxLength: 2 }), parent: nat(9) }),
      { minLength: 1, maxLength: 30 },
    ),
    max: integer({ min: 1, max: 8 }),
    together: array(array(constantFrom('shop.t1%', 'shop.t2', 'shop.p1', '%.t_'), { minLength: 1 }), {
      maxLength: 3,
    }),
    order: shuffledSubarray(
      Array.from({ length: 30 }, (_, n) => n),
      { minLength: 30 },
    ),
  })

  test('every table once, never too many tasks, joined tables together, whatever the order', () => {
    assert(
      property(databases, ({ tables, max, together, order }) => {
        const parents = [relation('p0', { kind: 'p' }), relation('p1', { kind: 'p' })]
        const planned = tables.map(({ to, parent }, n) =>
          relation(name(n), {
            constraints: to.map((other) => foreignKey(name(other))),
            ...(parent < 2 ? { isPartition: true, parentOids: [`p${parent}`] } : {}),
          }),
        )
        const loads = tables.map(({ bytes, writes }, n) => load(name(n), bytes, writes))
        const { groups } = split(planned, loads, { max, together }, parents)
        expect(groups.flat().sort()).toEqual(planned.map((one) => one.table).sort())
        expect(groups.length).toBeLessThanOrEqual(max)

        const { groups: free } = split(planned, loads, { max }, parents)
        const freeOf = new Map(free.flatMap((group, index) => group.map((one) => [one, index] as const)))
        for (const [n, { to }] of tables.entries())
          for (const other of to.filter((one) => one < tables.length))
            expect(freeOf.get(name(n))).toBe(freeOf.get(name(other)))
        const { groups: asked } = split(planned, loads, { max, together: [['shop.t1%']] }, parents)
        const holding = asked.filter((group) => group.some((one) => one.startsWith('t1')))
        expect(holding.length).toBe(planned.length > 1 ? 1 : 0)

        const shuffled = order.flatMap((n) => planned[n] ?? [])
        expect(split(shuffled, loads.toReversed(), { max, together }, parents.toReversed()).groups).toEqual(
          groups,
        )
      }),
    )
  })
})
