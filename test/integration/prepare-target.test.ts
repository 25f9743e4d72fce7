import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service'
import { Client } from 'pg'
import { readPlan } from '../../shared/control/plan-store.ts'
import { replicationTasks } from '../../shared/dms/replication-tasks.ts'
import { parseMigration } from '../../shared/migration/migration-file.ts'
import { liftGuard, raiseGuard, readGuard } from '../../shared/target/guard.ts'
import { makeWhole } from '../../shared/target/make-whole.ts'
import { validateNotNull } from '../../shared/target/not-null.ts'
import { prepareTarget, type PrepareOptions } from '../../shared/target/prepare.ts'
import { finishTarget } from '../../shared/target/finish.ts'
import { MigrationError } from '../../shared/runtime/errors.ts'
import {
  keptLog,
  openSamplePair,
  sampleMigrationFile,
  samplePlan,
  wholeState,
  type SamplePair,
} from './sample-pair.ts'

let pair: SamplePair
beforeAll(async () => {
  pair = await openSamplePair('prepare-target')
})
afterAll(() => pair.close())

const run = { repository: 'o/r', runId: '7', attempt: 1, actor: 'someone', url: '' }

async function options(dryRun = false, extra = ''): Promise<PrepareOptions> {
  const source = await pair.session('source')
  const migration = parseMigration(sampleMigrationFile(extra), 'shop.yml')
  const { plan } = await samplePlan(source, migration)
  return {
    source,
    target: await pair.session('target'),
    sourceLogin: pair.login('source'),
    targetLogin: pair.login('target'),
    signal: new AbortController().signal,
    plan,
    dmsSourceUser: 'dms_source',
    dmsTargetUser: 'dms_target',
    log: keptLog(),
    dryRun,
    run,
  }
}

async function connects(user: string, password: string): Promise<string> {
  const client = new Client({ connectionString: pair.target.url({ user, password }, 'shop') })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return 'connected'
  } catch (error) {
    return (error as { code: string }).code
  } finally {
    await client.end().catch(() => undefined)
  }
}

const grants = () =>
  pair.sql(
    'target',
    'select pg_get_userbyid(a.grantor) as grantor, a.grantee::regrole::text as grantee, a.privilege_type, a.is_grantable from pg_database d cross join lateral aclexplode(coalesce(d.datacl, acldefault($1, d.datdba))) a where datname = current_database() order by 1, 2, 3',
    ['d'],
  )

describe('prepare-target', () => {
  test('a dry run says everything and writes nothing', async () => {
    const before = [await wholeState(pair, 'source'), await wholeState(pair, 'target')]
    const planned = await prepareTarget(await options(true))
    expect([await wholeState(pair, 'source'), await wholeState(pair, 'target')]).toEqual(before)
    expect(planned.state).toBe('planned')
    const sql = planned.changes.flatMap(({ statements }) => statements).join('\n')
    expect(sql).toContain('create schema if not exists aurora_migration')
    expect(sql).toContain('revoke connect on database shop from public cascade')
    expect(sql).toContain('alter table "shop"."documents" alter column "meta" drop not null')
    expect(sql).toContain('alter table "shop"."page_views" alter column "detail" drop not null')
    expect(sql).toContain('alter table "shop"."clicks" set (autovacuum_enabled = false)')
  })

  test('a target login that leads to the source refuses, and nothing is written', async () => {
    const before = await wholeState(pair, 'source')
    const wrong = {
      ...(await options(false, 'empty-target: truncate\n')),
      target: await pair.session('source'),
    }
    await expect(prepareTarget(wrong)).rejects.toThrow('the login of the target leads to the source')
    expect(await wholeState(pair, 'source')).toEqual(before)
  })

  test('rows on the target refuse where the file does not allow to remove them, and nothing is written', async () => {
    await pair.sql('target', "insert into shop.countries values ('xx', 'left over')")
    const before = [await wholeState(pair, 'source'), await wholeState(pair, 'target')]
    const refused: unknown = await prepareTarget(await options()).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(MigrationError)
    expect((refused as MigrationError).problems.map(({ field }) => field)).toEqual(['shop.countries'])
    expect([await wholeState(pair, 'source'), await wholeState(pair, 'target')]).toEqual(before)
  })

  test('a table outside the plan that points to a planned one refuses by name, and nothing is written', async () => {
    await pair.sql('target', 'create table public.loyalty (country char(2) references shop.countries)')
    const before = [await wholeState(pair, 'source'), await wholeState(pair, 'target')]
    const refused: unknown = await prepareTarget(await options(false, 'empty-target: truncate')).catch(
      (error: unknown) => error,
    )
    expect((refused as MigrationError).problems.map(({ field }) => field)).toEqual(['public.loyalty'])
    expect([await wholeState(pair, 'source'), await wholeState(pair, 'target')]).toEqual(before)
    await pair.sql('target', 'drop table public.loyalty')
  })

  test('with truncate they go in one statement; the plan is kept; the guard stands', async () => {
    const stranger = new Client({
      connectionString: pair.target.url({ user: 'shop_app', password: pair.passwords.shop_app }, 'shop'),
    })
    const gone = new Promise<void>((resolve) => {
      stranger.on('error', () => resolve())
    })
    await stranger.connect()
    const given = await options(false, 'empty-target: truncate')
    const prepared = await prepareTarget(given)
    await gone
    expect(prepared.ended).toBe(1)
    expect(await pair.sql('target', 'select * from shop.countries')).toEqual([])
    expect(await readPlan(given.source, 'shop', prepared.digest)).toEqual(given.plan)
    expect(await readGuard(given.target, 'shop')).toEqual({ raised: true, others: [] })
    expect(await connects('shop_app', pair.passwords.shop_app)).toBe('42501')
    expect(await connects('shop_batch', pair.passwords.shop_batch)).toBe('42501')
    expect(await connects('dms_target', pair.passwords.dms_target)).toBe('connected')
    expect(await connects('migrator', pair.passwords.migrator)).toBe('connected')
    const nulls = await pair.sql(
      'target',
      "select attrelid::regclass::text as name from pg_attribute where attrelid in ('shop.page_views'::regclass, 'shop.page_views_2026'::regclass) and attname = 'detail' and attnotnull",
    )
    expect(nulls).toEqual([])
    expect(
      await pair.sql(
        'target',
        "select has_schema_privilege('dms_target', 'aurora_migration_dms', 'create') as may, has_table_privilege('dms_target', 'aurora_migration_markers.task_1', 'insert') as marks",
      ),
    ).toEqual([{ may: true, marks: true }])
    expect(
      await pair.sql(
        'source',
        "select has_table_privilege('dms_source', 'aurora_migration_markers.task_1', 'select') as may",
      ),
    ).toEqual([{ may: true }])
  })

  test('a second run changes nothing, and spares what a load has brought', async () => {
    await pair.sql('target', "insert into shop.countries values ('aa', 'loaded')")
    const before = [await wholeState(pair, 'source'), await wholeState(pair, 'target')]
    const again = await prepareTarget(await options(false, 'empty-target: truncate'))
    expect(again.changes).toEqual([])
    expect([await wholeState(pair, 'source'), await wholeState(pair, 'target')]).toEqual(before)
    expect(await pair.sql('target', 'select code from shop.countries')).toEqual([{ code: 'aa' }])
  })

  test('rows of a load under a plan for other tables are neither removed nor loaded upon', async () => {
    const before = await wholeState(pair, 'target')
    const given = await options(false, 'empty-target: truncate')
    const [task] = given.plan.tasks
    const fewer = { ...given.plan, tasks: [{ ...task!, tables: task!.tables.slice(1) }] }
    await expect(prepareTarget({ ...given, plan: fewer })).rejects.toMatchObject({ code: 'refused' })
    expect(await wholeState(pair, 'target')).toBe(before)
    expect(await pair.sql('target', 'select code from shop.countries')).toEqual([{ code: 'aa' }])
  })

  test('another policy for the same tables leaves their load as it is', async () => {
    const other = await options(false, 'empty-target: truncate\nsequences: { margin: 5 }')
    expect((await prepareTarget(other)).changes).toEqual([])
    expect(await pair.sql('target', 'select code from shop.countries')).toEqual([{ code: 'aa' }])
    await prepareTarget(await options(false, 'empty-target: truncate'))
  })

  test('finish-target vacuums, puts autovacuum back, and does it once', async () => {
    const { plan, source, target, targetLogin, signal } = await options(false, 'empty-target: truncate')
    // Never asked: the tasks of this plan do not wait for the finishing.
    const tasks = replicationTasks(new DatabaseMigrationServiceClient({ region: 'eu-west-1' }))
    const given = { plan, source, target, targetLogin, tasks, signal, log: keptLog(), run }
    const planned = await wholeState(pair, 'target')
    expect((await finishTarget({ ...given, dryRun: true })).changes.map(({ title }) => title)).toEqual([
      expect.stringContaining('vacuum and analyze'),
      expect.stringContaining('put autovacuum back'),
    ])
    expect(await wholeState(pair, 'target')).toBe(planned)
    await finishTarget({ ...given, dryRun: false })
    expect(
      await pair.sql('target', "select relname from pg_class where reloptions::text like '%autovacuum%'"),
    ).toEqual([])
    const [seen] = await pair.sql(
      'target',
      "select count(*)::int as vacuumed from pg_stat_user_tables where last_vacuum is not null and last_analyze is not null and schemaname in ('shop', 'billing', 'Warehouse')",
    )
    expect(seen).toEqual({ vacuumed: plan.tasks[0]?.tables.length })
    const before = await wholeState(pair, 'target')
    expect((await finishTarget({ ...given, dryRun: false })).changes).toEqual([])
    expect(await wholeState(pair, 'target')).toBe(before)
    expect((await prepareTarget(await options(false, 'empty-target: truncate'))).changes).toEqual([])
  })

  test('NOT NULL comes back unvalidated in the opening transaction, then for good', async () => {
    const target = await pair.session('target')
    await pair.sql('target', 'set session_replication_role = replica')
    await target.query('begin')
    const before = target.roundTrips
    const { notNulls: restored } = await makeWhole(target, 'shop')
    expect(target.roundTrips - before).toBe(1)
    expect(restored).toBeGreaterThan(10)
    await target.query('commit')
    await expect(
      pair.sql('target', "insert into shop.settings (name, value) values ('x', null)"),
    ).rejects.toMatchObject({ code: '23514' })
    expect(await validateNotNull(target, 'shop')).toBe(restored)
    await expect(
      pair.sql('target', "insert into shop.settings (name, value) values ('x', null)"),
    ).rejects.toMatchObject({ code: '23502' })
    expect(
      await pair.sql('target', "select conname from pg_constraint where conname like 'aurora_migration%'"),
    ).toEqual([])
    expect(await validateNotNull(target, 'shop')).toBe(0)
    const [row] = await pair.sql(
      'target',
      "select attnotnull from pg_attribute where attrelid = 'shop.page_views_2026'::regclass and attname = 'detail'",
    )
    expect(row).toEqual({ attnotnull: true })
  })

  test('lifting the guard puts CONNECT back exactly, grant options and other grantors too', async () => {
    const target = await pair.session('target')
    await target.query('begin')
    expect(await liftGuard(target, 'shop')).toBe(true)
    await target.query('commit')
    await pair.sql('target', 'grant connect on database shop to shop_batch with grant option')
    await pair.sql('target', 'create role auditor login')
    await pair.sql('target', 'grant shop_batch to migrator')
    await pair.sql('target', 'set role shop_batch')
    await pair.sql('target', 'grant connect on database shop to auditor')
    await pair.sql('target', 'reset role')
    const before = await grants()
    await raiseGuard(target, { migration: 'shop', keep: ['dms_target'] })
    expect(await readGuard(target, 'shop')).toEqual({ raised: true, others: [] })
    expect(await grants()).not.toEqual(before)

    await pair.sql('target', 'grant connect on database shop to shop_app')
    expect(await readGuard(target, 'shop')).toEqual({ raised: true, others: ['shop_app'] })
    await raiseGuard(target, { migration: 'shop', keep: ['dms_target'] })
    expect(await readGuard(target, 'shop')).toEqual({ raised: true, others: [] })

    await target.query('begin')
    await liftGuard(target, 'shop')
    await target.query('rollback')
    expect((await readGuard(target, 'shop')).raised).toBe(true)
    await target.query('begin')
    const trips = target.roundTrips
    expect(await liftGuard(target, 'shop')).toBe(true)
    expect(target.roundTrips - trips).toBe(1)
    await target.query('commit')
    expect(await grants()).toEqual(before)
    expect(await liftGuard(target, 'shop')).toBe(false)
    expect(await connects('shop_app', pair.passwords.shop_app)).toBe('connected')
  })

  test('an opened target is never prepared again', async () => {
    await pair.sql('target', "update aurora_migration.decision set phase = 'opened' where migration = 'shop'")
    const before = await wholeState(pair, 'target')
    await expect(prepareTarget(await options(false, 'empty-target: truncate'))).rejects.toMatchObject({
      code: 'refused',
    })
    expect(await wholeState(pair, 'target')).toBe(before)
  })
})
