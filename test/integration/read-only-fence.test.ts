import { deepStrictEqual, strictEqual } from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { endSessions } from '../../shared/cutover/end-sessions.ts'
import { proveFence, type FenceOrder } from '../../shared/cutover/fence.ts'
import { closeTables, enterReadOnly } from '../../shared/cutover/read-only/close-tables.ts'
import { deadManSettings } from '../../shared/cutover/read-only/dead-man.ts'
import { dropSpentTriggers, giveBack, type FenceOwner } from '../../shared/cutover/read-only/give-back.ts'
import { createOpeningFunctions } from '../../shared/cutover/statements.ts'
import { openFenceLab, type FenceLab } from './read-only-lab.ts'

const owner = (fence: FenceOrder): FenceOwner => ({ ...fence, generation: BigInt(fence.generation) })

describe.each([15, 17] as const)('the read-only fence on PostgreSQL %i', (major) => {
  let lab: FenceLab
  let untouched: readonly string[]
  beforeAll(async () => {
    lab = await openFenceLab(major)
    untouched = await lab.rights()
  })
  afterAll(() => lab.close())
  // Every case leaves the database writable and exactly as it was.
  afterEach(async () => {
    deepStrictEqual(await lab.rights(), untouched)
    deepStrictEqual(await spent(), [])
    for (const user of ['shop_app', 'superuser'])
      strictEqual(await lab.write(user, `insert into shop.orders (note) values ('after')`), 'written')
  })

  const spent = () =>
    lab.sql(`select tgrelid::regclass::text from pg_trigger where tgname = 'aurora_migration_fence'`)
  const until = async (what: string, ms: number, holds: () => Promise<boolean>) => {
    const deadline = performance.now() + ms
    while (!(await holds())) {
      if (performance.now() > deadline) throw new Error(`${what}: not within ${ms} ms`)
      await sleep(10)
    }
  }
  const writers: [string, string, string?][] = [
    ['shop_app', `insert into shop.orders (note) values ('x')`],
    ['shop_app', `insert into shop.orders (note) values ('x')`, 'set default_transaction_read_only = off'],
    ['shop_app', `update shop.lines set note = 'x'`, 'begin read write'],
    [
      'shop_batch',
      `update shop.orders set note = 'x'`,
      'set session characteristics as transaction read write',
    ],
    ['shop_batch', `create table shop.born (id int)`, 'begin read write'],
    ['migrator', `set role shop_owner; truncate shop.untouched`, 'set default_transaction_read_only = off'],
    ['superuser', `insert into shop.lines values (7, 'x')`, 'set default_transaction_read_only = off'],
    ['superuser', `insert into shop.parts values (1, '2026-02-02')`, 'begin read write'],
    ['superuser', `delete from shop.parts_2026`, 'set default_transaction_read_only = off'],
  ]

  test('closes every table for everybody, and giving it back restores rights per grantor', async () => {
    const session = await lab.session()
    await lab.sql('alter database shop set default_transaction_read_only = false')
    const before = await lab.rights()
    const fence = await lab.begin()
    const deadMan = await lab.arm(fence, 20_000)
    await enterReadOnly(session, fence)
    const closed = await closeTables(session, fence, 5000)
    expect(closed).toMatchObject({ closed: fence.tables.length, busy: [] })
    for (const [user, statement, first] of writers)
      expect([user, statement, await lab.write(user, statement, first)]).toEqual([
        user,
        statement,
        expect.stringMatching(/^(25006|42501)$/u) as string,
      ])
    expect(await proveFence(session, ['shop_app', 'shop_batch', 'shop_owner'], fence.tables)).toEqual([])
    expect(await lab.rights()).not.toEqual(before)

    expect(await giveBack(session, owner(fence), { by: 'test' }, 5000)).toEqual([])
    expect(await lab.rights()).toEqual(before)
    expect(await lab.phase()).toBe('aborted')
    await expect(deadMan.lost).rejects.toThrow(/budget/)
    await deadMan.dismiss()
    // Nothing to give back twice, and nothing of another generation.
    expect(await giveBack(session, owner(fence), { by: 'test' }, 5000)).toBeUndefined()
    await lab.sql('alter database shop reset default_transaction_read_only')
  })

  test('a client that is gone: at the deadline its backend gives everything back by itself', async () => {
    const session = await lab.session()
    const fence = await lab.begin()
    const client = new Client({
      connectionString: lab.server.url({ user: 'migrator', password: lab.password }, 'shop'),
      options: Object.entries({ search_path: 'pg_catalog', ...deadManSettings })
        .filter(([name]) => name !== 'application_name' && (major >= 17 || name !== 'transaction_timeout'))
        .map(([name, value]) => `-c ${name}=${value}`)
        .join(' '),
    })
    client.on('error', () => undefined)
    await client.connect()
    const started = performance.now()
    client
      .query('call aurora_migration.dead_man($1::json, 1500)', [JSON.stringify(fence)])
      .catch(() => undefined)
    await until('the dead-man', 2000, async () => {
      const rows = await lab.sql(
        `select from aurora_migration.journal where event = 'fence-armed' and generation = $1`,
        [fence.generation],
      )
      return rows.length === 1
    })
    client.connection.stream.destroy()
    await enterReadOnly(session, fence)
    await closeTables(session, fence, 1000)
    await endSessions(session, { pids: [session.pid, await deadManPid()], users: ['dms_source'] }, 2000)
    expect(await lab.write('superuser', 'delete from shop.untouched', 'begin read write')).toBe('25006')
    await until(
      'writes',
      5000,
      async () =>
        (await lab.write('shop_app', `insert into shop.orders (note) values ('back')`)) === 'written',
    )
    expect(performance.now() - started).toBeGreaterThan(1450)
    expect(performance.now() - started).toBeLessThan(3000)
    expect(await lab.phase()).toBe('aborted')
    await until('no triggers', 2000, async () => (await spent()).length === 0)
  })

  async function deadManPid(): Promise<number> {
    const [row] = await lab.sql(
      `select pid from pg_stat_activity where query like 'call aurora\\_migration.dead\\_man%'`,
    )
    return Number(row?.pid)
  }

  test('a dead-man that cannot be seen at its work is none: nothing is closed', async () => {
    const fence = await lab.begin()
    await lab.sql(`update aurora_migration.decision set phase = 'aborted'`)
    await expect(lab.arm(fence, 20_000)).rejects.toMatchObject({ code: 'precondition' })
    await lab.sql(
      `alter table aurora_migration.journal add constraint none check (event <> 'fence-armed') not valid`,
    )
    const second = await lab.begin()
    await expect(lab.arm(second, 20_000)).rejects.toMatchObject({ code: 'precondition' })
    await lab.sql(`alter table aurora_migration.journal drop constraint none`)
  })

  test('a table that is held is named after the budget; a snapshot from before the fence is no way in', async () => {
    const session = await lab.session()
    const holder = await lab.client('shop_app')
    await holder.query('begin; insert into shop.orders (note) values (1)')
    const old = await lab.client('migrator')
    await old.query('set role shop_owner; begin isolation level repeatable read; select from shop.untouched')
    const fence = await lab.begin()
    const deadMan = await lab.arm(fence, 20_000)
    await enterReadOnly(session, fence)
    expect(await closeTables(session, fence, 300)).toMatchObject({
      busy: [{ schema: 'shop', table: 'orders' }],
    })
    await holder.query('rollback')
    expect(await closeTables(session, fence, 2000)).toMatchObject({ busy: [] })
    await expect(old.query('delete from shop.untouched')).rejects.toMatchObject({ code: '25006' })
    await old.query('rollback')
    await giveBack(session, owner(fence), { by: 'test' }, 0)
    await deadMan.dismiss()

    // The triggers of that fence still stand, and a reader keeps them from being dropped: they refuse nobody. A snapshot in
    // which they are spent does not pass the next fence.
    await old.query('begin isolation level repeatable read; select from shop.untouched')
    expect(await lab.write('shop_app', `insert into shop.orders (note) values ('spent')`)).toBe('written')
    expect(await dropSpentTriggers(session, 300)).toBe(1)
    const next = await lab.begin()
    const second = await lab.arm(next, 20_000)
    await enterReadOnly(session, next)
    expect(await closeTables(session, next, 300)).toMatchObject({
      busy: [{ schema: 'shop', table: 'untouched' }],
    })
    await old.query('rollback; begin isolation level repeatable read; select from shop.lines')
    expect(await closeTables(session, next, 2000)).toMatchObject({ busy: [] })
    await expect(old.query('delete from shop.untouched')).rejects.toMatchObject({ code: '25006' })
    await old.query('rollback')
    expect(await giveBack(session, owner(next), { by: 'test' }, 5000)).toEqual([])
    await second.dismiss()
  })

  test('a server that crashed behind the fence stays closed until the next run gives it back', async () => {
    const fence = await lab.begin()
    const first = await lab.session()
    await lab.arm(fence, 3000)
    await enterReadOnly(first, fence)
    await closeTables(first, fence, 2000)
    await first.query('select txid_current()')
    await lab.server.restart('immediate')
    const session = await lab.session()
    expect(await lab.phase()).toBe('fenced')
    expect(await lab.write('shop_app', `insert into shop.orders (note) values ('x')`)).toBe('42501')
    await sleep(3200)
    expect(await lab.phase()).toBe('fenced')
    expect(await giveBack(session, owner(fence), { by: 'the next run' }, 5000)).toEqual([])
  })

  test('entered again by a cutover the other way: open with its COMMIT, and as it was', async () => {
    const session = await lab.session()
    await session.query(createOpeningFunctions)
    const fence = await lab.begin()
    const deadMan = await lab.arm(fence, 20_000)
    await enterReadOnly(session, fence)
    await closeTables(session, fence, 2000)
    await session.query('select aurora_migration.commit_read_only($1::json)', [JSON.stringify(fence)])
    await expect(deadMan.lost).rejects.toThrow(/budget/u)
    await deadMan.dismiss()
    expect(await giveBack(session, owner(fence), { by: 'test' }, 0)).toBeUndefined()

    const opening = {
      migration: 'shop',
      side: 'source',
      direction: 'back',
      runId: '101',
      attempt: 1,
      planDigest: '',
      generation: String(BigInt(fence.generation) + 1n),
    }
    await session.query(
      `insert into aurora_migration.journal (migration, generation, run_id, run_attempt, event, detail) values ('shop', $1, '101', 1, 'drained', '{"missing": [], "proved": true}')`,
      [opening.generation],
    )
    await session.query('begin')
    await session.query('select aurora_migration.enter($1::json)', [JSON.stringify(opening)])
    const [lifted] = await session.query(
      `select aurora_migration.lift_fence('shop', $1::bigint) as unrestored`,
      [fence.generation],
    )
    expect(lifted).toEqual({ unrestored: [] })
    expect(await lab.write('superuser', 'delete from shop.orders', 'begin read write')).toBe('25006')
    await session.query('commit')
    expect(await lab.write('shop_app', `insert into shop.orders (note) values ('back')`)).toBe('written')
    expect(await dropSpentTriggers(session, 5000)).toBe(0)
    await lab.sql(`update aurora_migration.decision set phase = 'aborted', direction = 'forward'`)
  })

  test('a table that vacuum holds is waited for; what was decided survives a crash right after its COMMIT', async () => {
    const session = await lab.session()
    const url = new URL(lab.server.superuserUrl)
    url.pathname = '/shop'
    const vacuum = new Client({ connectionString: url.href })
    vacuum.on('error', () => undefined)
    await vacuum.connect()
    await vacuum.query('begin; lock table shop.orders in share update exclusive mode')
    const fence = await lab.begin()
    await lab.arm(fence, 30_000)
    await enterReadOnly(session, fence)
    const closing = closeTables(session, fence, 8000)
    await sleep(700)
    await vacuum.query('rollback')
    const closed = await closing
    expect(closed).toMatchObject({ closed: fence.tables.length, busy: [] })
    expect(closed.passes).toBeGreaterThan(1)
    await session.query('select aurora_migration.commit_read_only($1::json)', [JSON.stringify(fence)])
    await lab.server.restart('immediate')
    await vacuum.end().catch(() => undefined)
    expect(await lab.phase()).toBe('committed')
    const [open] = await lab.sql(
      `select count(*)::int as n from json_to_recordset($1::json) as t("schema" name, "table" name)
        where not aurora_migration.is_fenced(format('%I.%I', t."schema", t."table")::regclass)`,
      [JSON.stringify(fence.tables)],
    )
    expect(open?.n).toBe(0)
    await lab.sql(`update aurora_migration.decision set phase = 'fenced'`)
    const mender = await lab.session()
    expect(await giveBack(mender, owner(fence), { by: 'test' }, 5000)).toEqual([])
  })

  test('a grant that cannot be made again is told, and keeps nothing else from coming back', async () => {
    const session = await lab.session()
    await lab.sql(
      `create role leaver; grant insert on shop.lines to leaver; grant insert on shop.untouched to leaver`,
    )
    const fence = await lab.begin()
    const deadMan = await lab.arm(fence, 20_000)
    await enterReadOnly(session, fence)
    await closeTables(session, fence, 2000)
    await lab.sql(`set default_transaction_read_only = off; drop owned by leaver; drop role leaver`)
    const unrestored = await giveBack(session, owner(fence), { by: 'test' }, 5000)
    await deadMan.dismiss()
    expect(unrestored).toEqual([
      expect.stringContaining('INSERT on table shop.lines to leaver') as string,
      expect.stringContaining('INSERT on table shop.untouched to leaver') as string,
    ])
  })
})
