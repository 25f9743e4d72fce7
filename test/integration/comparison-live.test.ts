import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultLimits, type ComparedSide } from '../../shared/comparison/comparison.ts'
import { lagging, naiveDifferences, openComparisonLab, type ComparisonLab } from './comparison-lab.ts'
import { startWriters, type Writers } from './comparison-writers.ts'

/** Rows that writers change; those above are nobody's, so that what is planted there stays. */
const written = 20_000
const all = 24_000

let lab: ComparisonLab
let writers: Writers

beforeAll(async () => {
  lab = await openComparisonLab({
    statements: [
      'create table lab.orders (id bigint primary key, note text, amount numeric(12,2), data jsonb)',
      'create table lab.log (at timestamptz, line text)',
      'alter table lab.log replica identity full',
    ],
    sourceOnly: [
      `insert into lab.orders select g, 'note ' || g, g / 7.0, jsonb_build_object('a', g, 'inner', jsonb_build_object('b', g % 5)) from generate_series(1, ${all}) g`,
      `insert into lab.log select timestamptz '2026-01-01Z' + make_interval(secs => g % 500), 'line ' || g % 900 from generate_series(1, 5000) g`,
      'vacuum analyze',
    ],
  })
  await lab.replicate()
  for (const statement of lagging('lab.orders')) await lab.target.client.query(statement)
  await lab.target.client.query('vacuum analyze')
  writers = await startWriters(() => lab.source.connect(), { name: 'lab.orders', rows: written }, 500)
})
afterAll(async () => {
  await writers.stop()
  await lab.close()
})

const limits = { ...defaultLimits, chunkRows: 1500, maxLooks: 6 }

test('ten seconds under five hundred writes a second show no difference, where two snapshots show many', async () => {
  const until = performance.now() + 10_000
  const before = writers.committed
  const tables = await lab.tables()
  const target = late(lab.target)
  let [rechecks, naive] = [0, 0]
  while (performance.now() < until) {
    const results = await lab.compare({ limits, tables, target })
    expect(results.flatMap(({ differences }) => differences)).toEqual([])
    expect(results.map(({ reason }) => reason)).toEqual([undefined, undefined])
    rechecks += results.reduce((sum, result) => sum + result.rechecks, 0)
    naive += await naiveDifferences(lab, 'lab.orders')
  }
  const perSecond = (writers.committed - before) / ((performance.now() - until + 10_000) / 1000)
  expect(naive).toBeGreaterThan(0)
  expect(rechecks).toBeGreaterThan(10)
  expect(perSecond).toBeGreaterThan(100)
})

test('what is planted is found and named while writes go on', async () => {
  const id = written + 1000
  for (const statement of [
    `update lab.orders set note = 'corrupted' where id = ${id + 1}`,
    `delete from lab.orders where id = ${id + 2}`,
    `insert into lab.orders values (${all + 5}, 'surplus', 1, '{}')`,
    `update lab.orders set data = jsonb_set(data, '{inner,b}', '77') where id = ${id + 3}`,
    `delete from lab.log where ctid = (select min(ctid) from lab.log)`,
    `insert into lab.log values ('2027-01-01Z', 'of nowhere')`,
  ])
    await lab.target.client.query(statement)
  const [log, orders] = await lab.compare({ limits })
  expect(orders).toMatchObject({ kind: 'different', differencesFound: 4, complete: true })
  const found = orders?.differences.toSorted((a, b) => Number(a.key?.['id']) - Number(b.key?.['id'])) ?? []
  expect(found.map(({ kind, key, columns }) => [kind, key?.['id'], columns.map(({ name }) => name)])).toEqual(
    [
      ['changed', String(id + 1), ['note']],
      ['missing', String(id + 2), ['id', 'note', 'amount', 'data']],
      ['changed', String(id + 3), ['data']],
      ['surplus', String(all + 5), ['id', 'note', 'amount', 'data']],
    ],
  )
  expect(found[0]?.columns).toMatchObject([
    { source: { text: `note ${id + 1}` }, target: { text: 'corrupted' } },
  ])
  expect(found[2]?.columns).toMatchObject([{ paths: ['$.inner.b'] }])
  expect(log).toMatchObject({ kind: 'different', differencesFound: 2 })
  expect(log?.differences.map(({ kind, copies }) => ({ kind, copies }))).toEqual(
    expect.arrayContaining([
      { kind: 'missing', copies: expect.anything() },
      { kind: 'surplus', copies: { source: '0', target: '1' } },
    ]),
  )
})

test('masked, a difference has no values', async () => {
  const [, orders] = await lab.compare({ limits, masked: true })
  const shown = JSON.stringify(orders?.differences)
  expect(orders?.differencesFound).toBe(4)
  expect(shown).not.toContain('corrupted')
  expect(orders?.differences.flatMap(({ columns }) => columns)[0]).toMatchObject({ name: expect.any(String) })
})

/** A side whose snapshots are taken a little later than the other's, as across a network: writes come in between. */
function late(side: ComparedSide): ComparedSide {
  return {
    open: async (settings) => {
      const session = await side.open(settings)
      return {
        ...session,
        query: async (statement, values) => {
          if (/ as (sum|content) /u.test(statement)) await sleep(50)
          return session.query(statement, values)
        },
      }
    },
  }
}
