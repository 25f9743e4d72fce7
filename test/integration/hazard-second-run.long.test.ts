import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCutoverLab, type CutoverLab } from './cutover-lab.ts'
import { faultless, startHazardWriters, type HazardWriters } from './hazard-writers.ts'
import { wholeState } from './sample-pair.ts'

// Runs of one cutover under eight writers and a stale one; the cases go on from each other.
let lab: CutoverLab
let writers: HazardWriters
let stopped: Awaited<ReturnType<CutoverLab['cutover']>>

beforeAll(async () => {
  lab = await openCutoverLab('hazard-second', '  freeze-budget: 20s\n  watch: 200ms\n')
  writers = await startHazardWriters(lab)
}, 180_000)
afterAll(async () => {
  await writers?.stop()
  await lab?.close()
})

test('hazard 7: a table that VACUUM holds is named after 10 s, and writers go on meanwhile', async () => {
  const vacuum = await lab.stack.pair.session('source')
  await vacuum.query('begin read write; lock table shop.writes in share update exclusive mode')
  const run = await lab.cutover({ runId: '99' })
  await lab.until('the run before its first lock', 45_000, async () => {
    const waiting = await lab.sql(
      'source',
      `select from pg_locks where not granted and mode = 'ShareUpdateExclusiveLock' and relation = 'shop.writes'::regclass`,
    )
    return waiting.length === 1
  })
  await writers.writing('source', 8000)
  expect(run.child.exitCode).toBeNull()
  const refused = await run.ended
  expect(refused.exitCode).toBe(1)
  expect(refused.summary).toContain('could not be reserved within 10 s')
  expect(refused.summary).toContain(`ShareUpdateExclusiveLock held by pid ${vacuum.pid}`)
  expect(await rows()).toMatchObject({ source: 'aborted 1 by 99' })
  await vacuum.query('rollback')
  await vacuum.close()
})

test('acceptance 15: a second run beside one that holds the locks touches nothing on either side', async () => {
  // The first one is held up before its locks until nothing is applied any more, so that it stays in its drain.
  const holder = await lab.stack.pair.session('source')
  await holder.query('begin; set transaction read write; lock table shop.batch_runs in row exclusive mode')
  stopped = await lab.cutover({ runId: '100' })
  await lab.until(
    'the first run in its pause',
    45_000,
    async () => (await lab.decision('source')) === 'paused',
  )
  await lab.stack.emulator.addFault({ operation: 'cdc:apply', effect: { kind: 'hold' } })
  await holder.query('rollback')
  await holder.close()
  await lab.until('the locks', 20_000, async () => {
    const locks = await lab.sql(
      'source',
      `select from pg_locks where mode = 'ShareLock' and granted and relation = 'shop.writes'::regclass`,
    )
    return locks.length === 1
  })
  const before = [await state('source'), await state('target')]
  const beside = await (await lab.cutover({ runId: '101' })).ended
  expect(beside.exitCode).toBe(1)
  expect(beside.log).toContain('another run is cutting this migration over')
  expect(beside.outputs['state']).not.toBe('opened')
  expect([await state('source'), await state('target')]).toEqual(before)
})

test('hazard 2: a run that was stopped in its drain, aborted by a job and overtaken by another run wakes and decides nothing', async () => {
  stopped.child.kill('SIGSTOP')
  await writers.writing('source', 8000)
  const abort = await (await lab.cutover({ runId: '100', inputs: { 'abort-only': 'true' } })).ended
  expect(abort.exitCode, abort.log).toBe(0)
  expect(await rows()).toEqual({
    source: 'aborted 2 by 100',
    target: expect.stringMatching(/^guarded 0/u) as string,
  })
  await lab.stack.emulator.clearFaults()

  const next = await (await lab.cutover({ runId: '102' })).ended
  expect(next.exitCode, next.log).toBe(0)
  await writers.writing('target', 10_000)
  const decided = await rows()
  expect(decided).toEqual({ source: 'committed 3 by 102', target: 'opened 3 by 102' })

  stopped.child.kill('SIGCONT')
  const woken = await stopped.ended
  expect(woken.exitCode).toBe(1)
  expect(woken.log).not.toContain('commit point passed')
  expect(woken.log).not.toContain('the target is open')
  await lab.post(stopped)
  expect(await rows()).toEqual(decided)
  await writers.writing('target', 10_000)
  expect(await writers.verdict()).toMatchObject(faultless)
})

/** Catalogues and our tables of one side; DMS writes its own meanwhile. */
async function state(side: 'source' | 'target'): Promise<string> {
  return (await wholeState(lab.stack.pair, side)).replaceAll(/^aurora_migration_dms\..*$/gmu, '')
}

async function rows(): Promise<Record<string, unknown>> {
  const of = async (side: 'source' | 'target') => {
    const [row] = await lab.sql(
      side,
      `select format('%s %s by %s', phase, generation, run_id) as row from aurora_migration.decision`,
    )
    return row?.['row']
  }
  return { source: await of('source'), target: await of('target') }
}
