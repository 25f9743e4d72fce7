import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { alternate } from './bench.ts'
import { plot } from './plot.ts'
import { median, mergeResults, rowOf } from './results.ts'

const date = new Date('2026-01-02T03:04:05Z')
const runs = [
  { ours: 30, reference: 10 },
  { ours: 20, reference: 20 },
  { ours: 10, reference: 30 },
]

test.each([
  [[3], 3],
  [[10, 9, 100], 10],
  [[1, 2, 3, 4], 2.5],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected)
})

test('a note is kept beside the numbers, and printed under them', () => {
  const row = rowOf({ name: 'x', unit: 'ms', runs, note: 'on a busy machine' }, date)
  expect(row.note).toBe('on a busy machine')
  expect(plot('x', row)).toMatch(/ ms\n {2}on a busy machine$/u)
  expect(rowOf({ name: 'x', unit: 'ms', runs }, date)).not.toHaveProperty('note')
})

test('nothing measured has no median', () => {
  expect(() => median([])).toThrow(RangeError)
})

test.each([
  ['at-most', 1, true],
  ['at-most', 0.9, false],
  ['at-least', 1, true],
  ['at-least', 1.1, false],
] as const)('a ratio of 1 beside a target of %s %d', (kind, ratio, met) => {
  expect(rowOf({ name: 'x', unit: 'ms', runs, target: { kind, ratio } }, date)).toMatchObject({
    ours: 20,
    reference: 20,
    ratio: 1,
    met,
  })
})

test('a row without a target is met', () => {
  expect(rowOf({ name: 'x', unit: 'ms', runs }, date)).toMatchObject({ target: null, met: true })
})

test('rows of other benches stay', () => {
  const folder = mkdtempSync(join(tmpdir(), 'results-'))
  const file = join(folder, 'results.json')
  const row = rowOf({ name: 'x', unit: 'ms', runs }, date)
  mergeResults(file, { b: row })
  mergeResults(file, { a: row })
  expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')) as object)).toEqual(['a', 'b'])
  rmSync(folder, { recursive: true })
})

test('sides take turns in going first, and the first pair does not count', async () => {
  const order: string[] = []
  const side = (name: string) => async () => order.push(name)
  const pairs = await alternate(2, { ours: side('o'), reference: side('r') }, AbortSignal.timeout(5000))
  expect(order.join('')).toBe('roorro')
  expect(pairs).toEqual([
    { ours: 3, reference: 4 },
    { ours: 6, reference: 5 },
  ])
})

test('a plot shows medians, ratio and verdict', () => {
  const text = plot(
    'start',
    rowOf({ name: 'start', unit: 'ms', runs, target: { kind: 'at-most', ratio: 0.5 } }, date),
  )
  expect(text).toContain('start: ratio 1, target <= 0.5: MISSED (3 pairs)')
  expect(text.split('\n')[1]).toMatch(/^ {2}ours +· +\| +· 20 ms$/u)
})
