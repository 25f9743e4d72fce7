import { escapeLiteral } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commitFence } from '../../shared/cutover/commit-fence.ts'
import { closeTables, enterReadOnly } from '../../shared/cutover/read-only/close-tables.ts'
import { dropSpentTriggers, giveBack } from '../../shared/cutover/read-only/give-back.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { openFenceLab, type FenceLab } from './read-only-lab.ts'

const run = {
  migration: 'shop',
  direction: 'forward' as const,
  runId: '100',
  attempt: 1,
  planDigest: '',
  evidenceId: null,
}

describe.each([15, 17] as const)('the commit point of the read-only fence on PostgreSQL %i', (major) => {
  let lab: FenceLab
  let untouched: readonly string[]
  beforeAll(async () => {
    lab = await openFenceLab(major)
    untouched = await lab.rights()
  })
  afterAll(() => lab.close())

  // On both majors together 48 rounds, with commits from 10 ms before the deadline to 30 ms after it.
  test('dead-man against commit: one of them wins, and what is true of the database follows it', async () => {
    const session = await lab.session()
    const outcomes = { committed: 0, aborted: 0 }
    for (let round = 0; round < 24; round += 1) {
      const fence = await lab.begin()
      const deadMan = await lab.arm(fence, 600)
      await enterReadOnly(session, fence)
      expect(await closeTables(session, fence, 500)).toMatchObject({ busy: [] })
      const jitter = ((round * 7) % 24) * 0.0018 - 0.01
      let committed: boolean
      try {
        await session.query(
          `begin;
           select pg_sleep(greatest(0, extract(epoch from (detail ->> 'deadline')::timestamptz - clock_timestamp()) + ${jitter}))
             from aurora_migration.journal where event = 'fence-armed' and generation = ${fence.generation};
           select aurora_migration.commit_read_only(${escapeLiteral(JSON.stringify(fence))}::json)`,
        )
        committed =
          (await commitFence(session, () => lab.session(), run, BigInt(fence.generation), systemClock))
            .kind === 'committed'
      } catch {
        await session.query('rollback')
        committed = false
      }
      await deadMan.dismiss()
      expect(await lab.phase()).toBe(committed ? 'committed' : 'aborted')
      const undone = await lab.sql(
        `select from aurora_migration.journal where event = 'aborted' and generation = ${fence.generation}`,
      )
      expect(undone).toHaveLength(committed ? 0 : 1)
      outcomes[committed ? 'committed' : 'aborted'] += 1
      const outcome = await lab.write(
        'superuser',
        `insert into shop.orders (note) values ('race')`,
        'set default_transaction_read_only = off',
      )
      expect(outcome).toBe(committed ? '25006' : 'written')
      // What no code of the product does: back from the commit point, for the next round.
      await lab.sql(`update aurora_migration.decision set phase = 'fenced' where phase = 'committed'`)
      const back = { ...fence, generation: BigInt(fence.generation) }
      expect(await giveBack(session, back, { by: 'test' }, 5000)).toEqual(committed ? [] : undefined)
      expect(await lab.rights()).toEqual(untouched)
      expect(await dropSpentTriggers(session, 5000)).toBe(0)
    }
    expect(Math.min(outcomes.committed, outcomes.aborted)).toBeGreaterThan(3)
  }, 120_000)
})
