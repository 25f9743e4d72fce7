import { describe, expect, test } from 'vitest'
import { relation } from '../preflight/clean-facts.ts'
import type { CatalogueTable } from './catalogue-model.ts'
import { keptDecisions, type Fresh } from './kept-decisions.ts'
import type { PlanDecisions } from './plan-decisions.ts'

const named = (table: string) => ({ schema: 'shop', table })
const foreignKey = (referencedOid: string) => ({
  name: 'f',
  kind: 'f',
  isDeferrable: false,
  isValidated: true,
  definition: '',
  referencedOid,
})
const planned = [
  relation('a'),
  relation('b'),
  relation('lines', { constraints: [foreignKey('orders')] }),
  relation('orders'),
]
const groups = (...sets: string[][]) => sets.map((set) => set.map(named))
const range = (table: string, ...values: string[]) => ({
  ...named(table),
  columns: ['id'],
  boundaries: values.map((value) => [value]),
})
const decided = (change: Partial<PlanDecisions> = {}): PlanDecisions => ({
  lobs: { taskMaxKb: 64, tables: [] },
  groups: groups(['a', 'b'], ['lines', 'orders']),
  ranges: [],
  ...change,
})
const choose = (
  kept: Partial<PlanDecisions>,
  fresh: Partial<PlanDecisions> = {},
  more: Partial<Fresh> & { readonly tables?: CatalogueTable[] } = {},
) =>
  keptDecisions(decided(kept), {
    decisions: decided(fresh),
    own: [],
    catalogue: { planned: more.tables ?? planned, parents: [] },
    lobsMeasured: true,
    ...more,
  })

describe('keptDecisions', () => {
  test('nothing is older where both are the same', () => {
    expect(choose({})).toEqual({ decisions: decided(), older: false })
  })

  test('another balance over as many tasks is no reason for another plan', () => {
    const kept = groups(['a'], ['b', 'lines', 'orders'])
    expect(choose({ groups: kept })).toEqual({ decisions: decided({ groups: kept }), older: true })
  })

  test.each<[string, Partial<PlanDecisions>, Partial<Fresh> & { readonly tables?: CatalogueTable[] }]>([
    ['another number of tasks', { groups: groups(['a', 'b', 'lines', 'orders']) }, {}],
    ['a table that is new', { groups: groups(['a'], ['lines', 'orders']) }, {}],
    ['a table that is gone', { groups: groups(['a', 'b', 'gone'], ['lines', 'orders']) }, {}],
    ['a foreign key between two tasks', { groups: groups(['a', 'lines'], ['b', 'orders']) }, {}],
    [
      'a group that the file asks for now',
      { groups: groups(['a'], ['b', 'lines', 'orders']) },
      { own: groups(['a', 'b']) },
    ],
  ])('groups are decided anew for %s', (_, kept, more) => {
    expect(choose(kept, {}, more).decisions.groups).toEqual(decided().groups)
  })

  test('foreign keys that the file itself cuts are no reason', () => {
    const cut = groups(['a', 'lines'], ['b', 'orders'])
    const more = { own: groups(['a', 'lines']) }
    expect(choose({ groups: cut }, { groups: cut }, more)).toEqual({
      decisions: decided({ groups: cut }),
      older: false,
    })
  })

  test('ranges of the same key and number keep their boundaries; others do not', () => {
    const fresh = { ranges: [range('a', '10', '20'), range('b', '5')] }
    const kept = { ranges: [range('a', '9', '18'), range('b', '1', '2'), range('orders', '7')] }
    expect(choose(kept, fresh).decisions.ranges).toEqual([range('a', '9', '18'), range('b', '5')])
  })

  test('LOB limits stay while no table needs more; a limit in the file always holds', () => {
    const larger = { lobs: { taskMaxKb: 128, tables: [] } }
    const own = { lobs: { taskMaxKb: 64, tables: [{ ...named('a'), maxKb: 256 }] } }
    expect(choose(larger).decisions.lobs).toEqual(larger.lobs)
    expect(choose({}, larger).decisions.lobs).toEqual(larger.lobs)
    expect(choose(larger, own).decisions.lobs).toEqual(own.lobs)
    expect(choose(own, decided()).decisions.lobs).toEqual(own.lobs)
    expect(choose(larger, {}, { lobsMeasured: false }).decisions.lobs).toEqual(decided().lobs)
  })
})
