import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultLimits } from '../../shared/comparison/comparison.ts'
import { openComparisonLab, type ComparisonLab } from './comparison-lab.ts'

let lab: ComparisonLab

beforeAll(async () => {
  lab = await openComparisonLab({
    statements: [
      'create table lab.orders (id bigint primary key, note text, amount numeric(12,2), data jsonb)',
      'create table lab.empty (id int primary key)',
      'create table lab.log (at timestamptz, line text)',
      `insert into lab.orders select g, 'note ' || g, g / 7.0, jsonb_build_object('a', g, 'b', g % 5) from generate_series(1, 30000) g`,
      `insert into lab.log select timestamptz '2026-01-01Z' + make_interval(secs => g % 500), 'line ' || g % 900 from generate_series(1, 5000) g`,
      'vacuum analyze',
    ],
  })
})
afterAll(() => lab.close())

test('what is the same is equal, in several chunks', async () => {
  const results = await lab.compare({ limits: { ...defaultLimits, chunkRows: 4000 } })
  expect(
    results.map(({ table, kind, rows, chunks, divided }) => [
      table.source.table,
      kind,
      rows.source,
      chunks,
      divided,
    ]),
  ).toEqual([
    ['empty', 'equal', '0', 1, 'by key'],
    ['log', 'equal', '5000', 1, 'as a multiset of rows'],
    ['orders', 'equal', '30000', 8, 'by key'],
  ])
})
