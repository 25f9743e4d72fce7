import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCatalogue } from '../../shared/postgres/catalogue.ts'
import { readServerFacts } from '../../shared/postgres/preflight-facts.ts'
import { openSession, type Session } from '../../shared/postgres/session.ts'
import { readSampledValues } from '../../shared/postgres/structure.ts'
import { known, testMigration } from '../../shared/preflight/clean-facts.ts'
import { inspectBeyondCatalogue } from '../../shared/preflight/inspect-side.ts'
import { openServerGroup, type Major, type ServerGroup } from '../postgres/server-group.ts'

// Every statement on the oldest and the newest server that there is; and what the statistics of PostgreSQL can hide.

const majors: readonly Major[] = process.arch === 'x64' ? [13, 17] : [15, 17]

let group: ServerGroup
beforeAll(async () => {
  group = await openServerGroup('preflight-readers')
})
afterAll(() => group.close())

const schema = [
  'create schema shop',
  'create table shop.orders (id serial primary key, name varchar(20) collate "C", at timestamptz, until date, amount numeric, state text)',
  "create unique index orders_state on shop.orders (coalesce(state, ''))",
  'create view shop.open as select id, name from shop.orders',
  "create type shop.status as enum ('new', 'paid')",
  'create domain shop.rate as numeric check (value > 0)',
  "create function shop.pay(one integer) returns void language sql security definer as 'delete from shop.orders'",
  "create procedure shop.tidy() language plpgsql as 'begin delete from shop.orders; end'",
  'create aggregate shop.total(integer) (sfunc = int4pl, stype = integer)',
  'alter table shop.orders enable row level security',
  'create policy own on shop.orders using (true)',
  'create statistics shop.both on name, state from shop.orders',
  'create publication everything for table shop.orders',
  'create rule keep as on delete to shop.orders where old.id < 0 do instead nothing',
  'create role app login connection limit 5',
  'create role readers',
  'grant readers to app',
  'grant select (name), update (name) on shop.orders to app',
  'grant usage on sequence shop.orders_id_seq to app',
  "alter role app in database postgres set statement_timeout = '5s'",
  "alter role app set app.token = 'secret'",
]

async function opened(major: Major): Promise<{ client: Client; session: Session }> {
  const server = await group.start({ name: `major-${major}`, major })
  const client = new Client({ connectionString: server.superuserUrl })
  client.on('error', () => undefined)
  await client.connect()
  for (const statement of schema) await client.query(statement)
  const url = new URL(server.superuserUrl)
  const session = await openSession(
    {
      host: server.host,
      port: server.port,
      database: 'postgres',
      user: url.username,
      password: decodeURIComponent(url.password),
      tls: 'disable',
    },
    { label: 'source', application: 'test', signal: new AbortController().signal },
  )
  return { client, session }
}

describe.each(majors)('PostgreSQL %i', (major) => {
  let client: Client
  let session: Session
  beforeAll(async () => {
    const both = await opened(major)
    client = both.client
    session = both.session
  })
  afterAll(async () => {
    await session.close()
    await client.end()
  })

  test('every fact is read, and tells what is there', async () => {
    const catalogue = await readCatalogue(session, testMigration)
    const facts = await inspectBeyondCatalogue(session, 'source', {
      migration: testMigration,
      login: 'bootstrap',
      dmsUser: 'app',
      server: known(await readServerFacts(session)),
      catalogue: known(catalogue),
    })
    const unread = Object.entries(facts).flatMap(([name, fact]) => (fact.known ? [] : [name]))
    expect(unread).toEqual([])
    expect(facts).toMatchObject({
      roleSettings: {
        value: [
          {
            role: 'app',
            inDatabase: false,
            name: 'app.token',
            value: expect.stringMatching(/^md5 [0-9a-f]{32}$/u),
          },
          { role: 'app', inDatabase: true, name: 'statement_timeout', value: '5s' },
        ],
      },
      writers: { value: [{ role: 'app', tables: 1, owns: 0, writesAllData: false }] },
      definers: { value: [{ function: 'shop.pay(one integer)', definer: true, writes: true }] },
      expressionKeys: { value: [{ table: 'orders', index: 'orders_state' }] },
      columnSequences: { value: [{ column: 'id', columnType: 'integer', sequence: 'orders_id_seq' }] },
      collations: { value: { columns: { 'shop.orders.name': 'pg_catalog."C"' } } },
      databaseRoles: {
        value: expect.arrayContaining([
          expect.objectContaining({ name: 'app', connectionLimit: 5, memberOf: ['readers'] }),
        ]),
      },
    })
    const objects = facts.databaseObjects.known ? facts.databaseObjects.value : []
    expect(objects.map(({ kind, name }) => `${kind} ${name}`)).toEqual(
      expect.arrayContaining([
        'domain shop.rate',
        'function shop.pay(one integer)',
        'function shop.tidy()',
        'function shop.total(integer)',
        'index shop.orders: orders_state',
        'policy shop.orders: own',
        'publication everything',
        'rule shop.orders: keep',
        'statistics shop."both"',
        'type shop.status',
        'view shop.open',
      ]),
    )
    const grants = new Map(
      (facts.grants.known ? facts.grants.value : []).map((one) => [one.object, one.grants]),
    )
    expect(grants.get('column shop.orders.name')).toEqual(['app: SELECT, UPDATE'])
    expect(grants.get('sequence shop.orders_id_seq')).toEqual(['app: USAGE'])
    // Without a list of its own everybody may call it; it must not differ from one that says so.
    expect(grants.get('function shop.pay(one integer)')).toEqual(['PUBLIC: EXECUTE'])
    expect(JSON.stringify(facts)).not.toContain('secret')
  })

  test.each([
    [
      'one row, not analysed',
      "insert into shop.orders (until) values ('infinity')",
      false,
      { infinity: true },
    ],
    ['one row, analysed', "insert into shop.orders (until) values ('infinity')", true, { infinity: true }],
    [
      'one infinite among two thousand of one day',
      "insert into shop.orders (until, state) select case when n = 1000 then date '-infinity' else '2026-01-01' end, n from generate_series(1, 2000) as n",
      true,
      { infinity: true },
    ],
    [
      'one infinite among two thousand different days',
      "insert into shop.orders (until, state) select case when n = 1000 then date 'infinity' else date '2026-01-01' + n end, n from generate_series(1, 2000) as n",
      true,
      { infinity: true },
    ],
    [
      'none',
      "insert into shop.orders (until, state) select date '2026-01-01' + n, n from generate_series(1, 2000) as n",
      true,
      { infinity: false },
    ],
  ])('dates: %s', async (_, insert, analyse, expected) => {
    const seen = await seenColumns(insert, analyse)
    expect(seen.find(({ column }) => column === 'until')).toMatchObject(expected)
  })

  test.each([
    ['thirty digits, not analysed', '123456789012345678901234567890', false, { digits: 30, decimals: 0 }],
    ['thirty digits, analysed', '123456789012345678901234567890', true, { digits: 30, decimals: 0 }],
    ['decimals', '-0.1234567', false, { digits: 8, decimals: 7, notANumber: false }],
    ['no number', 'NaN', false, { notANumber: true, digits: null }],
  ])('numeric: %s', async (_, value, analyse, expected) => {
    const seen = await seenColumns(
      `insert into shop.orders (amount, state) select case when n = 1 then '${value}'::numeric else 1.5 end, n from generate_series(1, 1) as n`,
      analyse,
    )
    expect(seen.find(({ column }) => column === 'amount')).toMatchObject(expected)
  })

  async function seenColumns(insert: string, analyse: boolean) {
    await client.query('truncate shop.orders')
    await client.query("delete from pg_statistic where starelid = 'shop.orders'::regclass")
    await client.query(insert)
    if (analyse) await client.query('analyze shop.orders')
    const [row] = (await client.query<{ oid: string }>("select 'shop.orders'::regclass::oid::text as oid"))
      .rows
    const { columns, unseen } = await readSampledValues(session, [row?.oid ?? ''])
    expect(unseen).toEqual([])
    return columns
  }
})
