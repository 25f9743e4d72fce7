import { deepStrictEqual, strictEqual } from 'node:assert'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { endSessions } from '../../shared/cutover/end-sessions.ts'
import { closeByLocks, fences, whileClosed } from './fence-closed.ts'
import { openFenceLab, type FenceLab } from './read-only-lab.ts'

// What is known to get past fences of other makers, against both of ours, without a cutover around them: readers may stay
// (`stale-reads: allow`), so that nobody is kept out by CONNECT alone.
const readersStay = { staleReads: 'allow' } as const

describe.each([15, 17] as const)('ways past the fence on PostgreSQL %i', (major) => {
  let lab: FenceLab
  let untouched: readonly string[]
  beforeAll(async () => {
    lab = await openFenceLab(major, { max_prepared_transactions: '5' })
    await lab.sql(`
      create role bulk login password '${lab.password}'; create role clerk login password '${lab.password}';
      create role owning login password '${lab.password}'; grant shop_owner to owning; grant pg_write_all_data to bulk;
      grant select, insert, delete on shop.untouched to clerk; grant update (note) on shop.orders to clerk;
      create function shop.as_owner() returns void language sql security definer as $$ insert into shop.orders (note) values ('definer') $$;
      alter function shop.as_owner() owner to shop_owner;
      create function shop.as_superuser() returns void language sql security definer as $$ insert into shop.orders (note) values ('definer') $$;
      create view shop.window as select * from shop.orders; grant insert on shop.window to public; alter view shop.window owner to shop_owner;
      create table public.elsewhere (id bigint primary key); insert into public.elsewhere values (1); grant all on public.elsewhere to public;
      create table shop.children (id bigint references public.elsewhere on delete cascade); insert into shop.children values (1);
      alter table shop.children owner to shop_owner`)
    lab.tables = [...lab.tables, { schema: 'shop', table: 'children' }]
    untouched = await lab.rights()
  })
  afterAll(() => lab.close())
  afterEach(async () => {
    deepStrictEqual(await lab.rights(), untouched)
    strictEqual(await lab.write('shop_app', `insert into shop.orders (note) values ('after')`), 'written')
  })

  const rows = async () => (await lab.sql('select count(*)::int as n from shop.orders'))[0]?.n
  const off = 'set default_transaction_read_only = off'

  /** Who, with what, after what. Each must be refused by the trigger (25006) or by missing rights (42501). */
  const attempts: readonly (readonly [user: string, statement: string, before?: string])[] = [
    ['shop_app', `insert into shop.orders (note) values ('x')`],
    ['shop_app', `insert into shop.orders (note) values ('x')`, off],
    ['shop_app', `insert into shop.orders (note) values ('x')`, 'begin read write'],
    ['shop_app', `insert into shop.orders (note) values ('x')`, 'set transaction_read_only = off'],
    [
      'shop_app',
      `insert into shop.orders (note) values ('x')`,
      'set session characteristics as transaction read write',
    ],
    ['bulk', `insert into shop.orders (note) values ('x')`, off],
    ['bulk', `delete from shop.lines`, off],
    ['clerk', `update shop.orders set note = 'x'`, off],
    ['clerk', `insert into shop.untouched values (8)`, off],
    ['clerk', `select shop.as_owner()`, off],
    ['clerk', `select shop.as_superuser()`, off],
    ['clerk', `insert into shop.window (note) values ('x')`, off],
    ['clerk', `delete from public.elsewhere`, off],
    ['owning', `insert into shop.orders (note) values ('x')`, `${off}; grant all on shop.orders to owning`],
    ['owning', `truncate shop.orders`, off],
    ['superuser', `copy shop.untouched from program 'echo 9'`, off],
    [
      'superuser',
      `merge into shop.lines l using (values (1)) v(id) on l.id = v.id when not matched then insert values (v.id, 'x')`,
      off,
    ],
    ['superuser', `truncate public.elsewhere cascade`, off],
    ['superuser', `insert into shop.lines values (1, 'x') on conflict do nothing`, off],
    ['superuser', `update shop.parts set id = 1`, off],
  ]

  test.each(fences)('%s: nobody writes, whatever the session sets, owns, or was granted', async (kind) => {
    await lab.sql(
      `alter role shop_app set default_transaction_read_only = off; alter role bulk in database shop set default_transaction_read_only = off`,
    )
    const before = await rows()
    await whileClosed(lab, kind, readersStay, async ({ prove }) => {
      for (const [user, statement, first] of attempts)
        expect([user, statement, await lab.write(user, statement, first)]).toEqual([
          user,
          statement,
          expect.stringMatching(/^(25006|42501)$/u) as string,
        ])
      expect(await prove()).toEqual([])
      expect(await rows()).toBe(before)
    })
    await lab.sql(
      `alter role shop_app reset default_transaction_read_only; alter role bulk in database shop reset default_transaction_read_only`,
    )
  })

  test.each(fences)(
    '%s: an owner who takes the trigger away is found by the proof, before anything opens',
    async (kind) => {
      await whileClosed(lab, kind, readersStay, async ({ prove }) => {
        for (const [statement, back] of [
          [
            'alter table shop.orders disable trigger aurora_migration_fence',
            'alter table shop.orders enable trigger aurora_migration_fence',
          ],
          ['alter table shop.orders disable trigger user', 'alter table shop.orders enable trigger user'],
          [
            'alter trigger aurora_migration_fence on shop.orders rename to other',
            'alter trigger other on shop.orders rename to aurora_migration_fence',
          ],
        ] as const) {
          expect(await lab.write('owning', statement, off)).toBe('written')
          expect(await prove()).toMatchObject([{ table: 'shop.orders' }])
          expect(await lab.write('owning', back, off)).toBe('written')
          expect(await prove()).toEqual([])
        }
      })
    },
  )

  test.each(fences)(
    '%s: sessions from before end, in COPY, in a transaction, or still starting',
    async (kind) => {
      const copying = await lab.client('shop_app')
      const open = await lab.client('shop_batch')
      const starting = new Client({
        connectionString: lab.server.url({ user: 'shop_app', password: lab.password }, 'shop'),
        options: '-c post_auth_delay=2',
      })
      starting.on('error', () => undefined)
      await open.query('begin; select from shop.lines')
      const copied = copying.query('copy (select pg_sleep(30)) to stdout').then(
        () => 'copied',
        () => 'ended',
      )
      const started = starting
        .connect()
        .then(
          () =>
            starting.query(`${off}; insert into shop.orders (note) values ('late')`).then(() => 'written'),
          () => 'ended',
        )
        .catch(() => 'ended')
      // It is known to nobody by name yet; its lock on the database shows.
      let seen = false
      for (let look = 0; look < 200 && !seen; look += 1) {
        const found = await lab.sql(
          `select from pg_locks l where l.locktype = 'object' and l.classid = 'pg_database'::regclass and not exists (select from pg_stat_activity a where a.pid = l.pid and a.datname is not null)`,
        )
        seen = found.length > 0
      }
      expect(seen).toBe(true)
      await whileClosed(lab, kind, {}, async ({ ended }) => {
        expect(ended.left).toBeNull()
        expect(await copied).toBe('ended')
        expect(await started).toBe('ended')
        await expect(open.query('select 1')).rejects.toThrow(/terminat|connection/iu)
        expect(await lab.write('shop_app', 'select 1')).toBe('42501')
        // A large object needs no table: nobody can log in who could write one.
        expect(await lab.write('shop_app', 'select lo_create(0)')).toBe('42501')
      })
      await starting.end().catch(() => undefined)
    },
  )

  test.each(fences)('%s: a superuser’s session that we may not end is told, and refused', async (kind) => {
    const superuser = new URL(lab.server.superuserUrl)
    superuser.pathname = '/shop'
    const client = new Client({ connectionString: superuser.href })
    client.on('error', () => undefined)
    await client.connect()
    const pid = (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid
    await whileClosed(lab, kind, {}, async ({ ended }) => {
      expect(ended).toMatchObject({ beyond: [pid], left: null })
      // Its session knows nothing of the new default; the trigger does.
      await expect(client.query(`insert into shop.orders (note) values ('x')`)).rejects.toMatchObject({
        code: '25006',
      })
    })
    await client.query(`insert into shop.orders (note) values ('x')`)
    await client.end()
  })

  test.each(fences)('%s: a walsender that speaks SQL stays, and does not write', async (kind) => {
    await lab.sql(`alter role dms_source replication; grant insert on shop.orders to dms_source`)
    const wire = {
      connectionString: lab.server.url({ user: 'dms_source', password: lab.password }, 'shop'),
      replication: 'database',
    }
    const walsender = new Client(wire)
    walsender.on('error', () => undefined)
    await walsender.connect()
    const { rows: sent } = await walsender.query<{ type: string }>(
      'select backend_type as type from pg_stat_activity where pid = pg_backend_pid()',
    )
    expect(sent).toEqual([{ type: 'walsender' }])
    await walsender.query(`insert into shop.orders (note) values ('walsender')`)
    await whileClosed(lab, kind, {}, async () => {
      await expect(walsender.query(`insert into shop.orders (note) values ('x')`)).rejects.toMatchObject({
        code: '42501',
      })
      await walsender.query('select 1')
    })
    await walsender.end()
    await lab.sql(`revoke insert on shop.orders from dms_source`)
  })

  test('a prepared transaction that wrote holds both fences up; what is left can be committed after an abort', async () => {
    await lab.sql(`begin; insert into shop.orders (note) values ('prepared'); prepare transaction 'held'`)
    await expect(whileClosed(lab, 'lock', {}, () => Promise.resolve())).rejects.toMatchObject({
      code: '55P03',
    })
    await expect(whileClosed(lab, 'read-only', {}, () => Promise.resolve())).rejects.toThrow(/busy.*orders/u)
    await lab.sql(`commit prepared 'held'`)
    const [row] = await lab.sql(`select count(*)::int as n from shop.orders where note = 'prepared'`)
    expect(row?.n).toBe(1)
  })

  test('COPY under way holds the locks up until its end', async () => {
    const client = await lab.client('shop_app')
    await client.query('begin')
    await client.query(`insert into shop.orders (note) values ('as COPY does')`)
    const session = await lab.session()
    const fence = await lab.begin()
    await expect(closeByLocks(session, fence)).rejects.toMatchObject({ code: '55P03' })
    await client.query('commit')
    await lab.sql(`update aurora_migration.decision set phase = 'aborted'`)
    await session.close()
  })

  test('ending sessions spares who is named by pid, and nobody for a name that anybody can choose', async () => {
    const session = await lab.session()
    const spared = await lab.session({ application_name: 'aurora-migration dead-man' })
    const posing = await lab.client('shop_app')
    await posing.query(`set application_name = 'aurora-migration dead-man'`)
    const outcome = await endSessions(
      session,
      { pids: [session.pid, spared.pid], users: ['dms_source'] },
      3000,
    )
    expect(outcome.left).toBeNull()
    await spared.query('select 1')
    await expect(posing.query('select 1')).rejects.toThrow(/terminat|connection/iu)
    await Promise.all([session.close(), spared.close()])
  })
})
