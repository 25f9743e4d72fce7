import { describe, expect, test } from 'vitest'
import { judgeUncarried, type ComparedEqual } from './judge-uncarried.ts'
import type { Plan } from '../migration/plan.ts'
import type { Uncarried } from './uncarried.ts'

const none = { count: '0', newest: '', changes: '0', reset: '' }
const calm: Uncarried = { tables: [], backlogs: [], largeObjects: none, largeObjectsBefore: none }
const plan: Pick<Plan, 'waivers'> = { waivers: [] }
const accepted: typeof plan = {
  waivers: [{ code: 'source-large-objects', reason: 'they are copied by hand', expires: '2099-01-01' }],
}
const truncated = { schema: 'shop', table: 'orders', mark: '17', recordedAt: 1000, seenAt: 5000 }
const compared = (at: number): ComparedEqual => new Map([['"shop"."orders"', at]])
const judge = (seen: Partial<Uncarried>, equal: ComparedEqual = new Map(), of = plan) =>
  judgeUncarried({ ...calm, ...seen }, of, equal)

test('a source on which nothing happened raises nothing', () => {
  expect(judge({})).toEqual({ problems: [], unverified: [], settled: [], doubts: [] })
})

describe('a table whose file is another one than before its load', () => {
  test('refuses by name, says what to do, and is noted', () => {
    const { problems, doubts } = judge({ tables: [truncated] })
    expect(problems).toEqual([
      {
        field: 'shop.orders',
        message: expect.stringMatching(/shop.orders has been truncated or rewritten/u) as string,
        remedy: expect.stringContaining('verify-data') as string,
      },
    ])
    expect(doubts).toEqual([{ kind: 'table', schema: 'shop', table: 'orders', mark: '17' }])
  })

  test('is settled by a comparison that began after it was seen, and by no older one', () => {
    expect(judge({ tables: [truncated] }, compared(5001))).toEqual({
      problems: [],
      unverified: [],
      settled: ['shop.orders'],
      doubts: [],
    })
    expect(judge({ tables: [truncated] }, compared(4999)).problems).toHaveLength(1)
  })

  test('seen for the first time it is settled by no comparison at all', () => {
    expect(judge({ tables: [{ ...truncated, seenAt: null }] }, compared(9e15)).problems).toHaveLength(1)
  })

  test('tables of which nothing was recorded are no pass, and told once', () => {
    const tables = ['a', 'b', 'c'].map((table) => ({ ...truncated, table, recordedAt: null, seenAt: null }))
    const { problems } = judge({ tables })
    expect(problems.map(({ message }) => message)).toEqual([
      'it cannot be verified that shop.a and 2 more tables was not truncated since its load: nothing was recorded before it',
    ])
  })

  test('of hundreds the first twenty are named', () => {
    const tables = Array.from({ length: 300 }, (_, index) => ({ ...truncated, table: `t${index}` }))
    const { problems, doubts } = judge({ tables })
    expect(problems).toHaveLength(21)
    expect(problems.at(-1)?.message).toContain('280 more tables')
    expect(doubts).toHaveLength(300)
  })
})

describe('large objects', () => {
  const stored = { count: '3', newest: '99', changes: '10', reset: 'monday' }

  test('refuse unless the migration file accepts them', () => {
    expect(judge({ largeObjects: stored, largeObjectsBefore: none }).problems[0]?.message).toBe(
      '3 large objects are stored on the source, which DMS does not carry; there were 0 when the tasks were made',
    )
    expect(judge({ largeObjects: stored }, new Map(), accepted).problems).toEqual([])
  })

  test.each<[string, Partial<typeof stored>, RegExp]>([
    ['nothing counted', {}, /no write to them was counted/u],
    ['writes counted', { changes: '4' }, /6 writes to them were counted/u],
    ['statistics reset', { reset: 'sunday' }, /cannot be told, since the statistics were reset/u],
    ['counters that fell, as after a crash', { changes: '11' }, /cannot be told/u],
    ['another one made', { count: '2' }, /there were 2/u],
    ['one replaced by another', { newest: '98' }, /there were 3/u],
  ])('that are accepted are told: %s', (_, before, text) => {
    const seen = { largeObjects: stored, largeObjectsBefore: { ...stored, ...before } }
    const { problems, unverified } = judge(seen, new Map(), accepted)
    expect(problems).toEqual([])
    expect(unverified).toEqual([expect.stringMatching(text) as string])
  })
})
