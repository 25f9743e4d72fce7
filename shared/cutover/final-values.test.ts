import { expect, test } from 'vitest'
import type { SequenceState } from '../sequences/sequences.ts'
import { finalValues } from './final-values.ts'

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
