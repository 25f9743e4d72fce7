import { expect, test } from 'vitest'
import { planSequences } from './plan-sequences.ts'
import { sequenceProblems } from './problems.ts'
import type { SequenceState } from './sequences.ts'

const at = (lastValue: string | null, called = true, more: Partial<SequenceState> = {}): SequenceState => ({
  schema: 'public',
  sequence: 'orders_id_seq',
  type: 'bigint',
  increment: '1',
  min: '1',
  max: '9223372036854775807',
  cycle: false,
  lastValue,
  called,
  settable: true,
  ...more,
})
const down = { increment: '-1', min: '-100', max: '-1' }
const small = { type: 'smallint', max: '32767' }
const plan = (from: SequenceState, to: SequenceState, margin = 0n) =>
  planSequences({ names: [from], from: [from], to: [to], margin })

test.each([
  ['behind', at('41'), at('7'), 1000n, [{ value: '1041', called: true }]],
  ['never used where it is set', at('41'), at('1', false), 0n, [{ value: '41', called: true }]],
  ['never used on both', at('1', false), at('1', false), 1000n, []],
  ['set but never used', at('500', false), at('1', false), 1000n, [{ value: '500', called: false }]],
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
    'cycling, seemingly past',
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
  ['of a wider type where it is set', at('7', true, small), at('1'), 0n, [{ value: '7', called: true }]],
  [
    'used up, which is set all the same',
    at('32767', true, small),
    at('1', false, small),
    0n,
    [{ value: '32767', called: true }],
  ],
])('a sequence %s', (_, from, to, margin, expected) => {
  const { advances, refused } = plan(from, to, margin)
  expect(advances.map(({ value, called }) => ({ value, called }))).toEqual(expected)
  expect(refused).toEqual([])
})

test.each([
  ['rising', at('98', true, { max: '100' }), at('1', true, { max: '100' }), '98', '100'],
  // At the limit itself the first use after the move would fail.
  ['up to its very end', at('95', true, { max: '100' }), at('1', true, { max: '100' }), '95', '100'],
  ['falling', at('-97', true, down), at('-1', true, down), '-97', '-100'],
])('a margin that would use a sequence up is left out and said: %s', (_, from, to, value, limit) => {
  const { advances, atLimit } = plan(from, to, 5n)
  expect(advances).toEqual([{ schema: 'public', sequence: 'orders_id_seq', value, called: true }])
  expect(atLimit).toEqual([{ schema: 'public', sequence: 'orders_id_seq', limit }])
})

test('a margin that leaves one value is kept', () => {
  const { advances, atLimit } = plan(at('94', true, { max: '100' }), at('1', true, { max: '100' }), 5n)
  expect(advances).toMatchObject([{ value: '99' }])
  expect(atLimit).toEqual([])
})

const sides = { from: 'target', to: 'source' }

test.each([
  [at('9', true, { increment: '2' }), at('1'), 'goes in steps of 2 on the target and of 1 on the source'],
  [at('-9', true, down), at('1'), 'goes in steps of -1 on the target and of 1 on the source'],
  [at('9'), at('1', true, small), 'ends at 32767 on the source, and at 9223372036854775807 on the target'],
  [
    at('-9', true, down),
    at('-1', true, { ...down, min: '-50' }),
    'ends at -50 on the source, and at -100 on the target',
  ],
  [at('9'), at('10', false, { min: '10' }), undefined],
  [
    at('9'),
    at('-8', true, { min: '-8', max: '9223372036854775807', settable: false }),
    'may not be set by this login on the source',
  ],
  [at(null), at('1'), 'cannot be read on both sides (target: not readable, source: 1)'],
])('what cannot be set is refused by name, on the side that has to change', (from, to, message) => {
  const planned = plan(from, to)
  expect(planned.advances).toEqual([])
  expect(sequenceProblems(planned, sides).map((problem) => problem.message)).toEqual(
    message === undefined ? [] : [message],
  )
})

test('a value below the range of the other side is refused: setval would fail for all', () => {
  const planned = plan(at('3', true), at('20', true, { min: '10' }), 0n)
  expect(planned.ahead).toHaveLength(1)
  const low = plan(
    at('-20', true, { ...down, max: '-1' }),
    at('-5', true, { ...down, min: '-100', max: '-1' }),
  )
  expect(low.advances).toMatchObject([{ value: '-20' }])
  const outside = plan(at('3', false, { cycle: true }), at('20', true, { min: '10', cycle: true }))
  expect(outside.refused).toEqual([
    { schema: 'public', sequence: 'orders_id_seq', reason: 'outside-range', found: ['3', '10'] },
  ])
})

test('a sequence that one side lacks is named, with the side and what to do', () => {
  const name = { schema: 'public', sequence: 'Öl "5"' }
  const there = at('1', true, name)
  const missing = planSequences({ names: [name], from: [there], to: [], margin: 0n })
  expect(missing.advances).toEqual([])
  expect(sequenceProblems(missing, sides)).toEqual([
    {
      field: '"public"."Öl ""5"""',
      message: 'is not on the source',
      remedy: 'On the source: CREATE SEQUENCE "public"."Öl ""5""" …; as \\d shows it on the target.',
    },
  ])
  const gone = planSequences({ names: [name], from: [], to: [there], margin: 0n })
  expect(sequenceProblems(gone, sides)).toMatchObject([{ message: 'is not on the target' }])
})
