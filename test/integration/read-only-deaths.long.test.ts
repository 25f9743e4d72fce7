import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openCutoverLab, type CutoverLab } from './cutover-lab.ts'
import { expectGivenBack, runFenced } from './read-only-runs.ts'

// What dies behind `fence: read-only`, the dead-man among it. One lab for all; every case leaves the source as it was.
let lab: CutoverLab
const freezeBudgetMs = 12_000

beforeAll(async () => {
  lab = await openCutoverLab('read-only deaths', '  fence: read-only\n  freeze-budget: 12s\n  watch: 200ms\n')
}, 90_000)
afterAll(() => lab.close())
afterEach(() => lab.stack.emulator.clearFaults())

test('a dead-man that somebody ends takes the run with it, which gives the source back', async () => {
  const run = await runFenced(lab)
  await lab.sql(
    'source',
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'aurora-migration dead-man'`,
  )
  const ended = await run.ended
  expect(ended.exitCode).toBe(1)
  expect(ended.log).toContain('the dead-man’s session was ended')
  await expectGivenBack(lab, 'run')
})

test('a source that restarts behind the fence is given back by the run, though its dead-man is gone', async () => {
  const run = await runFenced(lab)
  await lab.stack.pair.source.restart('immediate')
  const ended = await run.ended
  expect(ended.exitCode).toBe(1)
  await expectGivenBack(lab, 'run')
})

test('a run that is killed: the post step gives the source back at once, or the dead-man at the deadline', async () => {
  const first = await runFenced(lab)
  first.child.kill('SIGKILL')
  await first.ended
  expect(await lab.post(first)).toContain('the fence was taken back: the source is as it was')
  await expectGivenBack(lab, 'post')

  await lab.stack.emulator.clearFaults()
  const second = await runFenced(lab)
  const fencedAt = performance.now()
  second.child.kill('SIGKILL')
  await second.ended
  expect(await lab.write('source')).toBe('42501')
  await lab.until(
    'writes on the source',
    freezeBudgetMs + 5000,
    async () => (await lab.write('source')) === 'written',
  )
  expect(performance.now() - fencedAt).toBeLessThan(freezeBudgetMs + 3000)
  await expectGivenBack(lab, 'dead-man')
}, 90_000)
