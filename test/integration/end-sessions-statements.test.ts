import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  endSessions,
  endSessionsAndRead,
  endSessionsAtCommit,
  knowSequences,
  setSince,
} from '../../shared/cutover/end-sessions.ts'
import { readSequences } from '../../shared/sequences/sequences.ts'
import type { Session } from '../../shared/postgres/session.ts'
import type { CutoverLab } from './cutover-lab.ts'
import { openStatementsLab } from './statements-lab.ts'

// How the old sessions are ended, and what the sequences say then, on hostile databases; one lab for all, left as it was found.
let lab: CutoverLab

beforeAll(async () => {
  ;({ lab } = await openStatementsLab('end-sessions-statements'))
}, 180_000)
afterAll(() => lab.close())

test('hazard 6: a session that is still starting is waited for and ended, and is nobody’s superuser', async () => {
  const source = await lab.stack.pair.session('source')
  const others = await lab.sql('source', `select array_agg(pid) as pids from pg_stat_activity`)
  const starting = startSlowly()
  await lab.until('the starting session', 5000, async () => (await startingNow()) === 1)
  const outcome = await endSessions(
    source,
    { pids: (others[0]?.pids ?? []) as number[], users: ['dms_source', 'postgres'] },
    8000,
  )
  expect(outcome.left).toBeNull()
  expect(outcome.beyond).toEqual([])
  expect(outcome.ended).toHaveLength(1)
  expect(await starting.outcome).toBe('ended')
  await starting.client.end().catch(() => undefined)
  await source.close()
})

test('hazard 6: a session that begins to start later, and would be refused, is not waited for', async () => {
  const source = await lab.stack.pair.session('source')
  const others = await lab.sql('source', `select array_agg(pid) as pids from pg_stat_activity`)
  const first = startSlowly()
  const gone = first.outcome.then(() => first.client.end())
  await lab.until('the starting session', 5000, async () => (await startingNow()) === 1)
  const looking = source.query<{ left: unknown }>(
    `select aurora_migration.end_sessions($1::int[], '{dms_source,postgres}', 8000, false) -> 'left' as left`,
    [others[0]?.pids],
  )
  await lab.until('the look', 5000, async () => {
    const rows = await lab.sql(
      'source',
      `select from pg_stat_activity where pid = ${source.pid} and wait_event = 'PgSleep'`,
    )
    return rows.length > 0
  })
  const later = startSlowly(3)
  await lab.until('both', 5000, async () => (await startingNow()) === 2)
  expect(await looking).toEqual([{ left: null }])
  expect(await startingNow()).toBe(1)
  expect(await later.outcome).toBe('let in')
  await Promise.all([gone, later.client.end()])
  await source.close()
})

/** A client of the application that takes so long to start. */
function startSlowly(seconds = 1): {
  readonly client: Client
  readonly outcome: Promise<'let in' | 'ended'>
} {
  const client = new Client({
    connectionString: lab.stack.pair.source.url(
      { user: 'shop_app', password: lab.stack.pair.passwords.shop_app },
      'shop',
    ),
    options: `-c post_auth_delay=${seconds}`,
  })
  client.on('error', () => undefined)
  const outcome = client
    .connect()
    .then(() => client.query('select 1'))
    .then(
      () => 'let in' as const,
      () => 'ended' as const,
    )
  return { client, outcome }
}

async function startingNow(): Promise<number> {
  const rows = await lab.sql(
    'source',
    `select l.pid from pg_locks l where l.locktype = 'object' and l.classid = 'pg_database'::regclass
       and not exists (select from pg_stat_activity a where a.pid = l.pid and a.datname is not null)`,
  )
  return rows.length
}

test('the last word of the sequences: values alone where all is as it is known, everything where one is gone or starts anew; what that does not see is told', async () => {
  const source = await lab.stack.pair.session('source')
  await source.query(
    `create schema words; create sequence words."Ünused ""one"; create sequence words.used increment by -2; select nextval('words.used')`,
  )
  const names = [
    { schema: 'words', sequence: 'used' },
    { schema: 'words', sequence: 'Ünused "one' },
  ]
  const users = await source.query<{ name: string }>('select rolname::text as name from pg_roles')
  const keep = { pids: [], users: users.map(({ name }) => name) }
  const known = await knowSequences(source, names)
  const read = async () => {
    const before = source.roundTrips
    const { sequences } = await endSessionsAndRead(source, keep, 1000, { names, known })
    return { sequences, statements: source.roundTrips - before }
  }
  await source.query(`select nextval('words.used')`)
  const values = await read()
  expect(values.statements).toBe(1)
  expect(values.sequences).toEqual(await readSequences(source, names))
  expect(values.sequences.map(({ lastValue, called }) => [lastValue, called])).toEqual([
    ['-3', true],
    ['1', false],
  ])
  expect(await setSince(source, values.sequences)).toEqual([])
  // Set by hand and not used: one that gave values before is read whole, of one that never did it is told afterwards.
  await source.query(`select setval('words."Ünused ""one"', 70, false)`)
  const set = await read()
  expect(set.sequences[1]).toMatchObject({ lastValue: '1' })
  expect(await setSince(source, set.sequences)).toMatchObject([{ sequence: 'Ünused "one', lastValue: '70' }])
  await source.query(`select setval('words.used', -90, false)`)
  const both = await read()
  expect(both.statements).toBe(2)
  expect(both.sequences).toEqual(await readSequences(source, names))
  expect(both.sequences[0]).toMatchObject({ lastValue: '-90', called: false })
  await source.query(`alter sequence words.used increment by -5; select nextval('words.used')`)
  const altered = await read()
  expect(altered.sequences[0]).toMatchObject({ lastValue: '-90', increment: '-2' })
  expect(await setSince(source, altered.sequences)).toMatchObject([
    { sequence: 'used', increment: '-5' },
    { sequence: 'Ünused "one', lastValue: '70' },
  ])
  await source.query('drop sequence words."Ünused ""one"')
  expect((await read()).sequences.map(({ sequence }) => sequence)).toEqual(['used'])
  expect(await knowSequences(source, names)).toBeUndefined()
  await source.query('drop schema words cascade')
  await source.close()
})

test('sessions that are to be ended at the commit point stay where it is not reached; nobody waits for another migration', async () => {
  const [from, lock, other, client] = [
    await lab.stack.pair.session('source'),
    await lab.stack.pair.session('source'),
    await lab.stack.pair.session('source'),
    await lab.stack.pair.session('source'),
  ]
  const raise = (session: Session, migration: string) =>
    session.query(`select aurora_migration.raise_fence($1::json)`, [
      JSON.stringify({
        migration,
        side: 'source',
        generation: 5,
        runId: 'probe',
        attempt: 1,
        tables: [],
        staleReads: 'allow',
        keepConnect: [],
      }),
    ])
  const ended = () => {
    const ending = endSessionsAtCommit(
      from,
      { migration: 'probe', generation: 5n },
      { pids: [from.pid, lock.pid, other.pid], users: ['dms_source', 'postgres'] },
      1000,
      { names: [], known: undefined },
    )
    ending.catch(() => undefined)
    return ending
  }
  const waits = () =>
    lab.until('its wait', 5000, async () => {
      const rows = await lab.sql(
        'source',
        `select from pg_stat_activity where pid = ${from.pid} and wait_event = 'advisory'`,
      )
      return rows.length === 1
    })
  await lock.query(
    `insert into aurora_migration.decision (migration, side, system_identifier, generation, run_id, run_attempt, phase, plan_digest) values ('probe', 'source', '', 5, 'probe', 1, 'paused', '')`,
  )
  await other.query(
    `begin; select pg_advisory_xact_lock(aurora_migration.commit_key('other')); update aurora_migration.decision set detail = '{}' where migration = 'shop'`,
  )
  await lock.query('begin')
  await raise(lock, 'probe')
  const refused = ended()
  await waits()
  await lock.query('rollback')
  await expect(refused).rejects.toThrow(/the fence was not committed/)
  expect(await client.query('select 1 as alive')).toEqual([{ alive: 1 }])

  await lock.query('begin')
  await raise(lock, 'probe')
  const done = ended()
  await waits()
  await lock.query('commit')
  expect((await done).ended).toContain(client.pid)
  await lock.query(
    `begin read write; alter database shop reset default_transaction_read_only; delete from aurora_migration.decision where migration = 'probe'; commit`,
  )
  await other.query('rollback')
  await Promise.all([from.close(), lock.close(), other.close(), client.close()])
})
