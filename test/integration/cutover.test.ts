import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import { readPastFreezes } from '../../shared/cutover/past-freezes.ts'
import { openCutoverLab, type CutoverLab } from './cutover-lab.ts'
import { wholeState } from './sample-pair.ts'

// One lab for all, in this order: the first cases leave it as they found it, the last two go on from each other. The
// budget is as short as the slowest case allows, since two of them wait until it is over.
let lab: CutoverLab
beforeAll(async () => {
  lab = await openCutoverLab('cutover', '  freeze-budget: 15s\n  marker-round-trip: 5s\n  watch: 300ms\n')
}, 180_000)
afterEach(() => lab.stack.emulator.clearFaults())
afterAll(() => lab.close())

test('a dry run writes nothing and says what would be done', async () => {
  // DMS writes its own control tables meanwhile.
  const state = async (side: 'source' | 'target') =>
    (await wholeState(lab.stack.pair, side)).replaceAll(/^aurora_migration_dms\..*$/gmu, '')
  const before = [await state('source'), await state('target')]
  const dry = await (await lab.cutover({ inputs: { 'dry-run': 'true' } })).ended
  expect(dry.exitCode).toBe(0)
  expect(dry.summary).toContain('LOCK TABLE')
  expect([await state('source'), await state('target')]).toEqual(before)
  expect(await lab.decision('source')).toBeUndefined()
})

test('a schema that changed since the plan refuses before anything is touched', async () => {
  await lab.stack.pair.sql('source', 'create table shop.born_late (id int primary key)')
  // A new file, as after TRUNCATE, which DMS would not have carried either.
  await lab.stack.pair.sql('source', 'vacuum full shop.batch_runs')
  const drifted = await (await lab.cutover()).ended
  expect(drifted.exitCode).toBe(1)
  expect(drifted.summary).toContain('born_late')
  expect(await lab.decision('source')).toBeUndefined()

  await lab.stack.pair.sql('source', 'drop table shop.born_late')
  const truncated = await (await lab.cutover()).ended
  expect(truncated.exitCode).toBe(1)
  expect(truncated.summary).toContain('the table shop.batch_runs has been truncated or rewritten')
  expect(await lab.decision('source')).toBeUndefined()
  await lab.stack.pair.sql(
    'source',
    "update aurora_migration.load_baseline set mark = pg_relation_filenode('shop.batch_runs')::text where object = 'shop.batch_runs'",
  )
  await lab.stack.pair.sql('target', 'grant connect on database shop to shop_app')
  const unguarded = await (await lab.cutover()).ended
  expect(unguarded.exitCode).toBe(1)
  expect(unguarded.summary).toContain('shop_app')
  await lab.stack.pair.sql('target', 'revoke connect on database shop from shop_app')
  expect(await lab.write('source')).toBe('written')
})

test('a row that could not be applied since the evidence refuses before anything is touched', async () => {
  // Each table's record before its load names the task that loads it.
  const [task] = await lab.sql(
    'source',
    "select owner from aurora_migration.load_baseline where kind = 'table' limit 1",
  )
  const name = String(task?.['owner']).split(':').at(-1)
  const exceptions = 'aurora_migration_dms.awsdms_apply_exceptions'
  await lab.sql(
    'target',
    `insert into ${exceptions} values ('${name}', 'shop', 'orders', now(), 'INSERT …', 'a value too long')`,
  )
  const before = await lab.decision('source')
  for (const inputs of [{ 'dry-run': 'true' }, {}]) {
    const refused = await (await lab.cutover({ inputs })).ended
    expect(refused.exitCode, refused.log).toBe(1)
    expect(refused.log).toContain(
      '1 rows could not be applied on the target, the first in shop.orders: a value too long',
    )
  }
  await lab.sql('target', `delete from ${exceptions}`)
  expect(await lab.decision('source')).toBe(before)
  expect(await lab.write('source')).toBe('written')
})

test('a session that holds a table is named, and nothing was changed', async () => {
  await lab.stack.pair.sql('source', `begin; delete from shop.writes where id = -1`)
  const blocked = await (await lab.cutover()).ended
  await lab.stack.pair.sql('source', 'rollback')
  expect(blocked.exitCode).toBe(1)
  expect(blocked.summary).toContain('shop.writes')
  expect(blocked.summary).toContain('pg_terminate_backend')
  expect(await lab.decision('source')).toBe('aborted')
  expect(await lab.write('source')).toBe('written')
})

test('a marker that does not arrive within the budget ends the pause, and the source is as it was', async () => {
  await lab.holdDrain()
  const slow = await (await lab.cutover()).ended
  expect(slow.exitCode).toBe(1)
  expect(slow.log).toMatch(/marker/)
  expect(await lab.write('source')).toBe('written')

  // The next prediction rests on what this attempt has measured.
  const session = await lab.stack.pair.session('source')
  const past = await readPastFreezes(session, 'shop')
  await session.close()
  expect(past.rehearsed?.fence).toBeGreaterThan(0)
  expect(past.freeze).toMatchObject({ finished: false })
  expect(past.freeze?.ms).toBeGreaterThan(1000)
})

test('a stopped runner gives the source back within seconds, and does nothing when it wakes', async () => {
  await lab.holdDrain()
  const run = await lab.cutover()
  await pausedIn(lab)
  run.child.kill('SIGSTOP')
  const { until, write } = lab
  await until('the source takes writes again', 5000, async () => (await write('source')) === 'written')
  await lab.stack.emulator.clearFaults()
  run.child.kill('SIGCONT')
  const ended = await run.ended
  expect(ended.exitCode).toBe(1)
  expect(await lab.decision('source')).toBe('aborted')
  expect(await lab.decision('target')).toBe('guarded')
  expect(await lab.write('target')).toBe('42501')
})

test('cancelled in the drain it ends within 5 s; a second run beside it touches nothing', async () => {
  await lab.holdDrain()
  const run = await lab.cutover()
  await pausedIn(lab)
  const beside = await (await lab.cutover({ runId: '101' })).ended
  expect(beside.exitCode).toBe(1)
  expect(beside.log).toContain('another run is cutting this migration over')
  const asked = performance.now()
  run.child.kill('SIGINT')
  const ended = await run.ended
  expect(performance.now() - asked).toBeLessThan(5000)
  expect(ended.exitCode).toBe(1)
  expect(ended.summary).not.toBe('')
  expect(await lab.decision('source')).toBe('aborted')
  expect(await lab.write('source')).toBe('written')
})

test('a run that is killed while writers wait gives the source back by itself', async () => {
  await lab.holdDrain()
  const run = await lab.cutover()
  const { until, write } = lab
  await pausedIn(lab)
  run.child.kill('SIGKILL')
  const killed = performance.now()
  await until('the source takes writes again', 4000, async () => (await write('source')) === 'written')
  expect(performance.now() - killed).toBeLessThan(4000)
  await run.ended
  expect(await lab.decision('source')).toBe('paused')
  expect(await lab.decision('target')).toBe('guarded')
})

test('the next run goes through; killed past the commit point both stay closed, and a re-run only goes forward', async () => {
  const { stack } = lab
  // The opening waits for this row: the run is past its commit point and cannot open.
  const blocker = await stack.pair.session('target')
  // A lock without a transaction id: a slot, and the cut, wait for whoever has one.
  await blocker.query('begin; lock table aurora_migration.decision in exclusive mode')
  const run = await lab.cutover()
  const { until, decision } = lab
  await until('the commit point', 45_000, async () => (await decision('source')) === 'committed')
  run.child.kill('SIGKILL')
  await run.ended
  await blocker.query('rollback')
  await blocker.close()
  expect(await lab.write('source')).toBe('42501')
  expect(await lab.write('target')).toBe('42501')

  const second = await (await lab.cutover({ runId: '101' })).ended
  expect(second.log).toContain('past the commit point')
  expect(second.exitCode).toBe(0)
  expect(await lab.write('target')).toBe('written')
  expect(await lab.write('source')).toBe('42501')
})

test('a cutover opens the target whole, closes the source for everybody, and a second one only switches again', async () => {
  const lab = await openCutoverLab('cutover-clean')
  onTestFinished(() => lab.close())
  const { stack } = lab
  const connectBefore = await stack.pair.sql(
    'source',
    `select datacl::text as acl from pg_database where datname = 'shop'`,
  )
  // A role-level override would defeat a read-only default; an owner meets no revoke: the trigger stops both.
  await stack.pair.sql('source', 'alter role shop_batch set default_transaction_read_only = off')
  const held = await openHeldSession(lab)

  const first = await (await lab.cutover()).ended
  expect(first.log).toContain('the target is open')
  expect(first.exitCode).toBe(0)
  expect(first.summary).toContain('NOBODY APPROVED THIS CUTOVER')
  expect(await lab.write('target')).toBe('written')
  expect(await lab.write('source')).toBe('42501')
  expect(await lab.write('source', 'shop_batch')).toBe('42501')
  await expect(held()).rejects.toThrow(/terminat|connection/iu)
  const asOwner = stack.pair.sql('source', 'set role shop_owner; delete from shop.writes')
  await expect(asOwner).rejects.toMatchObject({ code: '25006' })
  await stack.pair.sql('source', 'reset role')
  const asSuperuser = stack.pair.sql('source', 'truncate shop.writes cascade')
  await expect(asSuperuser).rejects.toMatchObject({ code: '25006' })

  expect(await lab.decision('source')).toBe('committed')
  expect(await lab.decision('target')).toBe('opened')
  const [dms] = await stack.pair.sql(
    'target',
    `select rolcanlogin from pg_roles where rolname = 'dms_target'`,
  )
  expect(dms?.rolcanlogin).toBe(false)
  const nullable = await stack.pair.sql(
    'target',
    `select count(*)::int as checks from pg_constraint where conname like 'aurora_migration_not_null_%'`,
  )
  expect(nullable[0]?.checks).toBe(0)
  expect(connectBefore).toHaveLength(1)

  const again = await (await lab.cutover({ runId: '101' })).ended
  expect(again.log).toContain('the target is open')
  expect(again.log).toContain('was switched already')
  expect(again.exitCode).toBe(0)
})

/** A session of the application from before the fence; gives a function that writes with it. */
async function openHeldSession(lab: CutoverLab): Promise<() => Promise<unknown>> {
  const { Client } = await import('pg')
  const client = new Client({
    connectionString: lab.stack.pair.source.url(
      { user: 'shop_app', password: lab.stack.pair.passwords.shop_app },
      'shop',
    ),
  })
  client.on('error', () => undefined)
  await client.connect()
  return () => client.query('update shop.writes set note = note where id = -1')
}

/** Waits until a run is past its pause and waits for a marker that cannot arrive. */
async function pausedIn(lab: CutoverLab): Promise<void> {
  await lab.until('the pause', 45_000, async () => {
    const [row] = await lab.stack.pair.sql(
      'source',
      `select count(*)::int as locks from pg_locks where mode = 'ShareLock' and granted and relation = 'shop.writes'::regclass`,
    )
    return row?.locks === 1
  })
}
