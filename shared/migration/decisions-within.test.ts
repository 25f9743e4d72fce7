import { describe, expect, test } from 'vitest'
import { relation, testMigration } from '../preflight/clean-facts.ts'
import { decisionsWithin } from './decisions-within.ts'
import type { PlanDecisions } from './plan-decisions.ts'
import type { Migration } from './schema.ts'

const [a, b, c] = ['a', 'b', 'c'].map((table) => ({ schema: 'shop', table })) as [Name, Name, Name]
type Name = { schema: string; table: string }
const planned = [relation('c'), relation('a'), relation('b')]
const decisions: PlanDecisions = {
  lobs: {
    taskMaxKb: 64,
    tables: [
      { ...b, maxKb: 2048 },
      { ...a, maxKb: 4096 },
    ],
  },
  groups: [[b, a], [c]],
  ranges: [
    { ...c, columns: ['id'], boundaries: [['1']] },
    { ...a, columns: ['id'], boundaries: [['1']] },
  ],
}
const dms = (change: Partial<Migration['dms']>): Migration => ({
  ...testMigration,
  dms: { ...testMigration.dms, tasks: { max: 4, together: [] }, ...change },
})

describe('decisionsWithin', () => {
  test('leaves what fits, in one order, as names alone', () => {
    const within = decisionsWithin(
      dms({}),
      { planned },
      { ...decisions, groups: [[planned[2], planned[1]], [c]] as Name[][] },
    )
    expect(within.groups).toEqual([[a, b], [c]])
    expect(within.ranges.map(({ table }) => table)).toEqual(['a', 'c'])
    expect(within.lobs.tables.map(({ table }) => table)).toEqual(['a', 'b'])
  })

  test('a table that no group knows joins the first, one that is gone leaves, an empty group goes', () => {
    const more = [...planned.slice(1), relation('new')]
    expect(decisionsWithin(dms({}), { planned: more }, decisions).groups).toEqual([
      [a, b, { schema: 'shop', table: 'new' }],
    ])
  })

  test('a table named twice counts once', () => {
    const groups = [
      [a, b],
      [c, a],
    ]
    expect(decisionsWithin(dms({}), { planned }, { ...decisions, groups }).groups).toEqual([[a, b], [c]])
  })

  test('no groups, or more than the file allows: one task for all', () => {
    expect(decisionsWithin(dms({}), { planned }, { ...decisions, groups: [] }).groups).toEqual([[a, b, c]])
    const one = dms({ tasks: { max: 1, together: [] } })
    expect(decisionsWithin(one, { planned }, decisions).groups).toEqual([[a, b, c]])
  })

  test('a LOB limit in the file holds for all tables', () => {
    const lob = { 'max-kb': 128 }
    expect(decisionsWithin(dms({ lob }), { planned }, decisions).lobs).toEqual({ taskMaxKb: 128, tables: [] })
  })
})
