import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultLimits, type ComparedTable } from '../../shared/comparison/comparison.ts'
import { openComparisonLab, type ComparisonLab } from './comparison-lab.ts'

let lab: ComparisonLab
let tables: Map<string, ComparedTable>

beforeAll(async () => {
  lab = await openComparisonLab({
    statements: [
      'create table lab.items (id int primary key, v text, n numeric, f float8, at timestamp, c char(5), data jsonb)',
      `insert into lab.items select g, 'v' || g, g / 8.0, g / 7.0, timestamp '2026-01-01' + make_interval(secs => g), 'c', '{"a": 1}' from generate_series(1, 20000) g`,
      'create table lab.hot (id int primary key, v int)',
      'insert into lab.hot values (1, 0), (2, 0)',
      'vacuum analyze',
    ],
  })
  tables = new Map((await lab.tables()).map((table) => [table.source.table, table]))
})
afterAll(() => lab.close())

function table(name: string): ComparedTable {
  const found = tables.get(name)
  if (found === undefined) throw new Error(`no table ${name}`)
  return found
}

const limits = { ...defaultLimits, chunkRows: 1000 }

test('at the limit of differences a table is left, and says so', async () => {
  await lab.target.client.query('begin; delete from lab.items where id > 100; commit')
  const [result] = await lab.compare({
    limits: { ...limits, maxDifferencesPerTable: 7 },
    tables: [table('items')],
  })
  expect(result).toMatchObject({
    kind: 'different',
    complete: false,
    reason: 'comparing ended at the limit of differences',
  })
  expect(result?.differences).toHaveLength(7)
  expect(result?.differencesFound).toBeGreaterThanOrEqual(7)
  await lab.target.client.query(
    `insert into lab.items select g, 'v' || g, g / 8.0, g / 7.0, timestamp '2026-01-01' + make_interval(secs => g), 'c', '{"a": 1}' from generate_series(101, 20000) g`,
  )
})

test('a row that changes whenever it is looked at is unsettled by key; without a marker all suspects are', async () => {
  const settle = async () => {
    await lab.source.client.query('update lab.hot set v = v + 1 where id = 1')
  }
  await lab.source.client.query('update lab.hot set v = 5 where id = 2')
  const hot = { limits: { ...limits, maxLooks: 3 }, tables: [table('hot')] }
  const [moving] = await lab.compare({ ...hot, settle })
  expect(moving).toMatchObject({
    kind: 'different',
    differences: [{ key: { id: '2' }, kind: 'changed' }],
    differencesFound: 1,
  })
  // Nothing was wrong with the other at the first glance of this run; now it is.
  const [again] = await lab.compare({ ...hot, settle })
  expect(again?.unsettled).toEqual([
    { key: { id: '1' }, reason: 'it changed whenever it was looked at, 3 times' },
  ])
  const [unproved] = await lab.compare({ ...hot, settle: () => Promise.reject(new Error('no marker table')) })
  expect(unproved).toMatchObject({ kind: 'unsettled', differences: [] })
  expect(unproved?.unsettled.map(({ reason }) => reason)).toEqual(
    Array(2).fill('no marker proves what has arrived: no marker table'),
  )
  await lab.source.client.query('update lab.hot set v = 0')
})

test('what DMS changes by design is equal after what coverage says, and nothing more', async () => {
  const whole = (await lab.tables({ kind: 'dms', lobLimit: undefined })).find(
    ({ source }) => source.table === 'items',
  )
  if (whole === undefined) throw new Error('no table')
  await lab.source.client.query(
    `insert into lab.items values (30001, 'dms', 1.23456789, 0.1, 'infinity', 'ab', '{}'), (30002, 'dms', 2.5, 0.2, '-infinity', 'ab', '{}')`,
  )
  await lab.target.client.query(
    `insert into lab.items values (30001, 'dms', 1.234568, 0.10000000000000002, '9999-12-31 23:59:59', 'ab', '{}'), (30002, 'dms', 2.500002, 0.2, '4713-01-01 00:00:00 BC', 'ab', '{}')`,
  )
  const [result] = await lab.compare({ limits, tables: [whole] })
  expect(
    result?.differences.map(({ key, columns }) => [key?.['id'], columns.map(({ name }) => name)]),
  ).toEqual([['30002', ['n']]])
  expect(result?.coverage.filter(({ said }) => said !== 'compared').map(({ name }) => name)).toEqual([
    'n',
    'f',
    'at',
    'c',
  ])
  const [plain] = await lab.compare({ limits, tables: [table('items')] })
  expect(plain?.differencesFound).toBe(2)
})
