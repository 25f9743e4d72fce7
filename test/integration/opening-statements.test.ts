import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { prepareDoubts } from '../../shared/control/uncarried.ts'
import { beginOpening, finishOpening, openDatabase, type OpeningOrder } from '../../shared/cutover/opening.ts'
import { drain, drainProved } from '../../shared/cutover/await-drain.ts'
import { prepareOpening } from '../../shared/cutover/prepared-opening.ts'
import { endSessionsOf, shutOut, shutOutAndBegin } from '../../shared/cutover/shut-out.ts'
import { readDecision } from '../../shared/cutover/decision.ts'
import { stillThere } from '../../shared/cutover/until-commit.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { sqlState, type Session } from '../../shared/postgres/session.ts'
import { rehearseOpening } from '../../shared/cutover/rehearse-opening.ts'
import type { Plan } from '../../shared/migration/plan.ts'
import type { CutoverLab } from './cutover-lab.ts'
import { openStatementsLab, workflowRun } from './statements-lab.ts'

// What the statements of drain and opening do, on hostile databases; one lab for all, left as it was found.
let lab: CutoverLab
let plan: Plan

beforeAll(async () => {
  ;({ lab, plan } = await openStatementsLab('opening-statements'))
}, 180_000)
afterAll(() => lab.close())

function orderOf(generation: bigint): OpeningOrder {
  return {
    run: { ...workflowRun, planDigest: lab.digest },
    plan,
    fencedBy: undefined,
    dmsUser: 'dms_target',
    generation,
  }
}

/** With the proof of its drain. */
async function drainedOrder(target: Session, generation: bigint): Promise<OpeningOrder> {
  await target.query(
    `insert into aurora_migration.journal (migration, generation, run_id, run_attempt, event, detail) values ('shop', $1, '1', 1, 'drained', '{"proved": true}')`,
    [generation],
  )
  return orderOf(generation)
}

test('the first half of an opening that is not gone on with leaves nothing', async () => {
  const target = await lab.stack.pair.session('target')
  const order = await drainedOrder(target, 97n)
  const phase = async () => (await readDecision(target, 'shop'))?.phase
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
  const sequences = [{ schema: 'shop', sequence: 'writes_id_seq', value: '7', called: true }]
  await expect(openDatabase(target, orderOf(98n), sequences)).rejects.toThrow(/not closed any more/)
  await openDatabase(target, orderOf(99n), sequences)
  const [row] = await lab.sql('target', 'select last_value::int as at from shop.writes_id_seq')
  expect(row?.at).toBe(5000)
  await lab.sql(
    'target',
    `update aurora_migration.decision set phase = 'guarded', generation = 0; select setval('shop.writes_id_seq', 1, false)`,
  )
  await target.close()
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

test('hazard 24: right before the COMMIT the target is written to once more where the proof of the drain is old', async () => {
  const target = await lab.stack.pair.session('target')
  const wrote = () =>
    target.query(
      `delete from aurora_migration.journal where event = 'still-there' and generation = 72 returning id`,
    )
  const look = (provedAt: number) =>
    stillThere(
      {
        drainer: target,
        ports: { clock: { ...systemClock, elapsed: () => 1000 } },
        order: { run: { ...workflowRun, planDigest: lab.digest } },
        generation: 72n,
      },
      provedAt,
    )
  await look(900)
  expect(await wrote()).toEqual([])
  await look(700)
  expect(await wrote()).toHaveLength(1)
  await target.close()
  await look(900)
  await expect(look(700)).rejects.toThrow(/closed|not queryable|terminated/iu)
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
  const opening = await drainedOrder(target, 96n)
  const shut = { dmsUser: 'dms_target', readers: false, keepPids: [] }
  const canLogIn = async () => {
    const [role] = await lab.sql('target', `select rolcanlogin from pg_roles where rolname = 'dms_target'`)
    return role?.rolcanlogin
  }
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
