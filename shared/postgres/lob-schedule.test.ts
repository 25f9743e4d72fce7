import { expect, test } from 'vitest'
import { firstLookPercent, nextLook } from './lob-schedule.ts'

test.each([
  ['a small one', 799, 0, undefined],
  ['a larger one', 800, 0, 25],
  ['a very large one', 2_000_000, 0, 0.01],
  ['as much again in TOAST', 800, 1600 * 8192, 12.5],
  ['few pages with much in TOAST', 100, 1_000_000 * 8192, 10],
  ['hardly a page', 39, 1_000_000 * 8192, undefined],
])('%s: of %i pages and %i bytes, %s per cent first', (_, pages, bytes, percent) => {
  expect(firstLookPercent({ pages, bytes })).toBe(percent)
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
