import {
  DatabaseMigrationServiceClient,
  StartReplicationTaskCommand,
} from '@aws-sdk/client-database-migration-service'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createdResources } from '../../shared/dms/created-resources.ts'
import { prepareWayBack } from '../../shared/cutover/way-back/prepare-way-back.ts'
import { startWayBack } from '../../shared/cutover/way-back/start-way-back.ts'
import type { WayBackContext } from '../../shared/cutover/way-back/way-back.ts'
import { wayBackState } from '../../shared/cutover/way-back/way-back-state.ts'
import { carriers } from '../../shared/migration/carriers.ts'
import { buildPlan } from '../../shared/migration/build-plan.ts'
import type { Direction } from '../../shared/migration/direction.ts'
import { plainDecisions } from '../../shared/migration/plan-decisions.ts'
import type { Plan } from '../../shared/migration/plan.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import type { Session } from '../../shared/postgres/session.ts'
import { readGuard } from '../../shared/target/guard.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { openMigrationStack, type MigrationStack } from './migration-stack.ts'
import { keptLog } from './sample-pair.ts'

// One migration goes to the target, comes back, and goes there again, as the machine of the cutover has it done; what that
// machine does itself (fence, opening) is done here by hand.

type Side = 'source' | 'target'

let stack: MigrationStack
let migration: Migration
let plan: Plan
let digest: string
let source: Session
let target: Session
let client: DatabaseMigrationServiceClient
let straddling: Client
const before = { ...process.env }
const log = keptLog()

beforeAll(async () => {
  stack = await openMigrationStack('way-back', { knobs: { controlPlaneDelayMs: 20 } })
  const { pair } = stack
  digest = await stack.digest()
  const inputs = { migration: stack.file, 'plan-digest': digest }
  for (const action of ['create-task', 'wait-full-load']) {
    const done = await stack.run(action, inputs)
    if (done.exitCode !== 0) throw new Error(done.log)
  }
  const facts = await stack.planFacts()
  migration = facts.migration
  plan = buildPlan(migration, {
    source: facts.catalogue,
    decisions: plainDecisions(facts.catalogue.planned, 128),
  })
  source = await pair.session('source')
  target = await pair.session('target')
  Object.assign(process.env, stack.emulator.environment())
  client = new DatabaseMigrationServiceClient({})
}, 120_000)
afterAll(async () => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
  Object.assign(process.env, before)
  client.destroy()
  await straddling?.end().catch(() => undefined)
  await stack.close()
})

function contextOf(
  direction: Direction,
  generation: bigint,
  more: Partial<WayBackContext> = {},
): WayBackContext {
  return {
    migration,
    plan,
    run: {
      migration: plan.migration,
      runId: '100',
      attempt: 1,
      planDigest: digest,
      evidenceId: null,
      direction,
    },
    direction,
    generation,
    carried: carriers(
      plan,
      direction,
      direction === 'forward' && generation === 1n ? undefined : generation - 1n,
    ),
    source,
    target,
    sourceLogin: stack.pair.login('source'),
    targetLogin: stack.pair.login('target'),
    client,
    context: { signal: new AbortController().signal, log, clock: systemClock },
    ...more,
  }
}

/** One value by a superuser, whom neither fence nor guard stops. */
async function value(side: Side, statement: string): Promise<unknown> {
  const [row] = await stack.pair.sql(side, statement)
  return Object.values(row ?? {})[0]
}
const slotsOn = (side: Side) =>
  value(side, `select coalesce(string_agg(slot_name, ' ' order by slot_name), '') from pg_replication_slots`)
const notes = (side: Side, like: string) =>
  value(
    side,
    `select coalesce(string_agg(note, ' ' order by note), '') from shop.writes where note like '${like}'`,
  )
const write = (side: Side, note: string) =>
  stack.pair.sql(side, `insert into shop.writes (writer, seq, note) values ('way-back', 1, '${note}')`)
const mayWrite = (side: Side, user: string) =>
  value(
    side,
    `select rolcanlogin and has_table_privilege(oid, 'shop.writes', 'insert') from pg_roles where rolname = '${user}'`,
  )

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 15_000
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within 15 s`)
    await sleep(25)
  }
}

/** What the fence leaves behind on a database: nobody writes, new sessions are read-only, a trigger refuses. */
const close = (side: Side, writer: string) =>
  stack.pair.sql(
    side,
    `alter database shop set default_transaction_read_only = on;
     revoke connect on database shop from public, ${writer};
     revoke insert, update, delete on all tables in schema shop, billing, "Warehouse" from ${writer};
     create function shop.refuse_all() returns trigger language plpgsql as $$ begin raise exception 'fenced'; end $$;
     create trigger refused before insert or update or delete on shop.writes for each statement execute function shop.refuse_all()`,
  )
const reopen = (side: Side) =>
  stack.pair.sql(
    side,
    `alter database shop reset default_transaction_read_only;
     grant connect on database shop to public;
     drop function shop.refuse_all() cascade`,
  )
/** What the opening does to the user that wrote until then. */
const shutOut = (side: Side, user: string) =>
  stack.pair.sql(
    side,
    `alter role ${user} nologin;
     revoke insert, update, delete, truncate on all tables in schema shop, billing, "Warehouse" from ${user}`,
  )
const cut = (session: Session, slots: readonly string[]) =>
  session.query('select aurora_migration.advance_slots($1::name[])', [[...slots]])
const statusOf = async (identifier: string) =>
  (await stack.tasks()).find(({ ReplicationTaskIdentifier }) => ReplicationTaskIdentifier === identifier)
    ?.Status

describe('the way back of a cutover', { timeout: 60_000 }, () => {
  let slots: readonly string[] = []
  const [first] = ['aurora-migration-shop-1']
  const back = 'aurora-migration-shop-1-back-1'

  test('the check makes slots, endpoints and tests, lets DMS through the guard, and can be run again', async () => {
    const prepared = await prepareWayBack(contextOf('forward', 1n))
    slots = prepared.slots
    expect(slots).toEqual([carriers(plan, 'back', 1n)[0]?.slot])
    expect(await slotsOn('target')).toBe(slots.join(' '))
    const again = await prepareWayBack(contextOf('forward', 1n))
    expect(again).toEqual({ slots, changes: [] })
    expect(await readGuard(target, 'shop')).toEqual({ raised: true, others: [] })
    const made = await createdResources(source, 'shop')
    expect(made).toContainEqual({ kind: 'slot', identifier: slots[0], arn: null, side: 'target' })
    expect(made.filter(({ kind }) => kind === 'endpoint').map(({ identifier }) => identifier)).toEqual(
      expect.arrayContaining(['aurora-migration-shop-writer-back', `${back}-reader`]),
    )
    expect(await statusOf(first ?? '')).toBe('running')
  })

  test('slots of a run that was given up are dropped by the next one', async () => {
    const next = await prepareWayBack(
      contextOf('forward', 2n, { carried: carriers(plan, 'forward', undefined) }),
    )
    expect(await slotsOn('target')).toBe(next.slots.join(' '))
    expect((await prepareWayBack(contextOf('forward', 1n))).slots).toEqual(slots)
    expect(await slotsOn('target')).toBe(slots.join(' '))
  })

  test('a slot waits for a transaction that writes, and tells of one that stays', async () => {
    expect(
      await target.query(`select aurora_migration.drop_slots($1::name[])::text[] as busy`, [[...slots]]),
    ).toEqual([{ busy: [] }])
    const url = new URL(stack.pair.target.superuserUrl)
    url.pathname = '/shop'
    const writer = new Client({ connectionString: url.href })
    await writer.connect()
    await writer.query('begin; create temp table held (n int)')
    await expect(prepareWayBack(contextOf('forward', 1n), { slotMs: 200 })).rejects.toThrow(
      'could not be made on the target within 200 ms: a transaction there stays open',
    )
    expect(await slotsOn('target')).toBe('')
    const waits = prepareWayBack(contextOf('forward', 1n))
    await sleep(300)
    await writer.query('commit')
    await writer.end()
    expect((await waits).slots).toEqual(slots)
  })

  test('what was written before the cut is not carried back; a transaction across it is, whole', async () => {
    await write('source', 'before the cut')
    await until('the forward task carries it', async () => (await notes('target', 'before%')) !== '')
    const url = new URL(stack.pair.target.superuserUrl)
    url.pathname = '/shop'
    straddling = new Client({ connectionString: url.href })
    await straddling.connect()
    await straddling.query(
      `begin; insert into shop.writes (id, writer, seq, note) values (900001, 'way-back', 1, 'across one')`,
    )
    await close('source', 'dms_reverse_source')
    await cut(target, slots)
    await shutOut('target', 'dms_target')
    await straddling.query(
      `insert into shop.writes (id, writer, seq, note) values (900002, 'way-back', 2, 'across two'); commit`,
    )
    await stack.pair.sql(
      'target',
      `insert into shop.writes (id, writer, seq, note) values (900003, 'way-back', 3, 'across three')`,
    )
    // Nothing carries it yet: the forward task knows no way back, and DMS's user there is shut out.
    expect(await notes('source', 'across%')).toBe('')
  })

  test('nothing is carried back while a task of the other direction goes on', async () => {
    await expect(startWayBack(contextOf('forward', 1n), { stopMs: 0 })).rejects.toThrow(
      'a task of the other direction goes on',
    )
    expect(await statusOf(back)).toBeUndefined()
    expect(await mayWrite('source', 'dms_reverse_source')).toBe(false)
  })

  test('killed between task and start: the next run goes on there', async () => {
    await stack.emulator.addFault({
      operation: 'StartReplicationTask',
      effect: { kind: 'error', name: 'AccessDeniedException', message: 'not now' },
    })
    await expect(startWayBack(contextOf('forward', 1n))).rejects.toThrow('StartReplicationTask')
    await stack.emulator.clearFaults()
    expect([await statusOf(first ?? ''), await statusOf(back)]).toEqual(['stopped', 'ready'])
    expect(await slotsOn('source')).toBe('')
    const started = await startWayBack(contextOf('forward', 1n))
    expect(started).toMatchObject({ kind: 'proved', tasks: [{ identifier: back, created: false }] })
    expect(await statusOf(back)).toBe('running')
  })

  test('rows of the target arrive through the fence, LOBs too, and nothing twice', async () => {
    await stack.pair.sql(
      'target',
      `update shop.settings set value = jsonb_build_object('back', repeat('x', 20000)) where name = (select min(name) from shop.settings)`,
    )
    await stack.pair.sql(
      'target',
      `insert into shop.settings (name, value) values ('made on the target', '{"lob": true}')`,
    )
    await until(
      'the rows come back',
      async () =>
        (await value(
          'source',
          `select count(*)::int from shop.settings where name = 'made on the target'`,
        )) === 1,
    )
    expect(await notes('source', 'across%')).toBe('across one across three across two')
    expect(await value('source', `select max(length(value::text)) > 20000 from shop.settings`)).toBe(true)
    const state = await wayBackState(contextOf('forward', 1n))
    expect(state).toMatchObject({
      tasks: [{ identifier: back, status: 'running', tablesErrored: 0, slot: { active: true } }],
      applyErrors: { exceptions: 0, suspended: [], unreadable: [] },
    })
    expect(state.provedMs).toBeGreaterThan(0)
    expect(state.walBytes.from).toBe(0n)
  })

  test('started again it changes nothing, and proves it anew', async () => {
    const again = await startWayBack(contextOf('forward', 1n))
    expect(again).toMatchObject({
      kind: 'proved',
      tasks: [{ identifier: back, created: false }],
      changes: [],
    })
    expect((await stack.tasks()).length).toBe(2)
  })

  test('a trigger that fires for what comes back stops the tasks; resumed, it is proved', async () => {
    const canary = 'alter table aurora_migration_markers.task_1_back enable'
    await stack.pair.sql('source', `${canary} always trigger aurora_migration_canary`)
    await expect(startWayBack(contextOf('forward', 1n))).rejects.toThrow(
      'triggers of the source fire for rows that DMS carries back',
    )
    await until('the task stops', async () => (await statusOf(back)) === 'stopped')
    await stack.pair.sql('source', `${canary} trigger aurora_migration_canary`)
    await expect(startWayBack(contextOf('forward', 1n))).rejects.toThrow(`the task ${back}, which carries`)
    const task = (await stack.tasks()).find((one) => one.ReplicationTaskIdentifier === back)
    await client.send(
      new StartReplicationTaskCommand({
        ReplicationTaskArn: task?.ReplicationTaskArn,
        StartReplicationTaskType: 'resume-processing',
      }),
    )
    expect(await startWayBack(contextOf('forward', 1n))).toMatchObject({ kind: 'proved' })
  })

  test('the way back of a fall-back leads to the target again', async () => {
    const fallBack = contextOf('back', 2n)
    const prepared = await prepareWayBack(fallBack)
    expect(await slotsOn('source')).toBe(prepared.slots.join(' '))
    expect(await mayWrite('target', 'dms_target')).toBe(false)
    await close('target', 'dms_target')
    await cut(source, prepared.slots)
    await reopen('source')
    await shutOut('source', 'dms_reverse_source')
    await source.query('select aurora_migration.make_whole($1)', ['shop'])
    await write('source', 'again')
    const started = await startWayBack(fallBack)
    expect(started).toMatchObject({
      kind: 'proved',
      tasks: [{ identifier: 'aurora-migration-shop-1-again-2' }],
    })
    await until('it arrives', async () => (await notes('target', 'again')) === 'again')
    expect(await statusOf(back)).toBe('stopped')
    expect(await slotsOn('target')).toBe('')
    expect(await mayWrite('source', 'dms_reverse_source')).toBe(false)
  })

  test('a slot that has gone is told: there is no way back, and nothing pretends one', async () => {
    const third = contextOf('forward', 3n)
    const prepared = await prepareWayBack(third)
    expect(prepared.slots).not.toEqual(slots)
    await close('source', 'dms_reverse_source')
    await stack.pair.sql('target', `select pg_drop_replication_slot('${prepared.slots[0] ?? ''}')`)
    await expect(startWayBack(third)).rejects.toThrow('has gone: what was written since the cutover')
    expect(await statusOf('aurora-migration-shop-1-again-2')).toBe('stopped')
    expect(await statusOf('aurora-migration-shop-1-back-3')).toBeUndefined()
  })

  test('without a way back the tasks are stopped and their slots dropped, and that is all', async () => {
    const without = { ...plan, reverse: null, cutover: { ...plan.cutover, fallBack: false } }
    await stack.pair.sql(
      'source',
      `select pg_create_logical_replication_slot('${carriers(plan, 'forward', 2n)[0]?.slot ?? ''}', 'test_decoding')`,
    )
    const { dms, ...file } = migration
    const { reverse: _, ...forward } = dms
    const given = contextOf('forward', 3n, { plan: without, migration: { ...file, dms: forward } })
    expect(await prepareWayBack(given)).toEqual({ slots: [], changes: [] })
    expect(await startWayBack(given)).toMatchObject({ kind: 'none' })
    expect(await slotsOn('source')).toBe('')
    expect((await stack.tasks()).filter(({ Status }) => Status === 'running')).toEqual([])
  })
})
