import { expect, test } from 'vitest'
import { hoursUntil, perHour, shownBytes } from './wal-budget.ts'

test('the higher one of the moment and the average counts', () => {
  expect(perHour({ bytes: '3000', seconds: 3, average: null })).toBe(3_600_000n)
  expect(perHour({ bytes: '3000', seconds: 3, average: { bytes: '720000000', seconds: 36_000 } })).toBe(
    72_000_000n,
  )
  expect(perHour({ bytes: '0', seconds: 3, average: null })).toBe(0n)
  expect(perHour({ bytes: '36028797018963968', seconds: 1, average: null })).toBe(
    36_028_797_018_963_968n * 3600n,
  )
})

test('hours are whole, and without WAL there is no end', () => {
  expect(hoursUntil(10_000_000n, 3_600_000n)).toBe(2)
  expect(hoursUntil(1n, 0n)).toBeUndefined()
})

test.each([
  [0n, '0 bytes'],
  [999n, '999 bytes'],
  [1000n, '1.0 kB'],
  [3_240_000_000n, '3.2 GB'],
  [150_000_000n, '150 MB'],
])('%s is %s', (bytes, text) => {
  expect(shownBytes(bytes)).toBe(text)
})
