import { expect, test } from 'vitest'
import type { SequenceState } from '../sequences/sequences.ts'
import { finalValues, finalValuesSince, foreseeValues } from './final-values.ts'

const state = (sequence: string, change: Partial<SequenceState> = {}): SequenceState => ({
  schema: 'shop',
  sequence,
  type: 'bigint',
  lastValue: '41',
  called: true,
  increment: '1',
  min: '1',
  max: '1000',
  cycle: false,
  settable: true,
  ...change,
})

test('a sequence that can be set no more, or is gone, is said with what to do; the others are set', () => {
  const names = ['orders_id_seq', 'stepped', 'gone'].map((sequence) => ({ schema: 'shop', sequence }))
  const { values, left } = finalValues(
    { sequences: names, sequenceMargin: 0 },
    names.map(({ sequence }) => state(sequence)),
    [state('orders_id_seq', { lastValue: '7' }), state('stepped', { lastValue: '7', increment: '10' })],
    { from: 'source', to: 'target' },
  )
  expect(values).toEqual([{ schema: 'shop', sequence: 'orders_id_seq', value: '41', called: true }])
  expect(left).toHaveLength(2)
  expect(left.join('\n')).toMatch(/"shop"\."gone" was not set on the target.*CREATE SEQUENCE/u)
  expect(left.join('\n')).toMatch(/"shop"\."stepped" was not set on the target.*INCREMENT BY 1;.*setval/u)
})

test('what was foreseen is kept for those that nobody moved; the others are judged by where they stand now', () => {
  const plan = {
    sequences: ['still', 'moved', 'other'].map((sequence) => ({ schema: 'shop', sequence })),
    sequenceMargin: 0,
  }
  const names = { from: 'source', to: 'target' } as const
  const before = plan.sequences.map(({ sequence }) => state(sequence))
  const to = plan.sequences.map(({ sequence }) => state(sequence, { lastValue: '7' }))
  const foreseen = foreseeValues(plan, before, to, names)
  const now = before.map((one) => (one.sequence === 'moved' ? { ...one, lastValue: '44' } : one))
  const byName = (one: { sequence: string }, other: { sequence: string }) =>
    one.sequence < other.sequence ? -1 : 1
  const since = finalValuesSince(foreseen, plan, now, names)
  const all = finalValues(plan, now, to, names)
  expect([...(since?.values ?? [])].sort(byName)).toEqual([...all.values].sort(byName))
  expect(since?.left).toEqual([])

  // One that went past what the other can give is said, as ever.
  const narrow = foreseeValues(
    plan,
    before,
    to.map((one) => ({ ...one, max: '50' })),
    names,
  )
  expect(narrow.values.left).toHaveLength(3)
  expect(finalValuesSince(narrow, plan, now, names)).toBeUndefined()
  const stepped = before.map((one) => (one.sequence === 'other' ? { ...one, increment: '2' } : one))
  expect(finalValuesSince(foreseen, plan, stepped, names)?.left).toEqual([
    expect.stringMatching(/"shop"\."other" was not set on the target/u),
  ])
  // Not the same sequences: nothing of it holds.
  expect(finalValuesSince(foreseen, plan, now.slice(1), names)).toBeUndefined()
})
