import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openCutoverLab, type CutoverLab } from './cutover-lab.ts'
import { expectGivenBack, runFenced } from './read-only-runs.ts'

// Whole runs behind `fence: read-only`, broken from outside. One lab for all; the last case cuts over.
let lab: CutoverLab

beforeAll(async () => {
  lab = await openCutoverLab(
    'read-only cutover',
    '  fence: read-only\n  freeze-budget: 12s\n  watch: 200ms\n',
  )
}, 90_000)
afterAll(() => lab.close())
afterEach(() => lab.stack.emulator.clearFaults())

test('cancelled behind its fence a run gives the source back within seconds', async () => {
  const run = await runFenced(lab)
  expect(await lab.write('source')).toBe('42501')
  const asked = performance.now()
  run.child.kill('SIGINT')
  const ended = await run.ended
  expect(performance.now() - asked).toBeLessThan(7500)
  expect(ended.exitCode).toBe(1)
  expect(ended.log).toContain('the source is as it was; sessions that were ended connect again')
  await expectGivenBack(lab, 'run')
})

test('killed and restarted the source stays closed; the next run gives it back, and then passes its commit point', async () => {
  const run = await runFenced(lab)
  run.child.kill('SIGKILL')
  await run.ended
  await lab.stack.pair.source.restart('immediate')
  expect(await lab.decision('source')).toBe('fenced')
  await lab.stack.emulator.clearFaults()
  const next = await (await lab.cutover({ inputs: { 'abort-only': 'false' } })).ended
  expect(next.log).toContain('the fence of a run that died was taken back')
  expect(next.exitCode).toBe(0)
  expect([await lab.decision('source'), await lab.decision('target')]).toEqual(['committed', 'opened'])
  expect(await lab.write('target')).toBe('written')
  expect(await lab.write('source')).toBe('42501')
  const [unfenced] = await lab.sql(
    'source',
    `select count(*)::int as n from pg_class c where c.relnamespace::regnamespace::text in ('shop', 'billing', '"Warehouse"') and c.relkind in ('r', 'p') and not aurora_migration.is_fenced(c.oid)`,
  )
  expect(unfenced?.n).toBe(0)
}, 90_000)
