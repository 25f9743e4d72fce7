import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { liftGuard, raiseGuard, readGuard } from '../../shared/target/guard.ts'
import { parseMigration } from '../../shared/migration/migration-file.ts'
import type { Session } from '../../shared/postgres/session.ts'
import { prepareTarget } from '../../shared/target/prepare.ts'
import { keptLog, openSamplePair, sampleMigrationFile, samplePlan, type SamplePair } from './sample-pair.ts'

let pair: SamplePair
beforeAll(async () => {
  pair = await openSamplePair('prepare-guard')
  await pair.sql('target', 'create role auditor login')
  await prepare()
  await lifted(await pair.session('target'))
})
afterAll(() => pair.close())

async function prepare(): Promise<void> {
  const source = await pair.session('source')
  const { plan } = await samplePlan(
    source,
    parseMigration(sampleMigrationFile('empty-target: truncate'), 'shop.yml'),
  )
  await prepareTarget({
    source,
    target: await pair.session('target'),
    sourceLogin: pair.login('source'),
    targetLogin: pair.login('target'),
    signal: new AbortController().signal,
    plan,
    dmsSourceUser: 'dms_source',
    dmsTargetUser: 'dms_target',
    log: keptLog(),
    dryRun: false,
    run: { repository: 'o/r', runId: '7', attempt: 1, actor: 'someone', url: '' },
  })
}

/** A session of a role without a password that matters here; `gone` when the server has ended it. */
async function stranger(user: string): Promise<{ alive: () => boolean; gone: Promise<void> }> {
  await pair.sql('target', `alter role ${user} password 'not a secret of anybody'`)
  const client = new Client({
    connectionString: pair.target.url({ user, password: 'not a secret of anybody' }, 'shop'),
  })
  let alive = true
  const gone = new Promise<void>((resolve) => {
    client.on('error', () => {
      alive = false
      resolve()
    })
  })
  await client.connect()
  return { alive: () => alive, gone }
}

async function lifted(target: Session): Promise<void> {
  await target.query('begin')
  await liftGuard(target, 'shop')
  await target.query('commit')
}

test('the guard ends sessions whose type the login may not see, or says which right is missing', async () => {
  const target = await pair.session('target')
  const monitors = ['pg_monitor', 'pg_read_all_stats', 'pg_signal_backend']
  const held = (
    await pair.sql(
      'target',
      `select g.rolname::text as name from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = 'migrator'::regrole and g.rolname = any ($1)`,
      [monitors],
    )
  ).map(({ name }) => String(name))
  await pair.sql('target', `revoke ${held.join(', ')} from migrator`)
  const strange = await stranger('auditor')
  await expect(raiseGuard(target, { migration: 'shop', keep: ['dms_target'] })).rejects.toThrow(
    'may not end their sessions',
  )
  expect(strange.alive()).toBe(true)
  await pair.sql('target', 'grant pg_signal_backend to migrator')
  expect(await raiseGuard(target, { migration: 'shop', keep: ['dms_target'] })).toEqual({ ended: 1 })
  await strange.gone
  await pair.sql('target', 'revoke pg_signal_backend from migrator')
  await pair.sql('target', `grant ${held.join(', ')} to migrator`)
  await lifted(target)
})

test('the guard waits for sessions that were let in and are not listed yet', async () => {
  const target = await pair.session('target')
  await pair.sql('target', 'alter system set post_auth_delay = 1')
  await pair.sql('target', 'select pg_reload_conf()')
  await pair.sql('target', 'select pg_sleep(0.2)')
  const late = stranger('auditor')
  await pair.sql('target', 'select pg_sleep(0.4)')
  expect(await pair.sql('target', "select pid from pg_stat_activity where usename = 'auditor'")).toEqual([])
  await pair.sql('target', 'alter system reset post_auth_delay')
  await pair.sql('target', 'select pg_reload_conf()')
  expect(await raiseGuard(target, { migration: 'shop', keep: ['dms_target'] })).toEqual({ ended: 1 })
  await late.then(
    ({ gone }) => gone,
    () => undefined,
  )
  await lifted(target)
})

test('a role that inherits CONNECT from the migration’s login is named: no REVOKE reaches it', async () => {
  const target = await pair.session('target')
  await pair.sql('target', 'grant dms_target to shop_app')
  await expect(raiseGuard(target, { migration: 'shop', keep: ['dms_target'] })).rejects.toThrow(
    'shop_app can still connect to the target',
  )
  await pair.sql('target', 'revoke dms_target from shop_app')
  expect(await raiseGuard(target, { migration: 'shop', keep: ['dms_target'] })).toEqual({ ended: 0 })
  await lifted(target)
})

test('a row of the decision that is not a guarded target’s refuses before anything is closed', async () => {
  const rows = "select side, phase, plan_digest from aurora_migration.decision where migration = 'shop'"
  await pair.sql(
    'target',
    "update aurora_migration.decision set side = 'source', phase = 'paused'  where migration = 'shop'",
  )
  const before = await pair.sql('target', rows)
  await expect(prepare()).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('does not say that shop is guarded') as string,
  })
  expect(await pair.sql('target', rows)).toEqual(before)
  expect(await readGuard(await pair.session('target'), 'shop')).toMatchObject({ raised: false })
  await pair.sql('target', "update aurora_migration.decision set side = 'target', phase = 'guarded'")
})
