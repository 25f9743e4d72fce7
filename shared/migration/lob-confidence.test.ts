import { expect, test } from 'vitest'
import { confidence } from './lob-confidence.ts'

test.each([
  ['0', '0 of 9,000 pages (7 rows) were seen: too few to say anything'],
  ['2', '2 of 9,000 pages (7 rows) were seen: too few to say anything'],
  ['3', '3 of 9,000 pages (7 rows) were seen; with 95 % confidence at most 1 page in 1 holds a larger one'],
  [
    '3599',
    '3,599 of 9,000 pages (7 rows) were seen; with 95 % confidence at most 1 page in 1,199 holds a larger one',
  ],
])('%s pages', (pages, expected) => {
  expect(confidence({ pages, ofPages: '9000', rows: '7' })).toBe(expected)
})

test('the rule holds: had more pages larger values, a sample without any would be a chance of less than 1 in 20', () => {
  for (const n of [3, 10, 100, 100_000]) expect((1 - 3 / n) ** n).toBeLessThan(0.05)
})
