import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commitFence } from '../../shared/cutover/commit-fence.ts'
import {
  lookBeforeFence,
  proveFence,
  raiseFence,
  rehearseFence,
  type FenceOrder,
} from '../../shared/cutover/fence.ts'
import { plannedTables } from '../../shared/cutover/opening.ts'
import { preLock, readLockTargets } from '../../shared/cutover/pause.ts'
import { takeTurn } from '../../shared/cutover/turn.ts'
import type { Plan } from '../../shared/migration/plan.ts'
import { readFingerprintStatement } from '../../shared/postgres/catalogue-statements.ts'
import { readFingerprint } from '../../shared/postgres/fingerprint.ts'
import { openSession, sqlState, type Session } from '../../shared/postgres/session.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import type { CutoverLab } from './cutover-lab.ts'
import { openStatementsLab, workflowRun } from './statements-lab.ts'

// What the statements up to the commit point do to hostile databases; one lab for all, left as it was found.
let lab: CutoverLab
let plan: Plan

beforeAll(async () => {
  ;({ lab, plan } = await openStatementsLab('until-commit-statements'))
}, 180_000)
afterAll(() => lab.close())

/** The deciding row of `probe`, before its commit point. */
const pausedRow = `insert into aurora_migration.decision (migration, side, system_identifier, generation, run_id, run_attempt, phase, plan_digest)
  values ('probe', 'source', '', 1, 'probe', 1, 'paused', '')`

const probe = {
  migration: 'probe',
  side: 'source' as const,
  generation: '1',
  runId: 'probe',
  attempt: 1,
  staleReads: 'refuse' as const,
  keepConnect: ['migrator', 'dms_source'],
}

/** Fence of the given tables, raised in a transaction of the migration's login that is rolled back afterwards. */
async function fenced(
  tables: FenceOrder['tables'],
  look: (session: Session) => Promise<void>,
): Promise<void> {
  const session = await lab.stack.pair.session('source')
  await session.query('begin')
  try {
    await session.query(pausedRow)
    const order = { ...probe, tables }
    await raiseFence(session, order, await lookBeforeFence(session, order, ['shop']), 20_000)
    await look(session)
  } finally {
    await session.query('rollback')
    await session.close()
  }
}

test('roles and grants: option holders, PUBLIC, columns and hostile names lose writing; owners meet the trigger', async () => {
  const hostile = `"a""b'c;--"`
  await lab.sql(
    'source',
    `create schema hazard; create schema ${hostile}; grant usage, create on schema hazard, ${hostile} to shop_owner, public;
     create role ${hostile} login; create role hazard_all login; grant pg_write_all_data to hazard_all;
     create table hazard.t (id int, note text); create table ${hostile}.${hostile} (${hostile} int);
     alter table hazard.t owner to shop_owner; alter table ${hostile}.${hostile} owner to shop_owner;
     alter schema hazard owner to shop_owner; alter schema ${hostile} owner to shop_owner;
     set role shop_owner; grant all on hazard.t to migrator with grant option; grant insert, update on hazard.t to shop_app with grant option;
     set role shop_app; grant insert on hazard.t to shop_batch;
     set role shop_owner; grant update (note) on hazard.t to ${hostile}; grant delete on hazard.t to public;
     grant all on ${hostile}.${hostile} to ${hostile};
     reset role; grant connect on database shop to migrator with grant option;
     grant shop_owner, hazard_all, ${hostile} to migrator;
     set role migrator; grant connect on database shop to hazard_all`,
  )
  const name = `a"b'c;--`
  const tables = [
    { schema: 'hazard', table: 't' },
    { schema: name, table: name },
  ]
  const roles = ['shop_app', 'shop_batch', 'shop_owner', 'hazard_all', name]
  try {
    await fenced(tables, async (session) => {
      const left = await session.query(
        `select r.rolname from pg_roles r, unnest(array['hazard.t', $1]) as t(name)
         where r.rolname = any ($2) and r.rolname not in ('shop_owner', 'hazard_all')
           and (has_table_privilege(r.oid, t.name::regclass, 'insert, update, delete, truncate')
                or has_any_column_privilege(r.oid, t.name::regclass, 'insert, update'))`,
        [`${hostile}.${hostile}`, roles],
      )
      expect(left).toEqual([])
      const connect = await session.query(
        `select rolname::text as name from pg_roles where rolcanlogin and not rolsuper and has_database_privilege(oid, 'shop', 'connect') order by 1`,
      )
      expect(connect.map((row) => (row as { name: string }).name)).toEqual(['dms_source', 'migrator'])
      expect(await proveFence(session, roles, tables)).toEqual([])
      const untried = await proveFence(session, ['pg_monitor', 'no such role'], tables)
      expect(untried.map(({ role }) => role)).toEqual(['no such role'])
    })
  } finally {
    await lab.sql(
      'source',
      `drop schema hazard cascade; drop schema ${hostile} cascade; set role migrator; revoke connect on database shop from hazard_all;
       reset role; revoke grant option for connect on database shop from migrator cascade; drop role ${hostile}; drop role hazard_all`,
    )
  }
})

test('no way back: what the probe could not prove after the commit point is found in the rehearsal', async () => {
  await lab.sql(
    'source',
    `create schema hazard; grant all on schema hazard to shop_owner, shop_app; set role shop_owner;
     create table hazard.only_identity (id int generated always as identity);
     create table hazard.append_only (id int);
     create function hazard.no() returns trigger language plpgsql as $$ begin raise 'append only'; end $$;
     create trigger aaa before update or delete on hazard.append_only for each statement execute function hazard.no();
     create table hazard.ruled (id int); create rule r as on delete to hazard.ruled do instead nothing;
     create table hazard.lamed (id int); create function hazard.yes() returns trigger language plpgsql as $$ begin return null; end $$;
     create trigger aurora_migration_fence before insert on hazard.lamed for each statement execute function hazard.yes();
     alter table hazard.lamed disable trigger aurora_migration_fence;
     grant all on all tables in schema hazard to shop_app`,
  )
  const tables = ['only_identity', 'append_only', 'ruled', 'lamed'].map((table) => ({
    schema: 'hazard',
    table,
  }))
  try {
    await fenced(tables, async (session) => {
      expect(await proveFence(session, ['shop_app', 'shop_owner'], tables)).toEqual([])
      await session.query('alter table hazard.ruled disable trigger aurora_migration_fence')
      expect(await proveFence(session, ['shop_app'], tables)).toMatchObject([{ table: 'hazard.ruled' }])
      await session.query(`select set_config('role', 'none', true)`)
    })
    const session = await lab.stack.pair.session('source')
    const order = { ...probe, tables }
    expect(await rehearseFence(session, order, ['shop_app'])).toEqual([])
    const refused = await rehearseFence(session, order, ['shop_app', 'no such role'])
    expect(refused[0]?.message).toContain('no such role: not tried')
    await session.close()
  } finally {
    await lab.sql('source', 'drop schema hazard cascade')
  }
})

test('hazard 14: a partition attached after the check refuses under the lock, in whatever schema', async () => {
  const [source, lock] = [await lab.stack.pair.session('source'), await lab.stack.pair.session('source')]
  const targets = await readLockTargets(source, plannedTables(plan))
  expect(targets.tables).toBe(plannedTables(plan).length)
  await lab.sql(
    'source',
    `create schema archive; create table archive.payments_za partition of billing.payments for values in ('za')`,
  )
  try {
    await expect(preLock(lock, source, targets)).rejects.toThrow(/changed between check and pause/)
  } finally {
    await lock.query('rollback')
    await lab.sql('source', 'drop schema archive cascade')
  }
  await expect(
    readLockTargets(source, [...plannedTables(plan), { schema: 'shop', table: 'gone' }]),
  ).rejects.toThrow(/1 planned tables/)
  await Promise.all([source.close(), lock.close()])
})

test('a COMMIT that never reached the server is settled: its session is ended, and nobody else’s', async () => {
  const { pair } = lab.stack
  const open = () =>
    openSession(pair.login('source'), {
      label: 'source',
      application: 'aurora-migration cutover',
      signal: new AbortController().signal,
    })
  const [lock, bystander] = [await open(), await open()]
  await lock.query('begin; lock table shop.writes in share mode')
  await bystander.query('begin')
  // The network takes the COMMIT: the backend waits in its transaction, the runner hears nothing.
  const cut: Session = { ...lock, query: () => Promise.reject(new Error('the connection was lost')) }
  const run = { ...workflowRun, planDigest: lab.digest }
  expect(await commitFence(cut, open, run, 1n, systemClock)).toEqual({ kind: 'rolled-back' })
  await expect(lock.query('select 1')).rejects.toThrow(/terminat|connection/iu)
  expect(await bystander.query('select 1 as alive')).toEqual([{ alive: 1 }])
  await Promise.all([lock.close(), bystander.close()])
})

test('hazard 14: a table made at any moment since the look before the pause is seen, whatever the fence itself changes', async () => {
  const [lock, source] = [await lab.stack.pair.session('source'), await lab.stack.pair.session('source')]
  const order = { ...probe, tables: [{ schema: 'shop', table: 'writes' }] }
  const attempt = async (changeBefore: string, changeAfter: string) => {
    await lock.query('begin')
    try {
      await lock.query(pausedRow)
      const before = await lookBeforeFence(lock, order, ['shop'])
      await source.query(changeBefore)
      await raiseFence(lock, order, before, 20_000)
      await source.query(changeAfter)
      const { schemas, fenceTables, state, fingerprint } = before.drift
      await lock.query('select aurora_migration.refuse_drift($1::name[], $2::json, $3, $4, $5)', [
        schemas,
        fenceTables,
        state,
        readFingerprintStatement,
        fingerprint,
      ])
      return 'passed'
    } catch (error) {
      return sqlState(error)
    } finally {
      await lock.query('rollback')
      await source.query('drop table if exists shop.made_meanwhile')
    }
  }
  const make = 'create table shop.made_meanwhile (id int)'
  expect(await attempt('select 1', 'select 1')).toBe('passed')
  expect(await attempt(make, 'select 1')).toBe('AM005')
  expect(await attempt('select 1', make)).toBe('AM005')
  // Saved again with it, and let pass.
  expect(await attempt('grant select on shop.writes to pg_monitor', 'select 1')).toBe('passed')
  await source.query('revoke select on shop.writes from pg_monitor')
  await Promise.all([lock.close(), source.close()])
})

test('hazard 14: a table made after the fence’s look refuses at the COMMIT, and ends nobody; what leaves the schema as it was does not', async () => {
  const [lock, source] = [await lab.stack.pair.session('source'), await lab.stack.pair.session('source')]
  const run = { ...workflowRun, planDigest: lab.digest }
  const settle = () => Promise.reject(new Error('not in doubt'))
  const old = await lab.stack.pair.session('source')
  const roles = await lab.sql('source', `select rolname from pg_roles where rolname <> 'migrator'`)
  const keep = { pids: [source.pid], users: roles.map(({ rolname }) => String(rolname)) }
  const cut = async (change: string) => {
    await lock.query('begin; create temporary table decided (at int) on commit drop')
    const [look] = await lock.query<{ state: string }>(
      `select aurora_migration.relations_state('{shop}', '[]') as state`,
    )
    const drift = {
      schemas: ['shop'],
      fenceTables: '[]',
      state: look?.state ?? '',
      fingerprint: await readFingerprint(lock, ['shop']),
    }
    await source.query(change)
    return commitFence(lock, settle, run, 1n, systemClock, { drift, keep })
  }
  expect(await cut('create table shop.made_meanwhile (id int)')).toEqual({ kind: 'drifted' })
  await lock.query('rollback')
  await source.query('drop table shop.made_meanwhile')
  await old.query('select 1')
  const signalled = [[old.pid], []]
  for (const change of ['select 1', 'create table shop.gone_again (id int); drop table shop.gone_again'])
    expect(await cut(change)).toMatchObject({
      kind: 'committed',
      lsn: expect.stringContaining('/') as string,
      signalled: signalled.shift(),
    })
  await expect(old.query('select 1')).rejects.toThrow('connection')
  // Another row in the catalogue, the same schema: looked at anew, and let pass.
  expect(await cut('grant select on sequence shop.writes_id_seq to pg_monitor')).toMatchObject({
    kind: 'committed',
  })
  await source.query('revoke select on sequence shop.writes_id_seq from pg_monitor')
  await Promise.all([lock.close(), source.close()])
})

test('hazard 4: a holder that fell silent loses its turn, one that is awake does not', async () => {
  const settings = { application_name: 'aurora-migration cutover' }
  const [first, second] = [
    await lab.stack.pair.session('source', settings),
    await lab.stack.pair.session('source', settings),
  ]
  const turn = await takeTurn(first, 'hazard')
  await expect(takeTurn(second, 'hazard')).rejects.toThrow(/another run/)
  turn.stop()
  await sleep(5200)
  const taken = await takeTurn(second, 'hazard')
  expect(taken.pid).toBe(second.pid)
  taken.stop()
  await expect(first.query('select 1')).rejects.toThrow(/terminating|lost/u)
  await Promise.all([first.close(), second.close()])
})

test('roles whose sessions start in replica mode are found before anything is touched; DMS’s own is not meant', async () => {
  const source = await lab.stack.pair.session('source')
  await lab.sql(
    'source',
    `alter role shop_batch in database shop set session_replication_role = replica;
     alter role dms_source set session_replication_role = replica`,
  )
  const [row] = await source.query<{ found: string[] }>(
    `select aurora_migration.source_readiness('{shop_app}', '{dms_source}') -> 'replicaSessions' as found`,
  )
  expect(row?.found).toEqual(['role shop_batch'])
  await lab.sql(
    'source',
    `alter role shop_batch in database shop reset session_replication_role;
     alter role dms_source reset session_replication_role`,
  )
  await source.close()
})
