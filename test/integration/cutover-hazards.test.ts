import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { readPlan } from '../../shared/control/plan-store.ts'
import { plannedTables } from '../../shared/cutover/opening.ts'
import { lockShare, preLock, readLockTargets } from '../../shared/cutover/pause.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { openCutoverLab, type CutoverLab } from './cutover-lab.ts'
import { openStallingProxy } from './stalling-proxy.ts'

// Whole runs, broken from outside. One lab for all: the cases leave it as they found it, but the last two, which restart
// its servers and cut over.
let lab: CutoverLab
const never = new AbortController().signal

beforeAll(async () => {
  lab = await openCutoverLab('cutover-hazards', '  freeze-budget: 20s\n  watch: 200ms\n')
}, 180_000)
afterAll(() => lab.close())
afterEach(() => lab.stack.emulator.clearFaults())

test('hazard 4: a network that forwards nothing any more gives the source back within seconds, and the run claims nothing', async () => {
  const proxy = await openStallingProxy(lab.stack.pair.source.port)
  await lab.moveSource(proxy.port)
  await lab.holdDrain()
  const run = await lab.cutover()
  try {
    await paused()
    proxy.stall()
    const stalled = performance.now()
    await lab.until('writes on the source', 4000, async () => (await lab.write('source')) === 'written')
    expect(performance.now() - stalled).toBeLessThan(4000)
    run.child.kill('SIGINT')
    const ended = await run.ended
    expect(performance.now() - stalled).toBeLessThan(9000)
    expect(ended.exitCode).toBe(1)
    expect(ended.summary).not.toBe('')
    // It cannot know that it was rolled back, and does not say so.
    expect(ended.log).not.toContain('the source is as it was')
    expect(ended.log).toContain('PostgreSQL rolls the pause back by itself')
    expect(await lab.decision('source')).toBe('paused')
  } finally {
    await proxy.close()
    await lab.stack.emulator.clearFaults()
    await lab.moveSource(lab.stack.pair.source.port)
  }
})

test('cancelled in the check it ends within 5 s, and nothing was begun', async () => {
  await lab.stack.emulator.addFault({ operation: 'cdc:apply', effect: { kind: 'hold' } })
  const before = await generation()
  const run = await lab.cutover()
  await lab.until('the marker of the check', 40_000, async () => {
    const rows = await lab.sql(
      'source',
      `select from pg_stat_activity where application_name = 'aurora-migration cutover' and query like '%write_markers%'`,
    )
    return rows.length > 0
  })
  const asked = performance.now()
  run.child.kill('SIGINT')
  const ended = await run.ended
  expect(performance.now() - asked).toBeLessThan(5000)
  expect(ended.exitCode).toBe(1)
  expect(ended.summary).toContain('cancelled')
  expect(await generation()).toBe(before)
})

test('a table born in the pause refuses the commit point; the post step after a killed run writes the abort down', async () => {
  await lab.holdDrain()
  const run = await lab.cutover()
  await paused()
  await lab.sql(
    'source',
    'create table shop.born_in_pause (id int); insert into shop.born_in_pause values (1)',
  )
  await lab.stack.emulator.clearFaults()
  const refused = await run.ended
  expect(refused.exitCode).toBe(1)
  expect(refused.summary).toContain('schema changed')
  expect(await lab.decision('source')).toBe('aborted')
  await lab.sql('source', 'drop table shop.born_in_pause')
  expect(await lab.write('source')).toBe('written')
  expect(await lab.post(run)).toContain('ended before its commit point')

  await lab.holdDrain()
  const killed = await lab.cutover()
  await paused()
  killed.child.kill('SIGKILL')
  await killed.ended
  expect(await lab.post(killed)).toContain('the pause was taken back')
  expect(await lab.decision('source')).toBe('aborted')
  expect(await lab.write('source')).toBe('written')
})

test('hazard 17: an abort job takes back what its own workflow run left before the commit point, and nothing else', async () => {
  await lab.holdDrain()
  const killed = await lab.cutover({ runId: '110' })
  await paused()
  killed.child.kill('SIGKILL')
  await killed.ended
  const abort = async (runId: string) =>
    (await lab.cutover({ runId, inputs: { 'abort-only': 'true' } })).ended
  const other = await abort('111')
  expect(other.outputs['state']).toBe('nothing-begun')
  expect(await lab.decision('source')).toBe('paused')
  const own = await abort('110')
  expect(own.exitCode, own.log).toBe(0)
  expect(own.outputs['state']).toBe('aborted')
  expect(own.summary).toContain('the source is as it was')
  expect(await lab.decision('source')).toBe('aborted')
  expect((await abort('110')).outputs['state']).toBe('aborted')
  expect(await lab.write('source')).toBe('written')
})

test('a source that restarts in the drain is as it was, and no bug is reported; a prepared transaction is named', async () => {
  await lab.sql('source', 'alter system set max_prepared_transactions = 5')
  await lab.holdDrain()
  const run = await lab.cutover()
  await paused()
  const restarted = performance.now()
  await lab.stack.pair.source.restart('immediate')
  const ended = await run.ended
  expect(performance.now() - restarted).toBeLessThan(8000)
  expect(ended.exitCode).toBe(1)
  expect(ended.log).toMatch(/the lock session was lost|the connection to the source database was lost/u)
  expect(await lab.write('source')).toBe('written')
  await lab.stack.emulator.clearFaults()

  const [lock, source] = [await lab.stack.pair.session('source'), await lab.stack.pair.session('source')]
  const plan = await readPlan(source, 'shop', lab.digest)
  const targets = await readLockTargets(source, plannedTables(plan))
  await preLock(lock, source, targets)
  await lab.sql('source', `begin; delete from shop.writes where id = -1; prepare transaction 'o''clock'`)
  const locked = lockShare(lock, source, targets, {
    clock: systemClock,
    signal: never,
    budgetMs: 200,
    beforeAttempt: () => undefined,
  })
  await expect(locked).rejects.toMatchObject({
    code: 'timeout',
    problems: [
      { field: 'shop.writes', remedy: expect.stringContaining(`ROLLBACK PREPARED 'o''clock'`) as string },
    ],
  })
  await lock.query('rollback')
  await lab.sql('source', `rollback prepared 'o''clock'`)
  await Promise.all([lock.close(), source.close()])
})

test('past the commit point neither SIGINT nor a restart of both servers keeps the run from opening', async () => {
  const blocker = await lab.stack.pair.session('target')
  // A lock without a transaction id: a slot, and the cut, wait for whoever has one.
  await blocker.query('begin; lock table aurora_migration.decision in exclusive mode')
  const run = await lab.cutover()
  await lab.until('the commit point', 45_000, async () => (await lab.decision('source')) === 'committed')
  run.child.kill('SIGINT')
  await Promise.all([lab.stack.pair.target.restart('immediate'), lab.stack.pair.source.restart('immediate')])
  const ended = await run.ended
  expect(ended.log).toContain('the target is open')
  // Cancelled, it opens and switches; the way back takes minutes, and is made when it is run again.
  expect(ended.exitCode).toBe(1)
  expect(ended.log).toContain('start the way back')
  const kept = await lab.sql(
    'source',
    `select detail ->> 'freezeMs' as ms from aurora_migration.journal where event = 'finished'`,
  )
  expect(kept.map(({ ms }) => Number(ms) > 0)).toEqual([true])
  expect(await lab.decision('target')).toBe('opened')
  expect(await lab.write('target')).toBe('written')
  expect(await lab.write('source')).toBe('42501')
})

async function paused(): Promise<void> {
  await lab.until('the pause', 45_000, async () => {
    const rows = await lab.sql(
      'source',
      `select from pg_locks where mode = 'ShareLock' and granted and relation = 'shop.writes'::regclass`,
    )
    return rows.length === 1
  })
}

async function generation(): Promise<unknown> {
  const [row] = await lab.sql('source', 'select generation from aurora_migration.decision')
  return row?.generation
}
