import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { comparedTable } from '../../shared/comparison/compared-table.ts'
import { defaultLimits } from '../../shared/comparison/comparison.ts'
import { openSession } from '../../shared/postgres/session.ts'
import { openComparisonLab, type ComparisonLab } from './comparison-lab.ts'

/** Values that a text could blur: each column on its own, several rows, and another value to be found. */
const zoo: readonly (readonly [type: string, values: readonly string[], other: string])[] = [
  ['smallint', ['-32768', '0'], '1'],
  ['numeric', ["'NaN'", '1.50', '1e-30', '0'], '1.5'],
  ['numeric(10,2)', ['1.5', '-0.01'], '1.51'],
  ['real', ["'NaN'", "'-0'", "'Infinity'", '0.1'], "'0'"],
  ['double precision', ["'-Infinity'", "'-0'", '0.1', '1e300'], '0.10000000000000002'],
  ['money', ['12.34'], '12.35'],
  ['char(6)', ["'ab'", "''"], "'ab x'"],
  ['varchar(9)', ["'ab  '", "''"], "'ab'"],
  ['text', ["'NULL'", "''", "'a,b'", `'say "so"'`, "e'back\\\\slash'", "'žluťoučký 🐎'"], "'a, b'"],
  ['name', ["'n'"], "'m'"],
  ['public.citext', ["'Case'"], "'case'"],
  ['"char"', ["'x'"], "'y'"],
  ['bytea', ["'\\x00ff'", "''"], "'\\x00fe'"],
  ['uuid', ["'00000000-0000-0000-0000-00000000000a'"], "'00000000-0000-0000-0000-00000000000b'"],
  ['boolean', ['true', 'false'], 'true'],
  ['date', ["'infinity'", "'0044-03-15 BC'", "'2026-02-28'"], "'2026-02-27'"],
  ['timestamp', ["'infinity'", "'2026-02-28 12:00:00.000001'"], "'2026-02-28 12:00:00.000002'"],
  ['timestamptz', ["'-infinity'", "'2026-02-28 12:00:00+05:30'"], "'2026-02-28 12:00:00+05'"],
  ['time', ["'24:00'", "'00:00'"], "'00:00:00.1'"],
  ['timetz', ["'12:00+02'"], "'11:00+01'"],
  ['interval', ["'1 month'", "'30 days'", "'-1 day 02:03:04.5'"], "'720 hours'"],
  ['json', [`'{"a": 1}'`, `'{"a":1,"a":2}'`], `'{"a":1}'`],
  ['jsonb', [`'{"a": 1, "b": null}'`, "'1.0'"], `'{"a": 1, "b": 0}'`],
  ['xml', ["'<a>1</a>'", '\'<?xml version="1.0"?><a/>\''], "'<a>2</a>'"],
  ['int[]', ["'{1,NULL,3}'", "'[0:1]={1,2}'", "'{}'"], "'{1,3}'"],
  ['text[]', [`'{"NULL",NULL,"a,b"}'`], `'{NULL,NULL,"a,b"}'`],
  ['lab.mood', ["'calm'"], "'wild'"],
  ['lab.pair', ['\'(1,"x,y")\'', "'(,)'"], "'(1,)'"],
  ['lab.positive', ['5'], '6'],
  ['int4range', ["'[1,5)'", "'empty'", "'(,)'"], "'[1,6)'"],
  ['tstzrange', ["'[2026-01-01Z,2026-01-02Z)'"], "'[2026-01-01Z,2026-01-02Z]'"],
  ['inet', ["'10.0.0.1/24'"], "'10.0.0.1'"],
  ['cidr', ["'10.0.0.0/24'"], "'10.0.0.0/25'"],
  ['macaddr', ["'08:00:2b:01:02:03'"], "'08:00:2b:01:02:04'"],
  ['bit(4)', ["b'1010'"], "b'1011'"],
  ['varbit', ["b'1'", "b''"], "b'10'"],
  ['point', ["'(1,-0)'"], "'(1,0)'"],
  ['box', ["'(1,1),(0,0)'"], "'(1,2),(0,0)'"],
  ['circle', ["'<(0,0),1>'"], "'<(0,0),2>'"],
  ['tsvector', ["'a:1 b:2'"], "'a:1 b:3'"],
  ['public.hstore', ["'a=>1, bb=>NULL'"], "'a=>1'"],
  ['pg_lsn', ["'0/16B3748'"], "'0/16B3749'"],
  ['regclass', ["'pg_class'"], "'pg_type'"],
]

const columns = zoo.map(([type], index) => `c${index} ${type}`)
const rows = Math.max(...zoo.map(([, values]) => values.length))
const inserts = Array.from({ length: rows }, (_, row) => {
  const values = zoo.map(([type, some]) => `(${some[row % some.length]})::${type}`)
  return `insert into lab.zoo (id, ${zoo.map((_one, index) => `c${index}`).join(', ')}) values (${row}, ${values.join(', ')}), (${row + 100}, ${values.map(() => 'null').join(', ')})`
})
const kinds = [
  'create extension citext schema public',
  'create extension hstore schema public',
  "create type lab.mood as enum ('calm', 'wild')",
  'create type lab.pair as (n int, t text)',
  'create domain lab.positive as int check (value > 0)',
]
const odd = 'Odd "näme"'
const moreTables = (reversed: boolean) => [
  // Another order of columns, a dropped one, a generated one, and names that need quotes.
  reversed
    ? `create table lab."${odd.replaceAll('"', '""')}" ("b""2" text, gone int, "Ä" int primary key, twice int generated always as ("Ä" * 2) stored)`
    : `create table lab."${odd.replaceAll('"', '""')}" ("Ä" int primary key, "b""2" text, twice int generated always as ("Ä" * 2) stored)`,
  ...(reversed ? [`alter table lab."${odd.replaceAll('"', '""')}" drop column gone`] : []),
  `insert into lab."${odd.replaceAll('"', '""')}" ("Ä", "b""2") select g, 'x' || g from generate_series(1, 50) g`,
  'create table lab.several (a int, b text collate "C", c date, v text, primary key (a, b, c))',
  `insert into lab.several select g % 3, 'k' || g, date '2026-01-01' + g % 9, 'v' from generate_series(1, 3000) g`,
  'create table lab.by_case (k public.citext primary key, v int)',
  `insert into lab.by_case select 'Key' || g, g from generate_series(1, 3000) g`,
  'create table lab.parted (id int, at date, v text, primary key (id, at)) partition by range (at)',
  "create table lab.parted_1 partition of lab.parted for values from ('2026-01-01') to ('2026-07-01')",
  "create table lab.parted_2 partition of lab.parted for values from ('2026-07-01') to ('2027-01-01')",
  `insert into lab.parted select g, date '2026-01-01' + g % 360, 'v' || g from generate_series(1, 3000) g`,
  'create table lab.pictures (id int primary key, picture oid)',
  `insert into lab.pictures values (1, ${reversed ? 77 : 66})`,
  'create table lab.only_oid (picture oid)',
  `create table lab.wide (id int primary key, ${Array.from({ length: 220 }, (_, index) => `w${index} int default ${index}`).join(', ')})`,
  'insert into lab.wide select g from generate_series(1, 20) g',
  'create table lab.none (id int primary key, v text)',
  'create table lab.by_uuid (k uuid primary key, v int)',
  'insert into lab.by_uuid select md5(g::text)::uuid, g from generate_series(1, 3000) g',
  'create table lab.hidden (id int primary key)',
  'insert into lab.hidden values (1)',
  'vacuum analyze',
]

const limits = { ...defaultLimits, chunkRows: 700 }
// Servers of PostgreSQL 13 are there for x64 only.
const majors =
  process.arch === 'x64'
    ? ([
        [15, 17],
        [13, 17],
      ] as const)
    : ([[15, 17]] as const)

describe.each(majors)('from %i to %i', (source, target) => {
  let lab: ComparisonLab
  beforeAll(async () => {
    lab = await openComparisonLab({
      majors: [source, target],
      statements: [...kinds, `create table lab.zoo (id int primary key, ${columns.join(', ')})`, ...inserts],
      sourceOnly: moreTables(false),
      // Whatever a database says of how values are printed: the sessions say it themselves.
      targetOnly: [
        ...moreTables(true),
        "alter database lab set timezone = 'Asia/Kolkata'",
        "alter database lab set datestyle = 'German'",
        "alter database lab set intervalstyle = 'iso_8601'",
        'alter database lab set extra_float_digits = 0',
        "alter database lab set bytea_output = 'escape'",
        "alter database lab set xmloption = 'document'",
        "alter database lab set search_path = 'lab'",
      ],
    })
  })
  afterAll(() => lab.close())

  test('every type and every shape of table is equal where it is', async () => {
    const results = await lab.compare({ limits })
    expect(
      results
        .filter(({ kind, reason }) => kind !== 'equal' || reason !== undefined)
        .map(({ table, kind, reason }) => [table.source.table, kind, reason]),
    ).toEqual([['only_oid', 'skipped', 'it has no column that can be compared']])
    expect(
      Object.fromEntries(
        results.map(({ table, rows: { source: read, target: there }, divided, chunks }) => [
          table.source.table,
          `${read}/${there} ${divided} ${chunks}`,
        ]),
      ),
    ).toMatchObject({
      'Odd "näme"': '50/50 by key 1',
      several: '3000/3000 by key 2',
      by_case: '3000/3000 by key 2',
      by_uuid: '3000/3000 by key 2',
      parted_1: expect.stringContaining('by key'),
      none: '0/0 by key 1',
      wide: '20/20 by key 1',
      zoo: `${rows * 2}/${rows * 2} by key 1`,
    })
    const pictures = results.find(({ table }) => table.source.table === 'pictures')
    expect(pictures?.coverage.map(({ name, compared }) => [name, compared])).toEqual([
      ['id', true],
      ['picture', false],
    ])
  })

  test('a partitioned table is compared as one, too', async () => {
    const tables = await lab.tables()
    const leaf = tables.find(({ source: { table } }) => table === 'parted_1')
    const root = { schema: 'lab', table: 'parted' }
    if (leaf === undefined) throw new Error('no leaf')
    const [result] = await lab.compare({ limits, tables: [{ ...leaf, source: root, target: root }] })
    expect(result).toMatchObject({ kind: 'equal', rows: { source: '3000', target: '3000' } })
  })

  test('another value of each type is found, in its column', async () => {
    const id = 99
    const names = zoo.map((_one, index) => `c${index}`)
    const insert = (values: string[]) =>
      `insert into lab.zoo (id, ${names.join(', ')}) values (${id}, ${values.join(', ')})`
    await lab.source.client.query(insert(zoo.map(([type, values]) => `(${values.at(-1)})::${type}`)))
    await lab.target.client.query(insert(zoo.map(([type, , other]) => `(${other})::${type}`)))
    const tables = (await lab.tables()).filter(({ source: { table } }) => table === 'zoo')
    const [result] = await lab.compare({ limits, tables })
    expect(result?.differences).toHaveLength(1)
    const found = new Set(result?.differences[0]?.columns.map(({ name }) => name))
    expect(zoo.filter((_one, index) => !found.has(`c${index}`)).map(([type]) => type)).toEqual([])
  })

  test('what cannot be compared is said, and never equal', async () => {
    await lab.target.client.query('drop table lab.none; alter table lab.by_uuid drop column v')
    const tables = await lab.tables()
    const uuid = tables.find(({ source: { table } }) => table === 'by_uuid')
    const none = {
      ...uuid,
      source: { schema: 'lab', table: 'none' },
      target: { schema: 'lab', table: 'none' },
    }
    if (uuid === undefined) throw new Error('no table')
    expect(uuid.columns.find(({ name }) => name === 'v')?.rule).toEqual({
      kind: 'left-out',
      reason: 'only the source has this column',
    })
    const withIt = {
      ...uuid,
      columns: uuid.columns.map((column) => ({ ...column, rule: { kind: 'as-is' as const } })),
    }
    const results = await lab.compare({ limits, tables: [{ ...uuid, ...none }, withIt] })
    expect(results).toMatchObject([
      { kind: 'unsettled', reason: 'lab.none is not on the target', complete: false },
      { kind: 'unsettled', reason: expect.stringContaining('v does not exist'), complete: false },
    ])
  })

  test('rows that a policy hides are refused, not passed over', async () => {
    await lab.source.client.query(
      `create role reader login password 'onlyForTests1'; grant usage on schema lab to reader; grant select on lab.hidden to reader;
       alter table lab.hidden enable row level security; create policy p on lab.hidden using (id = 0)`,
    )
    const [hidden] = (await lab.tables()).filter(({ source: { table } }) => table === 'hidden')
    if (hidden === undefined) throw new Error('no table')
    const login = { ...lab.source.login, user: 'reader', password: 'onlyForTests1' }
    const reading = {
      open: async (settings: Readonly<Record<string, string>>) =>
        openSession(login, {
          label: 'source',
          application: 'reader',
          signal: new AbortController().signal,
          settings,
        }),
    }
    const [result] = await lab.compare({ tables: [hidden], source: reading })
    expect(result).toMatchObject({ kind: 'unsettled', reason: expect.stringContaining('row-level security') })
  })
})

test('a table of another side is paired by its columns, and by the key that both have', () => {
  const column = (name: string, notNull = true) => ({
    name,
    type: 'integer',
    baseType: 'int4',
    typeKind: 'b',
    isArray: false,
    typeModifier: -1,
    notNull,
    identity: '',
    generated: '',
    default: null,
  })
  const index = (name: string, isPrimary: boolean, names: string[]) => ({
    name,
    isPrimary,
    isUnique: true,
    isReplicaIdentity: false,
    isImmediate: true,
    isValid: true,
    isPartial: false,
    columns: names,
  })
  const table = {
    schema: 'a',
    table: 't',
    oid: '1',
    kind: 'r',
    persistence: 'p',
    replicaIdentity: 'd',
    isPartition: false,
    rowSecurity: false,
    forceRowSecurity: false,
    owner: 'o',
    parentOids: [],
    ofExtension: false,
    constraints: [],
    triggers: [],
  }
  const source = {
    ...table,
    columns: [column('id'), column('code'), column('maybe', false)],
    indexes: [index('u', false, ['code']), index('n', false, ['maybe']), index('p', true, ['id'])],
  }
  const keyOf = (indexes: (typeof source)['indexes']) =>
    comparedTable(source, { ...source, indexes }, { kind: 'logical' }).key
  expect(keyOf(source.indexes)).toEqual(['id'])
  expect(keyOf([index('u', false, ['code'])])).toEqual(['code'])
  expect(keyOf([index('n', false, ['maybe'])])).toBeUndefined()
  expect(keyOf([])).toBeUndefined()
})
