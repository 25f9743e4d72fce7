import { describe, expect, it } from 'vitest'
import { excludeTransactions, findMismatches } from './row-check.ts'
import type { RowDigest, TableShape } from './row-check.ts'

const keyed: TableShape = {
  schema: 'shop',
  name: 'views_2026',
  root: 'shop.views',
  key: ['id'],
  columns: ['id', 'seq', 'writer'],
}
const keyless: TableShape = { ...keyed, name: 'clicks', root: 'shop.clicks', key: [] }
const nothing = excludeTransactions([])

function row(key: string | null, digest: string, write: string | null = null): RowDigest {
  return { key, digest, write }
}

describe('a table with a key', () => {
  it('finds rows that differ, are missing, or are too many', () => {
    const source = [row('1', 'a'), row('2', 'b'), row('3', 'c')]
    const target = [row('1', 'a'), row('2', 'x'), row('4', 'd')]
    expect(findMismatches(keyed, source, target, nothing)).toEqual([
      'shop.views_2026 2: differs',
      'shop.views_2026 3: only on the source',
      'shop.views_2026 4: only on the target',
    ])
  })

  it('leaves out what the target’s transactions inserted, updated, deleted, and only that', () => {
    const excluded = excludeTransactions(
      [{ writer: 'w1', seq: 9, touched: { 'shop.views': ['2', '3'], 'shop.other': ['1'] } }],
      ['stale#4'],
    )
    const source = [row('1', 'a'), row('2', 'b'), row('3', 'c'), row('6', 'late', 'stale#4')]
    const target = [row('1', 'x'), row('2', 'x'), row('4', 'd', 'w1#9'), row('5', 'e', 'w1#8')]
    expect(findMismatches(keyed, source, target, excluded)).toEqual([
      'shop.views_2026 1: differs',
      'shop.views_2026 5: only on the target',
    ])
  })
})

describe('a table without a key', () => {
  it('counts equal rows', () => {
    const source = [row(null, 'a', 'w1#1'), row(null, 'a', 'w1#1'), row(null, 'b', 'w1#2')]
    const target = [
      row(null, 'a', 'w1#1'),
      row(null, 'b', 'w1#2'),
      row(null, 'b', 'w1#2'),
      row(null, 'c', 'w2#5'),
    ]
    const excluded = excludeTransactions([{ writer: 'w2', seq: 5, touched: {} }])
    expect(findMismatches(keyless, source, target, excluded)).toEqual([
      'shop.clicks row of w1#1: once more on the source',
      'shop.clicks row of w1#2: once more on the target',
    ])
    expect(findMismatches(keyless, source, source.toReversed(), nothing)).toEqual([])
  })
})
