import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../shared/postgres/session.ts'
import { openCutoverLab, type CutoverLab } from './cutover-lab.ts'
import type { CutoverProcess } from './cutover-process.ts'
import { faultless, startHazardWriters, type HazardWriters } from './hazard-writers.ts'
import type { MigrationStack } from './migration-stack.ts'

// Past the commit point under eight writers and a stale one, with a login whose own settings are hostile; the cases go on
// from each other.
let lab: CutoverLab
let writers: HazardWriters

beforeAll(async () => {
  lab = await openCutoverLab('hazard-past', '  freeze-budget: 20s\n  watch: 200ms\n', hostileLogin)
  writers = await startHazardWriters(lab)
}, 180_000)
afterAll(async () => {
  await writers?.stop()
  await lab?.close()
})

test('hazard 26: sessions of ours have their own settings, whatever the login’s are', async () => {
  const plain = ['default_transaction_isolation', 'default_transaction_read_only', 'synchronous_commit']
  for (const side of ['source', 'target'] as const) {
    const session = await lab.stack.pair.session(side)
    const settings = await session.query<{ name: string; setting: string }>(
      `select name, setting from pg_settings where name = any ($1) order by name`,
      [[...plain, 'idle_session_timeout', 'search_path', 'transaction_timeout']],
    )
    await session.close()
    expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
      default_transaction_isolation: 'read committed',
      default_transaction_read_only: 'off',
      idle_session_timeout: '0',
      search_path: 'pg_catalog',
      synchronous_commit: 'on',
      ...(side === 'target' ? { transaction_timeout: '0' } : {}),
    })
  }
})

test('hazard 5: a table whose file is replaced between check and locks is found under the locks', async () => {
  const holder = await lab.stack.pair.session('source')
  await holder.query(
    'begin; set local role shop_owner; lock table shop.batch_runs in share update exclusive mode',
  )
  const run = await lab.cutover()
  await reach(run, 'the first lock', async () => {
    const waiting = await lab.sql(
      'source',
      `select from pg_locks where not granted and mode = 'ShareUpdateExclusiveLock' and relation = 'shop.batch_runs'::regclass`,
    )
    return waiting.length === 1
  })
  // The rows stay as they are; DMS is told nothing of it, as after TRUNCATE.
  await holder.query('cluster shop.batch_runs using batch_runs_pkey; commit')
  await holder.close()
  const refused = await run.ended
  expect(refused.exitCode).toBe(1)
  expect(refused.summary).toContain('the table shop.batch_runs has been truncated or rewritten')
  expect(await phases()).toEqual(['aborted', 'guarded'])
  await writers.writing('source', 8000)
  await lab.sql(
    'source',
    `alter table shop.batch_runs set without cluster; delete from aurora_migration.doubt;
     update aurora_migration.load_baseline set mark = pg_relation_filenode('shop.batch_runs')::text where object = 'shop.batch_runs'`,
  )
})

test('acceptance 7: a step that fails past the commit point re-opens nothing, whoever comes after it', async () => {
  const blocker = await holdOpening()
  const run = await lab.cutover()
  await reach(run, 'the commit point', async () => (await lab.decision('source')) === 'committed')
  await lab.sql('target', 'alter sequence shop.orders_id_seq rename to orders_id_gone')
  await blocker.query('rollback')
  await blocker.close()
  const failed = await run.ended
  expect(failed.exitCode).toBe(1)
  expect(failed.log).toContain('past the commit point')
  expect(failed.log).toContain('The source stays closed')
  expect(await phases()).toEqual(['committed', 'guarded'])

  await lab.post(run)
  const abort = await (await lab.cutover({ inputs: { 'abort-only': 'true' } })).ended
  expect(abort.outputs['state']).toBe('past-commit-point')
  expect(await phases()).toEqual(['committed', 'guarded'])
  expect(await closed()).toEqual(['42501', '42501'])
  await lab.sql('target', 'alter sequence shop.orders_id_gone rename to orders_id_seq')
})

test('hazard 24: a target that is away between commit point and opening is waited for, and the source stays closed', async () => {
  const blocker = await holdOpening()
  const run = await lab.cutover()
  await reach(run, 'the opening', openingWaits)
  // A crash: it takes the slots of the way back to where the last checkpoint saw them, behind the cut.
  await lab.stack.pair.target.stop('immediate')
  await blocker.close()
  const [source] = await lab.sql('source', 'select phase from aurora_migration.decision')
  expect(source?.['phase']).toBe('committed')
  expect(await lab.write('source')).toBe('42501')
  await sleep(4000)
  expect(run.child.exitCode).toBeNull()
  await lab.stack.pair.target.start()
  const ended = await run.ended
  expect(ended.exitCode, ended.log).toBe(0)
  // The opening was begun before: whichever step comes next finds the target away.
  expect(ended.log).toMatch(
    /(?:ending the old sessions|reading the sequences|opening the target) failed \(attempt 1\), trying again/u,
  )
  expect(ended.log).toContain('the target does not answer: it is waited for')
  expect(ended.outputs['state']).toBe('opened')
  expect(await phases()).toEqual(['committed', 'opened'])
  await writers.writing('target', 10_000)
  expect(await writers.verdict()).toMatchObject(faultless)
})

/** Settings with which nothing of a cutover could go well, were they not set anew, for the migration's login on both sides. */
async function hostileLogin({ pair }: MigrationStack): Promise<void> {
  const hostile: Readonly<Record<string, string>> = {
    default_transaction_isolation: 'serializable',
    default_transaction_deferrable: 'on',
    synchronous_commit: 'off',
    statement_timeout: '900ms',
    lock_timeout: '1ms',
    idle_in_transaction_session_timeout: '50ms',
    idle_session_timeout: '900ms',
    search_path: 'hostile, pg_catalog',
    DateStyle: 'German',
    TimeZone: 'Asia/Kathmandu',
  }
  for (const side of ['source', 'target'] as const) {
    // On the target a read-only default is refused by the check, whoever has it.
    const more =
      side === 'source' ? { default_transaction_read_only: 'on' } : { transaction_timeout: '900ms' }
    const settings = { ...hostile, ...more }
    await pair.sql(
      side,
      `create schema hostile; grant usage on schema hostile to public;
       create function hostile.clock_timestamp() returns timestamptz language sql as $$ select timestamptz '2000-01-01' $$;
       create function hostile.pg_terminate_backend(integer) returns boolean language sql as $$ select false $$;
       ${Object.entries(settings)
         .map(
           ([name, value]) =>
             `alter role migrator set ${name} = ${name === 'search_path' ? value : `'${value}'`}`,
         )
         .join('; ')}`,
    )
  }
}

/** The opening waits for this lock, which has no transaction id: no slot waits for it. */
async function holdOpening(): Promise<Session> {
  const blocker = await lab.stack.pair.session('target', { idle_in_transaction_session_timeout: '0' })
  await blocker.query('begin; lock table aurora_migration.decision in exclusive mode')
  return blocker
}

async function openingWaits(): Promise<boolean> {
  const waiting = await lab.sql(
    'target',
    `select from pg_locks where not granted and relation = 'aurora_migration.decision'::regclass`,
  )
  return waiting.length > 0
}

/** Waits until a run has come so far; throws its log where it ends before. */
async function reach(run: CutoverProcess, what: string, holds: () => Promise<boolean>): Promise<void> {
  await lab.until(what, 45_000, async () => {
    if (run.child.exitCode !== null) throw new Error(`it ended before ${what}:\n${run.log()}`)
    return holds()
  })
}

async function phases(): Promise<(string | undefined)[]> {
  return [await lab.decision('source'), await lab.decision('target')]
}

/** What a fresh session of the application is told on the source and on the target. */
async function closed(): Promise<string[]> {
  return [await lab.write('source'), await lab.write('target')]
}
