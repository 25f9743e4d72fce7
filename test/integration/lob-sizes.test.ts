import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { measureWithin } from '../../shared/postgres/lob-scans.ts'
import { measureLobs } from '../../shared/postgres/lob-sizes.ts'
import { sampledLobStatement } from '../../shared/postgres/lob-statement.ts'
import type { Session } from '../../shared/postgres/session.ts'
import type { Major } from '../postgres/server-group.ts'
import { countedHere, openLobDatabase, said, type LobDatabase } from './lob-database.ts'

// 13 has a package for x64 only.
// Oldest and newest; LONG=all takes what is between.
const all: readonly Major[] = process.arch === 'x64' ? [13, 15, 17] : [15, 17]
const majors =
  process.env['LONG'] === 'all' ? all : all.filter((_, index) => index === 0 || index === all.length - 1)

/** Letters of 1, 2, 3 and 4 bytes, lengths that differ, now and then none. */
const text = (seed: number, most: number) =>
  `case when hashint4(g + ${seed}) % 11 <> 0 then repeat(substr('aé漢😀a', 1 + abs(hashint4(g * 3 + ${seed}) % 5), 1), abs(hashint4(g * 7 + ${seed}) % ${most})) end`

const kinds = `t text, j jsonb, js json, x xml, a text[], v tsvector, c lobs.pair, d lobs.note, b bytea, p path, plain varchar(10)`
const kindValues = `${text(1, 300)}, jsonb_build_object('k', ${text(2, 90)}), to_json(${text(3, 50)}),
  xmlelement(name e, ${text(4, 60)}), array[${text(5, 30)}, ${text(6, 30)}], to_tsvector('simple', 'w' || g % 999),
  row(g % 9, ${text(7, 40)})::lobs.pair, ${text(8, 80)}, convert_to(${text(9, 70)}, 'UTF8'),
  ('((0,0),(' || g || ',1.5))')::path, 'x'`

const statements = [
  'create type lobs.pair as (n integer, word text)',
  'create domain lobs.note as text check (length(value) < 1000000)',
  `create table lobs.kinds (id integer primary key, ${kinds})`,
  `insert into lobs.kinds select g, ${kindValues} from generate_series(1, 300) as g`,
  // Large enough for a first look: more than 800 pages.
  `create table lobs."Kinds, ""many""" (id integer primary key, ${kinds})`,
  `insert into lobs."Kinds, ""many""" select g, ${kindValues} from generate_series(1, 12000) as g`,
  // The largest by characters × 4 or × 2 is not the one with most bytes, and shorter than what a first look sees.
  'create table lobs.one_wide (id integer primary key, t text, x xml)',
  `insert into lobs.one_wide select g, repeat('x', 300), xmlelement(name e, repeat('x', 300)) from generate_series(1, 20000) as g`,
  `update lobs.one_wide set t = '😀' || repeat('x', 199), x = xmlelement(name e, '😀' || repeat('x', 199)) where id = 12345`,
  'create table lobs.empty (id integer primary key, t text, j jsonb)',
  'create table lobs.no_lobs (id integer primary key, n numeric)',
  'create table lobs.views (id integer, at date, t text) partition by range (at)',
  `create table lobs.views_1 partition of lobs.views for values from ('2026-01-01') to ('2026-02-01')`,
  `create table lobs.views_2 partition of lobs.views for values from ('2026-02-01') to ('2026-03-01') partition by list (id)`,
  'create table lobs.views_2_1 partition of lobs.views_2 for values in (1)',
  'create table lobs.views_2_2 partition of lobs.views_2 default',
  `insert into lobs.views select g, date '2026-01-01' + g, repeat('é', g * 10) from generate_series(0, 58) as g`,
  `insert into lobs.views values (1, '2026-02-02', 'small')`,
  // One value in 100,000 is huge: as stored (bytea), or only when unpacked.
  'create table lobs.few_huge (id integer primary key, t text, j jsonb, b bytea)',
  `insert into lobs.few_huge select g, 'text ' || g, jsonb_build_object('n', g), int4send(g) from generate_series(1, 100000) as g`,
  `update lobs.few_huge set t = repeat('größer ', 70000) where id = 31415`,
  `update lobs.few_huge set j = jsonb_build_object('n', repeat('x', 654321)) where id = 77777`,
  `update lobs.few_huge set b = (select string_agg(sha256(int4send(n)), '') from generate_series(1, 9000) as n) where id = 99999`,
]

describe.each(majors)('LOB sizes on PostgreSQL %i', (major) => {
  let database: LobDatabase
  beforeAll(async () => {
    database = await openLobDatabase(major, statements)
  })
  afterAll(() => database.close())
  const planned = () => database.catalogue.planned
  const measure = (options: Partial<Parameters<typeof measureLobs>[2]> = {}) =>
    measureLobs(database.session, planned(), {
      encoding: 'UTF8',
      parents: database.catalogue.parents,
      ...options,
    })

  test('take one scan for each table with LOBs, leaf or not, and none for the others', async () => {
    // The server tells its statistics late, up to a second after the fact; nothing else has looked at the tables since.
    await new Promise((resolve) => setTimeout(resolve, 1200))
    const before = await scans(database)
    const started: string[] = []
    await measure({ onTable: ({ table }) => started.push(table) })
    expect(started.toSorted()).toEqual([
      'Kinds, "many"',
      'empty',
      'few_huge',
      'kinds',
      'one_wide',
      'views_1',
      'views_2_1',
      'views_2_2',
    ])
    const expected = before.map(({ table, count }) => ({
      table,
      count: count + (started.includes(table) ? 1 : 0),
    }))
    await expect.poll(() => scans(database), { timeout: 10_000, interval: 200 }).toEqual(expected)
    await new Promise((resolve) => setTimeout(resolve, 1200))
    expect(await scans(database)).toEqual(expected)
  })

  test('are those of every value counted one by one, for every kind, from a first look or without', async () => {
    const maxima = await measure()
    expect(maxima.every(({ exact, sample }) => exact && sample === undefined)).toBe(true)
    expect(said(maxima)).toEqual(await countedHere(database))
    expect(said(maxima)).toContain('lobs.one_wide.t: 800')
    expect(said(maxima)).toContain('lobs.one_wide.x: 414')
    const families = maxima.flatMap(({ table, family }) =>
      family === undefined ? [] : [`${table} ${family}`],
    )
    expect(families.sort()).toEqual(['views_1 lobs.views', 'views_2_1 lobs.views', 'views_2_2 lobs.views'])
  })

  test('a few huge values among 100,000 are found, which statistics do not show', async () => {
    const maxima = await measure()
    const few = maxima.filter(({ table }) => table === 'few_huge').map(({ column, bytes }) => [column, bytes])
    expect(few).toEqual([
      ['t', String(7 * 70_000 * 2)],
      ['j', String((654_321 + '{"n": ""}'.length) * 2)],
      ['b', String(9000 * 32)],
    ])
    const widths = await database.sql(
      "select max(avg_width)::text as width from pg_stats where schemaname = 'lobs' and tablename = 'few_huge' and attname in ('t', 'j', 'b')",
    )
    expect(Number(widths[0]?.['width'])).toBeLessThan(2000)
  })

  test('without time, nothing is said to be exact; with little, no sample is passed off as a maximum', async () => {
    const none = await measure({ budgetMs: 1 })
    expect(none.map(({ exact, bytes, sample }) => [exact, bytes, sample?.pages, sample?.rows])).toEqual(
      none.map(() => [false, '0', '0', '0']),
    )
    const truth = new Map((await measure()).map((one) => [`${one.table}.${one.column}`, BigInt(one.bytes)]))
    for (const budgetMs of [20, 60, 150]) {
      const startedAt = performance.now()
      const some = await measure({ budgetMs, sessions: 1 })
      expect(performance.now() - startedAt).toBeLessThan(budgetMs + 2000)
      for (const { table, column, bytes, exact, sample } of some) {
        const real = truth.get(`${table}.${column}`) ?? -1n
        expect(exact ? BigInt(bytes) === real : BigInt(bytes) <= real).toBe(true)
        expect(exact).toBe(sample === undefined)
        expect(BigInt(sample?.pages ?? 0) <= BigInt(sample?.ofPages ?? 0)).toBe(true)
      }
    }
    const enough = await measure({ budgetMs: 60_000 })
    expect(enough.every(({ exact }) => exact)).toBe(true)
    expect(said(enough)).toEqual(said(await measure()))
  })

  test('what a sample saw is kept where a scan does not fit any more', async () => {
    const size = { pages: await pagesOf(database, 'few_huge'), bytes: 0 }
    const columns = ['t', 'j'].map((name) => ({ name, kind: 'NCLOB' as const }))
    const query = { table: { schema: 'lobs', table: 'few_huge' }, columns, encoding: 'UTF8' }
    const table = { query, size, onStart: () => undefined }
    let asked = 0
    const leftMs = () => {
      asked += 1
      return asked === 1 ? 60_000 : 6
    }
    const session = await database.session.another()
    try {
      const look = (await measureWithin([session], [table], leftMs)).get(table)
      expect(look?.sample?.ofPages).toBe(String(size.pages))
      expect(Number(look?.sample?.pages)).toBeGreaterThan(50)
      expect(Number(look?.sample?.pages)).toBeLessThan(size.pages / 2)
      expect(Number(look?.sample?.rows)).toBeGreaterThan(1000)
      expect(Number(look?.bytes[0])).toBeGreaterThan(10)
    } finally {
      await session.close()
    }
  })

  test('a sample counts the pages and rows that it saw', async () => {
    const query = {
      table: { schema: 'lobs', table: 'few_huge' },
      columns: [{ name: 'b', kind: 'BLOB' as const }],
      encoding: 'UTF8',
    }
    const [all] = await database.session.query<Record<string, string>>(sampledLobStatement(query, 100))
    const pages = String(await pagesOf(database, 'few_huge'))
    expect(all).toEqual({ c0: String(9000 * 32), pages, rows: '100000' })
    const [some] = await database.session.query<Record<string, string>>(sampledLobStatement(query, 30))
    expect(Number(some?.['pages'])).toBeGreaterThan(Number(all?.['pages']) * 0.1)
    expect(Number(some?.['pages'])).toBeLessThan(Number(all?.['pages']) * 0.6)
    expect(Number(some?.['rows'])).toBeLessThan(60_000)
  })

  test('come from several sessions at a time, which are gone afterwards, also when one fails', async () => {
    const holder = await database.connect()
    const waiting = async () =>
      (
        await database.sql(
          `select count(*)::text as count from pg_stat_activity where application_name = '${database.application}' and wait_event_type = 'Lock'`,
        )
      )[0]?.['count']
    const open = async () =>
      (
        await database.sql(
          `select count(*)::text as count from pg_stat_activity where application_name = '${database.application}'`,
        )
      )[0]?.['count']
    try {
      await holder.query('begin; lock table lobs.kinds, lobs.empty, lobs.views_1')
      // Sizes need a moment's lock on the tables as well; the given session is the one that asks.
      const blocked = measure({ sessions: 3 }).catch((error: unknown) => error)
      expect(await blocked).toMatchObject({ code: '55P03' })
      await expect.poll(open, { timeout: 10_000, interval: 50 }).toBe('1')
      await holder.query('rollback')
      // Locked between the sizes and the scans.
      const locking: Session = {
        ...database.session,
        another: async (settings) => {
          await holder.query('begin; lock table lobs.kinds, lobs.empty, lobs.views_1')
          return database.session.another({ ...settings, lock_timeout: '30s' })
        },
      }
      const whole = measureLobs(locking, planned(), { encoding: 'UTF8', sessions: 3 })
      await expect.poll(waiting, { timeout: 20_000, interval: 50 }).toBe('3')
      await holder.query('rollback')
      expect((await whole).every(({ exact }) => exact)).toBe(true)
      await expect.poll(open, { timeout: 10_000, interval: 50 }).toBe('1')
    } finally {
      await holder.end()
    }
  })
})

test('a server whose encoding has one byte for each character counts two for each', async () => {
  const database = await openLobDatabase(
    15,
    [
      'create table lobs.notes (id integer primary key, t text, x xml)',
      `insert into lobs.notes select g, repeat(chr(228), g % 700), xmlelement(name e, repeat('b', g % 300)) from generate_series(1, 30000) as g`,
    ],
    'LATIN1',
  )
  try {
    const maxima = await measureLobs(database.session, database.catalogue.planned, { encoding: 'LATIN1' })
    expect(said(maxima)).toEqual(['lobs.notes.t: 1398', 'lobs.notes.x: 306'])
    expect(await countedHere(database)).toEqual(said(maxima))
  } finally {
    await database.close()
  }
})

async function scans(database: LobDatabase): Promise<{ table: string; count: number }[]> {
  const rows = await database.sql(
    'select relname as table, seq_scan::text as count from pg_stat_user_tables where schemaname = \'lobs\' order by relname collate "C"',
  )
  return rows.map(({ table = '', count }) => ({ table, count: Number(count) }))
}

async function pagesOf(database: LobDatabase, table: string): Promise<number> {
  const [row] = await database.sql(`select (pg_relation_size('lobs.${table}') / 8192)::text as pages`)
  return Number(row?.['pages'])
}
