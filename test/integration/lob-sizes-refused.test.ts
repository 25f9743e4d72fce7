import { expect, test } from 'vitest'
import { measureLobs } from '../../shared/postgres/lob-sizes.ts'
import { withSession, type Session } from '../../shared/postgres/session.ts'
import { openLobDatabase } from './lob-database.ts'

test.each([undefined, 60_000])(
  'a cancelled run ends in the middle of scans, with a budget of %s',
  async (budgetMs) => {
    const database = await openLobDatabase(15, [
      'create table lobs.a (id integer primary key, t text)',
      'create table lobs.b (id integer primary key, t text)',
    ])
    const holder = await database.connect()
    try {
      const controller = new AbortController()
      const options = { label: 'source', application: 'cancelled', signal: controller.signal }
      const sessions = `select count(*)::text as count from pg_stat_activity where application_name = 'cancelled'`
      await withSession(database.login, options, async (session) => {
        const locking: Session = {
          ...session,
          another: async (settings) => {
            await holder.query('begin; lock table lobs.a, lobs.b')
            return session.another({ ...settings, lock_timeout: '30s' })
          },
        }
        const measured = measureLobs(locking, database.catalogue.planned, { encoding: 'UTF8', budgetMs })
        const outcome = measured.catch((error: unknown) => error)
        await expect
          .poll(() => database.sql(`${sessions} and wait_event_type = 'Lock'`), {
            timeout: 20_000,
            interval: 50,
          })
          .toEqual([{ count: '2' }])
        controller.abort()
        expect(await outcome).toMatchObject({ code: 'cancelled' })
        // The connections that carried the cancellation need a moment more.
        await expect
          .poll(() => database.sql(sessions), { timeout: 10_000, interval: 50 })
          .toEqual([{ count: '1' }])
      })
    } finally {
      await holder.end()
      await database.close()
    }
  },
)

test('rows that row security hides are not left out: nothing is said at all', async () => {
  const database = await openLobDatabase(15, [
    'create table lobs.notes (id integer primary key, t text)',
    `insert into lobs.notes values (1, 'seen'), (2, repeat('hidden', 100))`,
    'alter table lobs.notes enable row level security',
    `create role reader login password '8c1f0f2e9b7d'`,
    'create policy first_only on lobs.notes to reader using (id = 1)',
    'grant usage on schema lobs to reader',
    'grant select on lobs.notes to reader',
  ])
  try {
    const login = { ...database.login, user: 'reader', password: '8c1f0f2e9b7d' }
    const options = { label: 'source', application: 'reader', signal: new AbortController().signal }
    await withSession(login, options, async (session) => {
      const measured = measureLobs(session, database.catalogue.planned, { encoding: 'UTF8' })
      await expect(measured).rejects.toMatchObject({ code: '42501' })
    })
  } finally {
    await database.close()
  }
})
