import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compareObjectParity } from '../../shared/parity/read-parity.ts'
import type { ObjectParity } from '../../shared/parity/judge-parity.ts'
import { openSession, type Session } from '../../shared/postgres/session.ts'
import {
  openServerGroup,
  type Major,
  type PostgresServer,
  type ServerGroup,
} from '../postgres/server-group.ts'
import { parityChanges } from './parity-changes.ts'
import { roles, schema } from './parity-schema.ts'

// Two databases with the same objects, of the oldest and the newest version that there is: nothing differs. Then one thing
// after another is changed on one side, and exactly that must be told.

const [older, newer]: readonly [Major, Major] = process.arch === 'x64' ? [13, 17] : [15, 17]

let group: ServerGroup
let pair: { source: Client; target: Client; sourceSession: Session; targetSession: Session }

async function connect(server: PostgresServer, label: string): Promise<[Client, Session]> {
  const client = new Client({ connectionString: server.superuserUrl })
  client.on('error', () => undefined)
  await client.connect()
  for (const statement of [...roles, ...schema]) await client.query(statement)
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
    { label, application: 'test', signal: new AbortController().signal },
  )
  return [client, session]
}

beforeAll(async () => {
  group = await openServerGroup('verify-data-parity')
  const [[source, sourceSession], [target, targetSession]] = await Promise.all([
    connect(await group.start({ name: 'source', major: older }), 'source'),
    connect(await group.start({ name: 'target', major: newer }), 'target'),
  ])
  pair = { source, target, sourceSession, targetSession }
})
afterAll(async () => {
  await pair.sourceSession.close()
  await pair.targetSession.close()
  await pair.source.end()
  await pair.target.end()
  await group.close()
})

const compare = () => compareObjectParity(pair.sourceSession, pair.targetSession, undefined)
const lines = (parity: ObjectParity, of: 'differences' | 'minor' | 'unjudged') =>
  parity[of].map(({ kind, name, how }) => `${how} ${kind} ${name}`)

/** What one change on the target gives, which is undone afterwards. */
async function afterChange(change: string): Promise<ObjectParity> {
  // Seen by another session, so no transaction: each change has its undoing.
  await pair.target.query(change)
  return compare()
}

test('the same objects are the same, whatever the versions', async () => {
  const parity = await compare()
  expect([...lines(parity, 'differences'), ...lines(parity, 'minor'), ...lines(parity, 'unjudged')]).toEqual(
    [],
  )
  expect(parity.counts.find(({ kind }) => kind === 'constraint')).toEqual({
    kind: 'constraint',
    source: parity.counts.find(({ kind }) => kind === 'constraint')?.target,
    target: 7,
  })
})

describe.each(parityChanges)('%s', (change, undo, expected) => {
  test('is told, and nothing else', async () => {
    const parity = await afterChange(change)
    await pair.target.query(undo)
    expect(lines(parity, 'differences').toSorted()).toEqual([...expected].toSorted())
  })
})

test('what changes nothing for an application is told apart', async () => {
  await pair.target.query(`
    create role rds_tool;
    grant select on shop.orders to rds_tool;
    comment on column shop.orders.note is 'something else';
    alter table shop.orders set (fillfactor = 70);
    create index one_more on shop.orders (note);
    create view shop.additional as select 1 as one;
    alter table shop.customers alter column name set storage main;
    alter table shop.orders replica identity full`)
  const parity = await compare()
  await pair.target.query(`
    comment on column shop.orders.note is 'said by the customer';
    alter table shop.orders reset (fillfactor);
    drop index shop.one_more;
    drop view shop.additional;
    alter table shop.customers alter column name set storage external;
    alter table shop.orders replica identity default`)
  expect(lines(parity, 'differences')).toEqual([])
  expect(lines(parity, 'minor').toSorted()).toEqual([
    'different column storage shop.customers: name',
    'different comment table column shop.orders.note',
    'surplus index shop.orders: one_more',
    'surplus replica identity shop.orders',
    'surplus table option shop.orders',
    'surplus view shop.additional',
  ])
})

test('sequences that are behind are for information', async () => {
  await pair.source.query("select setval('shop.tickets', 500)")
  const parity = await compare()
  expect(lines(parity, 'differences')).toEqual([])
  expect(parity.sequences.behind).toEqual(['shop.tickets'])
})

test('a thousand tables take as many statements as ten', async () => {
  const before = pair.sourceSession.roundTrips
  await compare()
  const few = pair.sourceSession.roundTrips - before
  for (const client of [pair.source, pair.target])
    await client.query(
      "do $$ begin for n in 1..1000 loop execute format('create table util.t%s (id bigserial primary key, a text default ''x'')', n); end loop; end $$",
    )
  const started = performance.now()
  const parity = await compare()
  expect(pair.sourceSession.roundTrips - before - few).toBe(few)
  expect(performance.now() - started).toBeLessThan(20_000)
  expect(lines(parity, 'differences')).toEqual([])
})
