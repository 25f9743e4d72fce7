import { expect, test } from 'vitest'
import { writesMeanwhile, writesPerSecond } from './write-rate.ts'

const load = (writes: number, countedSeconds?: string | null) => ({
  schema: 'shop',
  table: 'a',
  bytes: '0',
  rows: '0',
  inserted: String(writes),
  updated: '100',
  deleted: '0',
  ...(countedSeconds === undefined ? {} : { countedSeconds }),
})

test('is an average over all tables and the time that was counted', () => {
  expect(writesPerSecond([load(900, '7200'), load(6100, '7200')])).toBe(1)
})

test.each([[undefined], [null], ['3599']])('is unknown where %s seconds were counted', (seconds) => {
  expect(writesPerSecond([load(900, seconds)])).toBeUndefined()
  expect(writesPerSecond([])).toBeUndefined()
})

test('tells what comes while DMS loads, to two digits', () => {
  const during = { leastMinutes: 7, mostMinutes: 300 }
  expect(writesMeanwhile(123.4, during)).toBe('about 52,000 to 2,200,000')
  expect(writesMeanwhile(undefined, during)).toBeUndefined()
  expect(writesMeanwhile(1, undefined)).toBeUndefined()
})
