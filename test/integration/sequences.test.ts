import { readFileSync } from 'node:fs'
import { Client, escapeIdentifier } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readSequences, type SequenceName } from '../../shared/sequences/sequences.ts'
import { syncSequences } from '../../shared/sequences/sync-sequences.ts'
import { openSession, type Session } from '../../shared/postgres/session.ts'
import {
  openServerGroup,
  type Major,
  type PostgresServer,
  type ServerGroup,
} from '../postgres/server-group.ts'

// Sequences as PostgreSQL has them, from one major to another, upwards and back, set by a login that owns nothing.
const zoo = readFileSync(new URL('./sequences/zoo.sql', import.meta.url), 'utf8')
const used = readFileSync(new URL('./sequences/used.sql', import.meta.url), 'utf8')

let group: ServerGroup
const servers = new Map<Major, PostgresServer>()

beforeAll(async () => {
  group = await openServerGroup('sequences')
  // What is planned without statistics is what a database is that was made a moment ago.
  const settings = { autovacuum: 'off' }
  await Promise.all(
    ([13, 15, 17] as const).map(async (major) => {
      servers.set(major, await group.start({ name: `pg${major}`, major, settings }))
    }),
  )
}, 60_000)
afterAll(() => group.close())

/** Two databases of one name on two majors, the zoo in both, used in one. */
interface Pair {
  readonly from: Session
  readonly to: Session
  /** A superuser's connections. */
  readonly owner: { readonly from: Client; readonly to: Client }
  close(): Promise<void>
}

async function openPair(name: string, majors: readonly [Major, Major]): Promise<Pair> {
  const sides = await Promise.all(majors.map((major, index) => openSide(name, major, index === 0)))
  const [from, to] = sides
  if (from === undefined || to === undefined) throw new Error('two sides')
  return {
    from: from.session,
    to: to.session,
    owner: { from: from.owner, to: to.owner },
    close: async () => {
      for (const side of sides) {
        await side.session.close()
        await side.owner.end()
      }
    },
  }
}

async function openSide(
  name: string,
  major: Major,
  isFrom: boolean,
): Promise<{ session: Session; owner: Client }> {
  const server = servers.get(major)
  if (server === undefined) throw new Error(`no server ${major}`)
  const admin = new Client({ connectionString: server.superuserUrl })
  await admin.connect()
  await admin.query(
    `do $$ begin if to_regrole('mover') is null then create role mover login password 'secret'; end if; end $$`,
  )
  await admin.query(`create database ${escapeIdentifier(name)} encoding 'UTF8' template template0`)
  await admin.end()
  const url = new URL(server.superuserUrl)
  url.pathname = `/${name}`
  const owner = new Client({ connectionString: url.href })
  await owner.connect()
  await owner.query(zoo)
  if (isFrom) await owner.query(used)
  await owner.query(
    `grant ${isFrom ? 'select' : 'select, update'} on all sequences in schema app, "Läger ""9""", other to mover`,
  )
  const { host, port } = server
  const session = await openSession(
    { host, port, database: name, user: 'mover', password: 'secret', tls: 'disable' },
    { label: isFrom ? 'from' : 'to', application: 'test', signal: new AbortController().signal },
  )
  return { session, owner }
}

/** How every sequence stands, read one by one. */
async function standing(client: Client): Promise<Record<string, string>> {
  const { rows } = await client.query<{ name: string }>(
    `select format('%I.%I', schemaname, sequencename) as name from pg_sequences order by 1`,
  )
  const stands: Record<string, string> = {}
  for (const { name } of rows) {
    const { rows: found } = await client.query<{ text: string }>(
      `select last_value || case when is_called then '' else ' next' end as text from ${name}`,
    )
    stands[name] = found[0]?.text ?? ''
  }
  return stands
}

const one = (sequence: string): SequenceName => ({ schema: 'app', sequence })
const sync = (pair: Pair, more: Partial<Parameters<typeof syncSequences>[2]> = {}) =>
  syncSequences(pair.from, pair.to, { names: 'all', margin: 0n, dryRun: false, ...more })

/** Those whose value the others' values do not tell: DMS's own, which nothing sets. */
const untouched = (stands: Record<string, string>) => {
  const { 'app.awsdms_own': _, ...rest } = stands
  return rest
}

describe.each([
  [13, 15],
  [15, 17],
  [17, 13],
] as const)('from %i to %i', (older, newer) => {
  test('each stands as it does where its values count; one statement there, three here', async () => {
    const pair = await openPair(`all_${older}`, [older, newer])
    const before = [pair.from.roundTrips, pair.to.roundTrips] as const
    const synced = await sync(pair)
    expect([pair.from.roundTrips - before[0], pair.to.roundTrips - before[1]]).toEqual([1, 3])
    expect(synced).toMatchObject({
      behind: [],
      onlyTo: [],
      plan: { refused: [], missingTo: [], atLimit: [] },
    })
    const stands = await standing(pair.owner.to)
    expect(untouched(stands)).toEqual(untouched(await standing(pair.owner.from)))
    expect(stands).toMatchObject({
      'app.orders_id_seq': '41',
      'app.tickets_id_seq': '7',
      'app.rooms_id_seq': '3',
      'app.countdown': '-40',
      'app.down_by_ten': '999950',
      'app.wheel': '2',
      'app.cached': '20',
      'app.used_up': '3',
      'app.never_used': '1 next',
      'app.never_used_down': '-4 next',
      'app.set_not_called': '500 next',
      'app.beyond_double': '9007199254740993',
      'app.awsdms_own': '1 next',
    })
    // A second run finds nothing to do, whatever PostgreSQL has written ahead into its log.
    expect((await sync(pair)).plan.advances).toEqual([])
    await pair.close()
  })

  test('the next rows get numbers that were never given', async () => {
    const pair = await openPair(`next_${older}`, [older, newer])
    await sync(pair, { margin: 10n })
    const { rows } = await pair.owner.to.query(
      `with o as (insert into app.orders default values returning id),
            t as (insert into app.tickets default values returning id),
            r as (insert into app.rooms default values returning id, floor)
       select o.id as orders, t.id as tickets, r.id as rooms, r.floor, nextval('app.countdown') as down, nextval('app.blocks') as blocks,
              nextval('app.never_used') as fresh, nextval('app.set_not_called') as "set", nextval('app.small') as small
       from o, t, r`,
    )
    expect(rows).toEqual([
      {
        orders: '52',
        tickets: '18',
        rooms: 14,
        floor: 14,
        down: '-51',
        blocks: '701',
        fresh: '1',
        set: '500',
        // Seven values were left in it: the margin would have taken them.
        small: '32761',
      },
    ])
    await pair.close()
  })
})

describe('from 15 to 17', () => {
  let pair: Pair
  beforeAll(async () => {
    pair = await openPair('one_after_the_other', [15, 17])
  })
  afterAll(() => pair.close())

  test('ahead of time with a margin, then only what moved past it is set', async () => {
    const ahead = await sync(pair, { margin: 100n })
    expect(ahead.plan.atLimit.map(({ sequence, limit }) => `${sequence} ${limit}`)).toEqual([
      'small 32767',
      'used_up 3',
    ])
    await pair.owner.from.query(`select nextval('app.orders_id_seq'), nextval('app.never_used')`)
    const top = await sync(pair, { margin: 100n })
    expect(top.plan.advances).toEqual([
      { schema: 'app', sequence: 'never_used', value: '101', called: true },
      { schema: 'app', sequence: 'orders_id_seq', value: '142', called: true },
    ])
    expect(top.behind).toEqual([])
  })

  test('one that is further already is never set back, in its own direction', async () => {
    await pair.owner.to.query(
      `select setval('app.orders_id_seq', 5000), setval('app.countdown', -5000), setval('app.set_not_called', 501, false)`,
    )
    expect((await sync(pair)).plan.advances).toEqual([])
    expect(await standing(pair.owner.to)).toMatchObject({
      'app.orders_id_seq': '5000',
      'app.countdown': '-5000',
      'app.set_not_called': '501 next',
    })
  })

  test('a dry run writes nothing', async () => {
    const before = await standing(pair.owner.to)
    await pair.owner.from.query(`select setval('app.whole', 2147483001)`)
    const planned = await sync(pair, { dryRun: true })
    expect(planned.plan.advances.map(({ sequence }) => sequence)).toEqual([])
    await pair.owner.from.query(`select setval('app.whole', 2147483500)`)
    expect((await sync(pair, { dryRun: true })).plan.advances).toEqual([
      { schema: 'app', sequence: 'whole', value: '2147483500', called: true },
    ])
    expect(await standing(pair.owner.to)).toEqual(before)
  })

  test('only the sequences that were named are touched: another schema stays as it is', async () => {
    await pair.owner.to.query(
      `select setval('other.left_alone', 1, false), setval('app.seats_id_seq', 1, false)`,
    )
    const named = (await readSequences(pair.from, 'all')).filter(({ schema }) => schema !== 'other')
    await sync(pair, { names: named })
    expect(await standing(pair.owner.to)).toMatchObject({
      'other.left_alone': '1 next',
      'app.seats_id_seq': '5',
    })
  })

  test('one side only: those named and missing, and those that nobody can set', async () => {
    await pair.owner.from.query('create sequence app.new_there; grant select on app.new_there to mover')
    await pair.owner.to.query('create sequence app.new_here; grant select, update on app.new_here to mover')
    const synced = await sync(pair)
    expect(synced.plan).toMatchObject({ missingTo: [one('new_there')], missingFrom: [] })
    expect(synced.onlyTo).toEqual([one('new_here')])
    // A table of that name is no sequence.
    await pair.owner.to.query('create table app.new_there ()')
    const named = await sync(pair, { names: [one('new_there'), one('new_here'), one('nowhere')] })
    expect(named.plan).toMatchObject({
      missingTo: [one('new_there'), one('nowhere')],
      missingFrom: [one('new_here'), one('nowhere')],
      advances: [],
    })
    await pair.owner.from.query('drop sequence app.new_there')
    await pair.owner.to.query('drop sequence app.new_here; drop table app.new_there')
  })

  test('what cannot be set is refused by name, and holds up none of the others', async () => {
    await pair.owner.from.query(
      `alter sequence app.blocks increment 25; select setval('app.seats_id_seq', 77), setval('app.unowned', 4000), setval('app.cached', 300)`,
    )
    await pair.owner.to.query(
      `alter sequence app.whole as smallint maxvalue 32767 restart 1; revoke update on app.unowned from mover; revoke all on app.cached from mover`,
    )
    const { plan, behind } = await sync(pair)
    expect(plan.refused).toEqual([
      { ...one('blocks'), reason: 'other-increment', found: ['25', '50'] },
      { ...one('cached'), reason: 'not-readable', found: ['300', 'not readable'] },
      { ...one('unowned'), reason: 'not-settable', found: ['4000', '1102'] },
      { ...one('whole'), reason: 'narrower-range', found: ['2147483647', '32767'] },
    ])
    expect(plan.advances).toEqual([{ ...one('seats_id_seq'), value: '77', called: true }])
    expect(behind).toEqual([])
    expect(await standing(pair.owner.to)).toMatchObject({ 'app.seats_id_seq': '77', 'app.unowned': '1102' })
  })
})

test('10,000 sequences of a database without statistics: one statement there, three here, and no quadratic plan', async () => {
  const pair = await openPair('many', [13, 17])
  // In four transactions: each sequence takes a lock.
  const make = (part: number) =>
    `do $$ begin for i in 1 .. 2500 loop execute format('create sequence app.%I', 'many_${part}_' || i); end loop; end $$`
  await Promise.all(
    [pair.owner.from, pair.owner.to].map(async (owner) => {
      await owner.query('grant create on schema app to mover; set role mover')
      for (let part = 0; part < 4; part += 1) await owner.query(make(part))
    }),
  )
  await pair.owner.from.query(
    `select count(setval(format('app.many_%s_%s', p, i)::regclass, i + 1)) from generate_series(0, 3) p, generate_series(1, 2500) i where i % 3 > 0`,
  )
  const before = [pair.from.roundTrips, pair.to.roundTrips] as const
  const started = performance.now()
  const { plan, behind, total } = await sync(pair)
  // 3 s when nothing else runs; a join planned without statistics took half a minute for each reading.
  expect(performance.now() - started).toBeLessThan(20_000)
  expect([pair.from.roundTrips - before[0], pair.to.roundTrips - before[1]]).toEqual([1, 3])
  expect(total).toBeGreaterThan(10_000)
  expect(plan.advances.filter(({ sequence }) => sequence.startsWith('many_'))).toHaveLength(6668)
  expect(behind).toEqual([])
  await pair.close()
}, 60_000)
