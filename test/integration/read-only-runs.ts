import { expect } from 'vitest'
import type { CutoverLab } from './cutover-lab.ts'
import type { CutoverProcess } from './cutover-process.ts'

/** A run whose marker of the drain cannot arrive: it stands behind its fence. */
export async function runFenced(lab: CutoverLab): Promise<CutoverProcess> {
  await lab.holdDrain()
  const run = await lab.cutover({ inputs: { 'abort-only': 'false' } })
  await lab.until('the fence', 30_000, async () => {
    const rows = await lab.sql(
      'source',
      `select from aurora_migration.decision where phase = 'fenced' and not exists (
         select from pg_stat_activity where application_name = 'aurora-migration cutover' and query like '%fence_one_by_one%' and state = 'active')`,
    )
    if (run.child.exitCode !== null) throw new Error(`the run ended before its fence:\n${run.log()}`)
    return rows.length === 1
  })
  return run
}

/** The source is as it was, given back by `by`: `run`, `post`, `dead-man` or `next run`. */
export async function expectGivenBack(lab: CutoverLab, by: string): Promise<void> {
  const [row] = await lab.sql(
    'source',
    `select detail ->> 'by' as by, detail -> 'unrestored' as unrestored from aurora_migration.journal where event = 'aborted' order by id desc limit 1`,
  )
  expect(row).toEqual({ by, unrestored: [] })
  expect(await lab.decision('source')).toBe('aborted')
  expect(await lab.write('source')).toBe('written')
  expect(await lab.write('source', 'shop_batch')).toBe('written')
}
