import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Client } from 'pg'
import { openConsole } from '../../shared/pgbouncer/console.ts'
import { freePort } from '../postgres/free-port.ts'
import { findPgbouncer } from '../pgbouncer/pgbouncer-program.ts'
import { openPoolerLab, sql, startWriters, type PoolerLab } from './pgbouncer-lab.ts'

const found = findPgbouncer()

test('a console that nobody answers is refused, and says so', async () => {
  const login = { label: 'node 1 (POOLER)', host: '127.0.0.1', port: await freePort() }
  await expect(openConsole({ ...login, user: 'a', password: 'b', tls: 'disable' })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('node 1 (POOLER) cannot be reached') as string,
  })
})

const absent = 'missing' in found ? [found.missing] : []
test.each(absent)('this machine has no PgBouncer (%s): only the refusal was proved', (why) => {
  expect(why).not.toBe('')
})

const here = 'missing' in found ? [] : [found]
describe.each(here)('$version', (program) => {
  let lab: PoolerLab
  const never = new AbortController().signal
  beforeAll(async () => {
    lab = await openPoolerLab('pgbouncer', program)
  }, 60_000)
  afterAll(() => lab.close())

  test('eight writers go over a pause, a repointing and a resume: no error, no transaction lost or doubled', async () => {
    const pooler = await lab.pooler('POOLER_A')
    const { pauser, switcher } = lab.parties(lab.entry(['POOLER_A']))
    const writers = startWriters(pooler.url('app', 'shop'), 8)
    await expect.poll(() => writers.acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(50)
    expect(await pauser.check()).toEqual([])
    expect(await switcher.check(lab.address(lab.to))).toMatchObject({ problems: [], notes: [] })

    await pauser.pause(never, 5000)
    const held = writers.acknowledged.length
    const before = await sql(lab.from, 'select id from written')
    await sleep(300)
    expect(writers.acknowledged).toHaveLength(held)
    expect(before).toHaveLength(held)
    // What replication would have done by now.
    await sql(lab.to, `insert into written values ${before.map(({ id }) => `('${String(id)}')`).join(',')}`)
    const result = await switcher.switch(lab.address(lab.to), 1n)
    expect(result).toMatchObject({ name: 'PgBouncer shop', changed: true })
    await pauser.resume()
    await expect.poll(() => writers.acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(held + 50)
    await writers.stop()

    expect(writers.errors).toEqual([])
    const after = await sql(lab.to, 'select id from written')
    expect(after).toHaveLength(writers.acknowledged.length)
    expect(new Set(after.map(({ id }) => id))).toEqual(new Set(writers.acknowledged))
    expect(await sql(lab.from, 'select id from written')).toHaveLength(held)
    expect(lab.lines).toContain('reload of PgBouncer shop: written')
    // A second run finds it done.
    expect(await switcher.switch(lab.address(lab.to), 1n)).toMatchObject({ changed: false })
    await pauser.resume()
  }, 60_000)

  test('a transaction that stays open: the pause ends at its budget, and everybody goes on', async () => {
    const pooler = await lab.pooler('POOLER_B')
    const { pauser } = lab.parties(lab.entry(['POOLER_B']))
    const idle = new Client({ connectionString: pooler.url('app', 'shop') })
    const other = new Client({ connectionString: pooler.url('app', 'shop') })
    await Promise.all([idle.connect(), other.connect()])
    await idle.query('begin')
    await idle.query('select 1')
    const begun = performance.now()
    const paused = pauser.pause(never, 400)
    await sleep(100)
    const waiting = other.query('select 2 as two')
    await expect(paused).rejects.toMatchObject({
      code: 'timeout',
      message: 'PgBouncer shop could not hold its clients within 400 ms',
    })
    expect(performance.now() - begun).toBeLessThan(3000)
    expect((await waiting).rows).toEqual([{ two: 2 }])
    await idle.query('commit')
    await Promise.all([idle.end(), other.end()])
    expect(await pauser.check()).toEqual([])
  })

  test('a cancelled run lets its clients go', async () => {
    const pooler = await lab.pooler('POOLER_C')
    const { pauser } = lab.parties(lab.entry(['POOLER_C']))
    const idle = new Client({ connectionString: pooler.url('app', 'shop') })
    await idle.connect()
    await idle.query('begin')
    await idle.query('select 1')
    const run = new AbortController()
    const paused = pauser.pause(run.signal, 20_000)
    setTimeout(() => run.abort(), 100)
    await expect(paused).rejects.toMatchObject({ code: 'cancelled' })
    await idle.query('commit')
    await idle.end()
    expect(await pooler.console('SHOW DATABASES')).toContainEqual(
      expect.objectContaining({ name: 'shop', paused: 0 }),
    )
  })

  test('of two nodes one is away: the other one is not left paused', async () => {
    const pooler = await lab.pooler('POOLER_D')
    process.env['POOLER_AWAY'] = `postgres://a:b@127.0.0.1:${await freePort()}/pgbouncer`
    const { pauser } = lab.parties(lab.entry(['POOLER_D', 'POOLER_AWAY']))
    expect(await pauser.check()).toMatchObject([
      { field: 'cutover.switch[0]', message: expect.stringContaining('node 2 (POOLER_AWAY)') as string },
    ])
    await expect(pauser.pause(never, 1000)).rejects.toThrow(
      /node 2 .POOLER_AWAY. cannot be reached.*could not be resumed everywhere/u,
    )
    expect(await pooler.console('SHOW DATABASES')).toContainEqual(
      expect.objectContaining({ name: 'shop', paused: 0 }),
    )
  })

  test('what a dead run left paused is found by the check of the next one, and resumed by another process', async () => {
    const pooler = await lab.pooler('POOLER_E')
    const entry = lab.entry(['POOLER_E'])
    await lab.parties(entry).pauser.pause(never, 1000)
    const { pauser } = lab.parties(entry)
    expect(await pauser.check()).toMatchObject([
      { message: expect.stringContaining('the database shop is paused already') as string },
    ])
    await pauser.resume()
    expect(await pauser.check()).toEqual([])
    const client = new Client({ connectionString: pooler.url('app', 'shop') })
    await client.connect()
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    await client.end()
  })

  test.each<[string, Parameters<PoolerLab['pooler']>[1], RegExp]>([
    ['pooling by session', { settings: { pool_mode: 'session' } }, /shop is pooled by session/u],
    [
      'a user pooled by session',
      { userSettings: { app: 'pool_mode=session' } },
      /the user app is pooled by session/u,
    ],
    [
      'clients that wait for less than the freeze may last',
      { settings: { query_wait_timeout: '20' } },
      /query_wait_timeout is 20 s.*35 s may pass/u,
    ],
    [
      'a database that only `*` stands for',
      { databases: { '*': 'host=127.0.0.1' } },
      /there is no database shop by that name/u,
    ],
    [
      'a login that may only look',
      { settings: { admin_users: 'somebody', stats_users: 'pooler_admin' } },
      /the login may not pause: admin access needed/u,
    ],
  ])('%s is refused', async (what, more, words) => {
    const name = `POOLER_${what.replaceAll(/\W/gu, '_').toUpperCase()}`
    await lab.pooler(name, more)
    const { pauser } = lab.parties(lab.entry([name]))
    const problems = await pauser.check()
    expect(problems).toHaveLength(1)
    expect(problems[0]?.message).toMatch(words)
  })

  test('a command that rewrites nothing is found out, the clients may go on', async () => {
    await lab.pooler('POOLER_F')
    const { switcher } = lab.parties(lab.entry(['POOLER_F'], { reload: { command: 'true', timeout: 5000 } }))
    await expect(switcher.switch(lab.address(lab.to), 1n)).rejects.toMatchObject({
      code: 'unavailable',
      message: `PgBouncer shop was reloaded and is not repointed: node 1 (POOLER_F) has shop at 127.0.0.1:${lab.from.port}/postgres`,
    })
  })
})
