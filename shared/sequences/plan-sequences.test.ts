import { expect, test } from 'vitest'
import type { SequenceState } from './sequences.ts'
import { planSequences } from './plan-sequences.ts'

const at = (lastValue: string, called = true, more: Partial<SequenceState> = {}): SequenceState => ({
  schema: 'public',
  sequence: 'orders_id_seq',
  increment: '1',
  min: '1',
  max: '9223372036854775807',
  cycle: false,
  lastValue,
  called,
  ...more,
})
const down = { increment: '-1', min: '-100', max: '-1' }

test.each([
  ['behind', at('41'), at('7'), 1000n, [{ value: '1041', called: true }]],
  ['never used on the target', at('41'), at('1', false), 0n, [{ value: '41', called: true }]],
  ['never used on both', at('1', false), at('1', false), 1000n, []],
  [
    'set but never used on the source',
    at('500', false),
    at('1', false),
    1000n,
    [{ value: '500', called: false }],
  ],
  ['past the margin already', at('41'), at('1041'), 1000n, []],
  ['one short of the margin', at('41'), at('1040'), 1000n, [{ value: '1041', called: true }]],
  ['next value is the same, said in another way', at('41'), at('42', false), 0n, []],
  ['above 2^53', at('9007199254740993'), at('1'), 1000n, [{ value: '9007199254741993', called: true }]],
  ['descending, behind', at('-40', true, down), at('-7', true, down), 10n, [{ value: '-50', called: true }]],
  ['descending, past', at('-40', true, down), at('-60', true, down), 10n, []],
  [
    'with steps of 50',
    at('500', true, { increment: '50' }),
    at('50', true, { increment: '50' }),
    2n,
    [{ value: '600', called: true }],
  ],
  [
    'cycling, target seemingly past',
    at('3', true, { cycle: true }),
    at('9', true, { cycle: true }),
    0n,
    [{ value: '3', called: true }],
  ],
  [
    'cycling, which takes no margin and so is right afterwards',
    at('3', true, { cycle: true }),
    at('3', true, { cycle: true }),
    1000n,
    [],
  ],
])('a sequence %s', (_, source, target, margin, expected) => {
  const plan = planSequences({ names: [source], source: [source], target: [target], margin })
  expect(plan.advances.map(({ value, called }) => ({ value, called }))).toEqual(expected)
})

test('a margin that runs into the limit is said, and the value itself is still set', () => {
  const plan = planSequences({
    names: [at('1')],
    source: [at('98', true, { max: '100' })],
    target: [at('1', true, { max: '100' })],
    margin: 5n,
  })
  expect(plan.advances).toEqual([{ schema: 'public', sequence: 'orders_id_seq', value: '98', called: true }])
  expect(plan.atLimit).toEqual([{ schema: 'public', sequence: 'orders_id_seq', limit: '100' }])
})

test('a sequence that one side lacks is named', () => {
  const plan = planSequences({ names: [at('1')], source: [at('1')], target: [], margin: 0n })
  expect(plan.missingOnTarget).toHaveLength(1)
  expect(plan.advances).toEqual([])
})
