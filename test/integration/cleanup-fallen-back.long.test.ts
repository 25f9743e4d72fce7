// After a fall-back the source is the database again, and the target is closed by a fence.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCutoverLab, type CutoverLab } from './cutover-lab.ts'

let lab: CutoverLab

beforeAll(async () => {
  lab = await openCutoverLab('cleanup-fallen-back')
  for (const begin of [lab.cutover, lab.fallBack]) {
    const { exitCode, log } = await (await begin()).ended
    if (exitCode !== 0) throw new Error(log)
  }
}, 180_000)

afterAll(() => lab.close())

const cleanup = (inputs: Record<string, string> = {}) =>
  lab.stack.run('cleanup', { migration: lab.stack.file, when: 'abandoned', ...inputs }, { hurry: 20 })
const names = async (side: 'source' | 'target', statement: string) =>
  (await lab.sql(side, statement)).map(({ name }) => name)

test('the way that leads forward again is not ended unless that is said', async () => {
  const tasks = (await lab.stack.tasks()).length
  expect(tasks).toBeGreaterThan(1)
  const refused = await cleanup()
  expect(refused.exitCode).toBe(1)
  expect(refused.log).toContain('no fall-back leads to the target any more')
  expect((await lab.stack.tasks()).length).toBe(tasks)
})

test(
  'given up after a fall-back: the source writes, the target never again',
  { timeout: 120_000 },
  async () => {
    const cleaned = await cleanup({ 'give-up-way-back': 'true', 'keep-journal': 'false' })
    expect(cleaned.exitCode, cleaned.log).toBe(0)
    expect(cleaned.summary).toContain('**The source is the database, for good:**')
    expect(await lab.stack.tasks()).toEqual([])
    const schemas =
      "select nspname::text as name from pg_namespace where nspname ~ '^aurora_migration' order by 1"
    expect(await names('source', schemas)).toEqual([])
    expect(await names('target', schemas)).toEqual(['aurora_migration'])
    for (const side of ['source', 'target'] as const)
      expect(await names(side, 'select slot_name::text as name from pg_replication_slots')).toEqual([])
    expect(await lab.write('source')).toBe('written')
    await expect(
      lab.sql(
        'target',
        "set default_transaction_read_only = off; begin read write; insert into shop.writes (writer, seq, note, made_at) values ('probe', 1, 'probe', now()); commit",
      ),
    ).rejects.toThrow(/this database has moved/u)
    const again = await cleanup({ 'give-up-way-back': 'true', 'keep-journal': 'false' })
    expect(again.exitCode, again.log).toBe(0)
    expect(again.summary).toContain('nothing was left to remove')
  },
)
