import { expect, test } from 'vitest'
import { firstLookPercent, nextLook } from './lob-schedule.ts'

test('small tables are looked at once, large ones first at 200 pages', () => {
  expect(firstLookPercent({ pages: 799, bytes: 0 })).toBeUndefined()
  expect(firstLookPercent({ pages: 800, bytes: 0 })).toBe(25)
  expect(firstLookPercent({ pages: 2_000_000, bytes: 0 })).toBe(0.01)
})

const one = { sampledPercent: 1, sampledMs: 10, leftMs: 1000, tablesLeft: 1, sessions: 1 }
test.each([
  ['fits', one, { kind: 'scan' }],
  ['does not fit', { ...one, leftMs: 999 }, { kind: 'sample', percent: 79.92 }],
  ['four tables share', { ...one, leftMs: 900, tablesLeft: 4 }, { kind: 'sample', percent: 18 }],
  ['on four sessions', { ...one, leftMs: 900, tablesLeft: 4, sessions: 4 }, { kind: 'sample', percent: 72 }],
  ['a sample that is hardly larger', { ...one, leftMs: 20 }, { kind: 'leave' }],
  ['no time', { ...one, leftMs: 0 }, { kind: 'leave' }],
  ['a sample that took no time', { ...one, sampledMs: 0, leftMs: 0 }, { kind: 'scan' }],
])('%s', (_, table, expected) => {
  expect(nextLook(table)).toEqual(expected)
})
