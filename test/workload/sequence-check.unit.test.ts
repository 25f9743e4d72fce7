import { describe, expect, it } from 'vitest'
import { accountFor } from './ledger-account.ts'
import type { LedgerLine } from './ledger.ts'
import { findCollisions, findSequencesBehind } from './sequence-check.ts'
import type { SequenceState } from './sequence-check.ts'

function state(last: bigint, isCalled: boolean, increment = 1n, start = 1n): SequenceState {
  return { name: 's.q', start, increment, last, isCalled }
}

describe('sequences behind', () => {
  const isBehind = (source: SequenceState, target: SequenceState): boolean =>
    findSequencesBehind([source], [target]).length === 1

  it.each([
    ['at the source’s last value', state(10n, true), state(10n, true), false],
    ['one before it', state(10n, true), state(9n, true), true],
    ['about to hand it out again', state(10n, true), state(10n, false), true],
    ['set to the next value, not called', state(10n, true), state(11n, false), false],
    ['far ahead', state(10n, true), state(1000n, true), false],
    ['still at its start', state(10n, true), state(1n, false), true],
    ['never used on either side', state(1n, false), state(1n, false), false],
    ['set by hand on the source, not called', state(500n, false), state(1n, false), true],
    ['the same on the target', state(500n, false), state(500n, false), false],
    ['increment 50, at the last value', state(501n, true, 50n), state(501n, true, 50n), false],
    ['increment 50, a step before', state(501n, true, 50n), state(451n, true, 50n), true],
    ['descending, at the last value', state(-7n, true, -1n, -1n), state(-7n, true, -1n, -1n), false],
    ['descending, further down', state(-7n, true, -1n, -1n), state(-90n, true, -1n, -1n), false],
    ['descending, one above', state(-7n, true, -1n, -1n), state(-6n, true, -1n, -1n), true],
    ['descending, at its start', state(-7n, true, -1n, -1n), state(-1n, false, -1n, -1n), true],
    [
      'beyond what a JavaScript number holds',
      state(9007199254740993n, true),
      state(9007199254740992n, true),
      true,
    ],
  ])('%s', (_, source, target, expected) => {
    expect(isBehind(source, target)).toBe(expected)
  })

  it('counts a sequence that the target lacks', () => {
    expect(findSequencesBehind([state(1n, false)], [])).toEqual(['s.q (missing on the target)'])
  })
})

describe('collisions', () => {
  function write(server: string, kind: 'acknowledged' | 'inDoubt', value: string): LedgerLine {
    const common = { at: 1, writer: 'w1', seq: 1, server, touched: {}, sequences: { 's.q': [value] } }
    return kind === 'acknowledged' ? { kind, ...common, rttMs: 1 } : { kind, ...common, code: '57P01' }
  }
  const find = (lines: LedgerLine[], source: SequenceState, ...values: string[]): string[] =>
    findCollisions(
      accountFor(lines, { source: 'source', target: 'target' }),
      new Map([['s.q', new Set(values)]]),
      [source],
    )

  it('finds values up to the source’s last one, on its steps, in its direction', () => {
    expect(find([], state(101n, true, 50n), '1', '51', '60', '101', '151', '-49')).toEqual([
      's.q 1',
      's.q 51',
      's.q 101',
    ])
    expect(find([], state(-3n, true, -1n, -1n), '-1', '-3', '-4', '0')).toEqual(['s.q -1', 's.q -3'])
  })

  it('finds nothing where the source’s sequence was never called', () => {
    expect(find([], state(10n, false), '1', '10')).toEqual([])
  })

  it('believes the ledger more than a sequence that somebody set back', () => {
    const lines = [write('source', 'acknowledged', '70'), write('source', 'inDoubt', '71')]
    expect(find(lines, state(5n, true), '70', '71', '72')).toEqual(['s.q 70', 's.q 71'])
  })

  it('does not compare the target with itself', () => {
    expect(find([write('target', 'inDoubt', '70')], state(5n, true), '70')).toEqual([])
  })
})
