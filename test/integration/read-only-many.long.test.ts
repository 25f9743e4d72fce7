import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endSessions } from '../../shared/cutover/end-sessions.ts'
import { proveFence, type FenceOrder } from '../../shared/cutover/fence.ts'
import { readLockTargets } from '../../shared/cutover/pause.ts'
import { closeTables, enterReadOnly } from '../../shared/cutover/read-only/close-tables.ts'
import { giveBack } from '../../shared/cutover/read-only/give-back.ts'
import { rehearsePutBack } from '../../shared/cutover/read-only/prepare.ts'
import { saveFenceStateStatement } from '../../shared/cutover/statements.ts'
import { closeByLocks } from './fence-closed.ts'
import { openFenceLab, type FenceLab } from './read-only-lab.ts'

const createMany = readFileSync(new URL('./read-only-many.sql', import.meta.url), 'utf8')

// The second server has 10 × 20 slots and what is over in shared memory: too few for 3,000 tables.
describe.each([
  [15, '64', '100'],
  [17, '10', '20'],
] as const)(
  '3,000 tables on PostgreSQL %i with max_locks_per_transaction = %s',
  (major, locks, connections) => {
    let lab: FenceLab
    let before: readonly string[]
    const writers: Promise<void>[] = []
    const stop = new AbortController()
    beforeAll(async () => {
      lab = await openFenceLab(major, { max_locks_per_transaction: locks, max_connections: connections })
      await lab.sql(createMany)
      const session = await lab.session()
      const planned = Array.from({ length: 3000 }, (_, n) => ({ schema: 'shop', table: `many_${n + 1}` }))
      const { fenceTables } = await readLockTargets(session, planned)
      lab.tables = JSON.parse(fenceTables) as FenceOrder['tables']
      before = await lab.rights()
      for (let writer = 0; writer < 3; writer += 1) writers.push(write(writer))
    }, 300_000)
    afterAll(async () => {
      stop.abort()
      await Promise.all(writers)
      await lab.close()
    })

    /** Writes two tables in each transaction; comes back when its session was ended. */
    async function write(writer: number): Promise<void> {
      for (let n = writer; !stop.signal.aborted; n += 7) {
        const [one, two] = [(n % 3000) + 1, ((n * 31) % 3000) + 1]
        await lab.write(
          'shop_app',
          `begin; insert into shop.many_${one} values (${n}); insert into shop.many_${two} values (${n}) on conflict do nothing; commit`,
        )
      }
    }

    test('closed by locks where they fit; closed one by one, proved, and given back as it was', async () => {
      const session = await lab.session()
      const took: Record<string, number> = {}
      const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
        const started = performance.now()
        try {
          return await work()
        } finally {
          took[name] = Math.round(performance.now() - started)
        }
      }
      const first = await lab.begin()
      const attempts = 40
      let locked = ''
      // Short attempts, as the lock session makes them: one that meets a writer comes back.
      for (let attempt = 0; attempt < attempts && !/committed|memory/u.test(locked); attempt += 1)
        locked = await timed('lock: locks, triggers, rights, COMMIT', () =>
          closeByLocks(session, first).then(
            () => 'committed',
            (error: unknown) => String(error),
          ),
        )
      expect(locked).toMatch(locks === '64' ? /^committed$/u : /out of shared memory/u)
      const roles = ['shop_app', 'shop_batch']
      if (locked === 'committed') {
        await timed('lock: sessions', () => endSessions(session, { pids: [session.pid], users: [] }, 10_000))
        await timed('lock: probe', () => proveFence(session, roles, first.tables))
        await lab.sql(`update aurora_migration.decision set phase = 'fenced'`)
        await timed('lock: rights put back', () =>
          giveBack(session, { ...first, generation: BigInt(first.generation) }, { by: 'test' }, 0),
        )
        await lab.sql(
          `do $$ begin for n in 1..3000 loop execute format('drop trigger aurora_migration_fence on shop.many_%s', n); commit; end loop; end $$`,
        )
      } else await lab.sql(`update aurora_migration.decision set phase = 'aborted'`)
      expect(await lab.rights()).toEqual(before)

      const fence = await lab.begin()
      await session.query(saveFenceStateStatement, ['shop', 'rehearsal', JSON.stringify(fence.tables)])
      expect(
        await timed('read-only: rehearsal of the undoing', () =>
          rehearsePutBack(session, fence, 'generation rehearsal'),
        ),
      ).toEqual([])
      const deadMan = await lab.arm(fence, 60_000)
      await timed('read-only: rights', () => enterReadOnly(session, fence))
      await timed('read-only: sessions', () =>
        endSessions(session, { pids: [session.pid, deadMan.pid], users: [] }, 10_000),
      )
      // Its 30 s are the bound: the machine may be busy.
      const closed = await timed('read-only: triggers', () => closeTables(session, fence, 30_000))
      expect(closed).toMatchObject({ closed: 3000, busy: [] })
      expect(await timed('read-only: probe', () => proveFence(session, roles, fence.tables))).toEqual([])
      expect(await lab.write('shop_app', 'insert into shop.many_7 values (-1)')).toBe('42501')
      const unrestored = await timed('read-only: given back', () =>
        giveBack(session, { ...fence, generation: BigInt(fence.generation) }, { by: 'test' }, 0),
      )
      expect(unrestored).toEqual([])
      expect(await lab.write('shop_app', 'insert into shop.many_7 values (-1)')).toBe('written')
      expect(await lab.rights()).toEqual(before)
      const left = await timed('read-only: spent triggers dropped', async () => {
        const [row] = await session.query<{ remaining: number }>(
          'call aurora_migration.drop_spent_triggers(30000, null)',
        )
        return row?.remaining
      })
      expect(left).toBe(0)
      await deadMan.dismiss()
      console.log(`PostgreSQL ${major}, ms: ${JSON.stringify(took)}`)
    }, 300_000)
  },
)
