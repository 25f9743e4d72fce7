import { describe, expect, it } from 'vitest'
import type { AcknowledgedWrite } from './ledger.ts'
import { checkTermWrites, splitTerms, type Side, type SidedWrite } from './term-check.ts'
import type { WriteRow } from './write-check.ts'

const write = (at: number): AcknowledgedWrite => ({
  kind: 'acknowledged',
  at,
  writer: 'w1',
  seq: at,
  server: '',
  touched: {},
  sequences: {},
  rttMs: 1,
})
/** `sstts`: one write every millisecond, by source or target. */
const writes = (sides: string): SidedWrite[] =>
  sides.split('').map((letter, at) => ({ side: letter === 's' ? 'source' : 'target', write: write(at) }))
const split = (made: string, ...sides: Side[]) => {
  const { counts, misplaced } = splitTerms(writes(made), sides)
  return { counts, misplaced: misplaced.map(({ seq }) => seq) }
}
const row = (seq: number, digest = `d${seq}`): WriteRow => ({
  writer: 'w1',
  seq: String(seq),
  madeAtMs: 0,
  digest,
})

describe('terms', () => {
  it('finds nothing misplaced where each side had its turn', () => {
    expect(split('sstts', 'source', 'target', 'source')).toEqual({ counts: [2, 2, 1], misplaced: [] })
  })

  it('finds a write of the side whose turn was over, or had not come', () => {
    expect(split('sstsstttsss', 'source', 'target', 'source')).toEqual({
      counts: [4, 3, 3],
      misplaced: [2],
    })
    expect(split('ssstttstttsss', 'source', 'target', 'source')).toEqual({
      counts: [3, 6, 3],
      misplaced: [6],
    })
    expect(split('tsss', 'source')).toEqual({ counts: [3], misplaced: [0] })
  })

  it('shows a turn that never came by its count', () => {
    expect(split('sss', 'source', 'target')).toEqual({ counts: [3, 0], misplaced: [] })
  })

  it('orders by time, not by the place in the ledger', () => {
    expect(splitTerms(writes('ttss').toReversed(), ['target', 'source']).misplaced).toEqual([])
  })
})

describe('writes after several turns', () => {
  const all = [row(1), row(2), row(3)]
  const promised = [write(1), write(2), write(3)]
  const none = { lost: [], duplicate: [], splitBrain: [], mismatched: [] }

  it('finds nothing where both sides hold the same', () => {
    expect(checkTermWrites(promised, [], all, all)).toEqual(none)
  })

  it('finds what the last side lacks, has twice, or the other side has not', () => {
    expect(checkTermWrites(promised, [], all.slice(1), all)).toEqual({ ...none, lost: ['w1#1'] })
    expect(checkTermWrites(promised, [], [...all, row(2)], all)).toEqual({ ...none, duplicate: ['w1#2'] })
    expect(checkTermWrites(promised, [], all, all.slice(1))).toEqual({ ...none, mismatched: ['w1#1'] })
    expect(checkTermWrites(promised, [], all, [row(1, 'other'), row(2), row(3)])).toEqual({
      ...none,
      mismatched: ['w1#1'],
    })
    expect(checkTermWrites(promised, [], all, [...all, row(4)])).toEqual({ ...none, mismatched: ['w1#4'] })
  })

  it('counts a misplaced write once, as split brain', () => {
    expect(checkTermWrites(promised, [write(3)], all.slice(0, 2), all)).toEqual({
      ...none,
      splitBrain: ['w1#3'],
    })
  })
})
