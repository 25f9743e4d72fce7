import { expect, test } from 'vitest'
import { predictionText, predictLoad } from './load-prediction.ts'

const load = (table: string, bytes: number) => ({
  schema: 'shop',
  table,
  bytes: String(bytes),
  rows: '0',
  inserted: '0',
  updated: '0',
  deleted: '0',
})
const tasks = (...groups: string[][]) =>
  groups.map((group, n) => ({
    identifier: `shop-${n + 1}`,
    tables: group.map((table) => ({ schema: 'shop', table })),
    markerTable: { schema: 'm', table: 't' },
    migrationType: 'full-load-and-cdc' as const,
    slot: null,
    mappings: {},
    settings: {},
  }))
const byDms = { load: { by: 'dms' as const } }

test('is a range: the largest task at the best rate, everything at the worst', () => {
  const plan = { ...byDms, tasks: tasks(['a', 'b'], ['c']) }
  const loads = [load('a', 256e9), load('b', 256e9), load('c', 488e9)]
  expect(predictLoad(plan, loads)).toEqual({ leastMinutes: 202, mostMinutes: 20_000 })
  expect(predictionText(predictLoad(plan, loads))).toBe('3 h to 14 days')
})

test('is unknown where sizes are, or where DMS loads no rows', () => {
  expect(predictLoad({ ...byDms, tasks: tasks(['a']) }, [])).toBeUndefined()
  const existing = { by: 'existing' as const, lsn: '0/1', slots: ['s'] }
  expect(predictLoad({ load: existing, tasks: tasks(['a']) }, [load('a', 1e9)])).toBeUndefined()
  expect(predictionText(undefined)).toBe('unknown')
})

test.each([
  [1, 1, 'about 1 min'],
  [1, 25, '1 to 25 min'],
  [90, 600, '90 min to 10 h'],
  [150, 600, '3 to 10 h'],
  [4000, 9000, '3 to 6 days'],
])('%i and %i minutes are said as %s', (leastMinutes, mostMinutes, text) => {
  expect(predictionText({ leastMinutes, mostMinutes })).toBe(text)
})
