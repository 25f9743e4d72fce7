import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { prepareDoubts } from '../../shared/control/uncarried.ts'
import {
  endSessions,
  endSessionsAndRead,
  endSessionsAtCommit,
  knowSequences,
  setSince,
} from '../../shared/cutover/end-sessions.ts'
import { beginOpening, finishOpening, openDatabase } from '../../shared/cutover/opening.ts'
import { drain, drainProved } from '../../shared/cutover/await-drain.ts'
import { prepareOpening } from '../../shared/cutover/prepared-opening.ts'
import { endSessionsOf, shutOut, shutOutAndBegin } from '../../shared/cutover/shut-out.ts'
import { readDecision } from '../../shared/cutover/decision.ts'
import { sqlState } from '../../shared/postgres/session.ts'
import { rehearseOpening } from '../../shared/cutover/rehearse-opening.ts'
import type { Plan } from '../../shared/migration/plan.ts'
import { readSequences } from '../../shared/sequences/sequences.ts'
import type { CutoverLab } from './cutover-lab.ts'
import { openStatementsLab, workflowRun } from './statements-lab.ts'

// What the statements after the commit point do, on hostile databases; one lab for all, left as it was found.
let lab: CutoverLab
let plan: Plan

beforeAll(async () => {
  ;({ lab, plan } = await openStatementsLab('after-commit-statements'))
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

test('the first half of an opening that is not gone on with leaves nothing', async () => {
  const target = await lab.stack.pair.session('target')
  const order = {
    run: { ...workflowRun, planDigest: lab.digest },
    plan,
    fencedBy: undefined,
    dmsUser: 'dms_target',
    generation: 97n,
  }
  const phase = async () => (await readDecision(target, 'shop'))?.phase
  await target.query(
    `insert into aurora_migration.journal (migration, generation, run_id, run_attempt, event, detail) values ('shop', 97, '1', 1, 'drained', '{"proved": true}')`,
  )
  await prepareDoubts(target)
  expect(await beginOpening(target, order)).toBe(true)
  expect(await phase()).toBe('opened')
  // The next attempt begins with this; it must not commit what was begun.
  await shutOut(target, { dmsUser: 'nobody_writes', readers: false, keepPids: [] }, plan).catch(
    () => undefined,
  )
  await target.query('rollback')
  expect(await phase()).toBe('guarded')
  await target.query(`delete from aurora_migration.journal where generation = 97`)
  await target.close()
})

test('two openers: the second one changes nothing, and never sets a sequence of an open target back', async () => {
  const target = await lab.stack.pair.session('target')
  await lab.sql(
    'target',
    `update aurora_migration.decision set phase = 'opened', generation = 99; select setval('shop.writes_id_seq', 5000)`,
  )
  const order = {
    run: { ...workflowRun, planDigest: lab.digest },
    plan,
    fencedBy: undefined,
    dmsUser: 'dms_target',
  }
  const sequences = [{ schema: 'shop', sequence: 'writes_id_seq', value: '7', called: true }]
  await expect(openDatabase(target, { ...order, generation: 98n }, sequences)).rejects.toThrow(
    /not closed any more/,
  )
  await openDatabase(target, { ...order, generation: 99n }, sequences)
  const [row] = await lab.sql('target', 'select last_value::int as at from shop.writes_id_seq')
  expect(row?.at).toBe(5000)
  await lab.sql(
    'target',
    `update aurora_migration.decision set phase = 'guarded', generation = 0; select setval('shop.writes_id_seq', 1, false)`,
  )
  await target.close()
})

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

test('sessions that are to be ended at the commit point stay where it is not reached', async () => {
  const [from, lock, client] = [
    await lab.stack.pair.session('source'),
    await lab.stack.pair.session('source'),
    await lab.stack.pair.session('source'),
  ]
  await lock.query(
    `begin; insert into aurora_migration.decision (migration, side, system_identifier, generation, run_id, run_attempt, phase, plan_digest) values ('probe', 'source', '', 5, 'probe', 1, 'paused', '')`,
  )
  await lock.query('commit')
  await lock.query(
    `begin; update aurora_migration.decision set phase = 'committed' where migration = 'probe'`,
  )
  const ending = endSessionsAtCommit(
    from,
    { migration: 'probe', generation: 5n },
    { pids: [from.pid, lock.pid], users: ['dms_source'] },
    1000,
    { names: [], known: undefined },
  )
  ending.catch(() => undefined)
  await lock.query('rollback')
  await expect(ending).rejects.toThrow(/the fence was not committed/)
  expect(await client.query('select 1 as alive')).toEqual([{ alive: 1 }])
  await lock.query(`delete from aurora_migration.decision where migration = 'probe'`)
  await Promise.all([from.close(), lock.close(), client.close()])
})

test('a drain proves itself only within what is allowed, and not as the first of two rounds', async () => {
  const target = await lab.stack.pair.session('target')
  const look = (generation: string, exceptions: number, proves = true) =>
    drain(target, {
      migration: 'shop',
      generation,
      runId: '1',
      attempt: 1,
      marker: '00000000-0000-0000-0000-000000000000',
      markerTables: [],
      controlSchema: 'aurora_migration_dms',
      taskNames: ['HAZARD'],
      allowed: { exceptions, suspended: 0 },
      proves,
      slots: [],
      keepPids: [],
      timeoutMs: 0,
    })
  await lab.sql(
    'target',
    `insert into aurora_migration_dms.awsdms_apply_exceptions values ('HAZARD', 'shop', 'orders', now(), 'INSERT …', 'no')`,
  )
  expect((await look('71', 0)).exceptions).toBe(1)
  expect(await drainProved(target, 'shop', 71n)).toBe(false)
  await look('71', 1, false)
  expect(await drainProved(target, 'shop', 71n)).toBe(false)
  await look('71', 1)
  expect(await drainProved(target, 'shop', 71n)).toBe(true)
  await lab.sql(
    'target',
    `delete from aurora_migration_dms.awsdms_apply_exceptions where "TASK_NAME" = 'HAZARD'; delete from aurora_migration.journal where generation = 71`,
  )
  await target.close()
})

test('the opening is rehearsed: a smoke test that fails, clients kept out, and settings that spoil writes refuse', async () => {
  const target = await lab.stack.pair.session('target')
  const rehearse = (change: Partial<Plan['cutover']>, logins: string[] = []) =>
    rehearseOpening(target, 'dms_target', { ...plan, cutover: { ...plan.cutover, ...change } }, logins)
  await rehearse({ smokeTest: ['select count(*) from shop.orders'] })
  await expect(rehearse({ smokeTest: ['select * from shop.no_such_table'] })).rejects.toThrow(/smoke test/)
  await lab.sql(
    'target',
    `create role hazard_out login; alter database shop set default_transaction_read_only = on;
     update aurora_migration.saved_state set definition = jsonb_set(definition, '{grants}',
       (select jsonb_agg(g) from jsonb_array_elements(definition -> 'grants') g where g ->> 'grantee' <> '')) where kind = 'guard'`,
  )
  const refused = rehearse({}, ['hazard_out'])
  await expect(refused).rejects.toThrow('2 problems found')
  await expect(refused).rejects.toMatchObject({
    problems: [
      { field: 'hazard_out' },
      { message: expect.stringContaining('default_transaction_read_only') as string },
    ],
  })
  await lab.sql(
    'target',
    `begin; set transaction read write; alter database shop reset default_transaction_read_only; drop role hazard_out; commit`,
  )
  await target.close()
})

test('hazard 3: tables are held by their names, whatever these are, and parents without their partitions', async () => {
  const target = await lab.stack.pair.session('target')
  await target.query(
    `begin; create table shop."a, only ""b" (id int); create table shop.parts (id int) partition by range (id); create table shop.part partition of shop.parts default`,
  )
  const held = [
    { schema: 'shop', table: 'a, only "b' },
    { schema: 'shop', table: 'parts' },
  ]
  await target.query(`select aurora_migration.hold_tables($1::json, 'share row exclusive')`, [
    JSON.stringify(held),
  ])
  const locked = await target.query<{ name: string }>(
    `select relation::regclass::text as name from pg_locks where pid = pg_backend_pid() and mode = 'ShareRowExclusiveLock' order by 1`,
  )
  expect(locked.map(({ name }) => name)).toEqual(['shop."a, only ""b"', 'shop.parts'])
  await target.query('rollback')
  await target.close()
})

// The last one: it lifts the guard.
test('hazard 3: what DMS has begun to write keeps the opening from being begun; what it begins later is refused by the opening', async () => {
  const target = await lab.stack.pair.session('target')
  const dms = new Client({
    connectionString: lab.stack.pair.target.url(
      { user: 'dms_target', password: lab.stack.pair.passwords.dms_target },
      'shop',
    ),
  })
  dms.on('error', () => undefined)
  await dms.connect()
  const opening = {
    run: { ...workflowRun, planDigest: lab.digest },
    plan,
    fencedBy: undefined,
    dmsUser: 'dms_target',
    generation: 96n,
  }
  const shut = { dmsUser: 'dms_target', readers: false, keepPids: [] }
  const canLogIn = async () => {
    const [role] = await lab.sql('target', `select rolcanlogin from pg_roles where rolname = 'dms_target'`)
    return role?.rolcanlogin
  }
  await target.query(
    `insert into aurora_migration.journal (migration, generation, run_id, run_attempt, event, detail) values ('shop', 96, '1', 1, 'drained', '{"proved": true}')`,
  )
  const write = "update shop.writes set note = 'written by DMS' where false"
  await dms.query(`begin; ${write}`)
  expect(await shutOutAndBegin(target, shut, opening)).toBe(false)
  await dms.query('commit')
  // Prepared while DMS writes on, and sent before a commit point that does not come: nothing of it stands.
  const dropped = prepareOpening(target, shut, opening)
  await dropped.ready
  await dms.query(write)
  // It would wait for the changed grants with its lock in hand, and the opening for that lock.
  await expect(lab.sql('target', `set lock_timeout = '50ms'; analyze shop.writes`)).rejects.toMatchObject({
    code: '55P03',
  })
  expect(await dropped.begin()).toBe(true)
  await dropped.drop()
  expect([await canLogIn(), (await readDecision(target, 'shop'))?.phase]).toEqual([true, 'guarded'])
  expect(await dropped.begin()).toBe(false)
  // A marker that takes long: the rights are given back meanwhile, and taken when it is there.
  const late = prepareOpening(target, shut, opening)
  const transactions = () =>
    lab.sql('target', `select from pg_stat_activity where pid = ${target.pid} and backend_xid is not null`)
  await lab.until('the preparation', 5000, async () => (await transactions()).length === 1)
  await lab.until('its end', 5000, async () => (await transactions()).length === 0)
  expect(await late.begin()).toBe(true)
  await late.drop()
  // A file that is another one than was recorded: DMS truncated a table.
  const truncated = prepareOpening(target, shut, opening)
  await target.query(`select set_config('aurora_migration.files', '1 2', true)`)
  expect(await truncated.begin()).toBe(false)
  await dms.query(write)
  expect(await prepareOpening(target, shut, opening).begin()).toBe(true)
  const refused = dms.query(write).then(
    () => 'written',
    (error: unknown) => sqlState(error),
  )
  await lab.until('DMS waits', 5000, async () => {
    const waiting = await lab.sql(
      'target',
      `select from pg_stat_activity where usename = 'dms_target' and wait_event_type = 'Lock'`,
    )
    return waiting.length === 1
  })
  await finishOpening(target, opening, [])
  expect([await refused, await canLogIn()]).toEqual(['42501', false])
  await endSessionsOf(target, 'dms_target')
  await expect(dms.query('select 1')).rejects.toThrow(/terminat|not queryable/u)
  await target.close()
})
