import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { openServerGroup, type PostgresServer, type ServerGroup } from '../postgres/server-group.ts'
import { openMessageProxy, type MessageProxy } from './message-proxy.ts'
import { query } from './rds-lab.ts'
import { mayWrite } from './writing-statement.ts'

let group: ServerGroup
let server: PostgresServer
let proxy: MessageProxy
let client: Client
beforeAll(async () => {
  group = await openServerGroup('message-proxy')
  server = await group.start({ name: 'server', major: 17 })
  proxy = await openMessageProxy(() => Promise.resolve(server.port))
})
afterAll(async () => {
  await proxy.close()
  await group.close()
})
beforeEach(async () => {
  await query(server.superuserUrl, 'drop table if exists kept; create table kept (id int)')
  proxy.watch(mayWrite)
  client = await connected()
})
afterEach(() => client.end().catch(() => undefined))

async function connected(): Promise<Client> {
  const url = new URL(server.superuserUrl)
  url.port = String(proxy.port)
  const one = new Client({ connectionString: url.href })
  one.on('error', () => undefined)
  await one.connect()
  return one
}
const kept = async () =>
  (await query(server.superuserUrl, 'select id from kept order by id')).map(({ id }) => id)

/** A transaction of three statements that count, one simple, one extended. Gives how it ended. */
async function write(id: number): Promise<string> {
  try {
    await client.query('begin')
    await client.query('insert into kept values ($1)', [id])
    await client.query('commit')
    return 'told'
  } catch {
    return 'never told'
  }
}

describe('the proxy that counts statements', () => {
  test('passes simple and extended statements, prepared ones and large rows, and counts those that write', async () => {
    expect(await write(1)).toBe('told')
    const rows = await client.query<{ text: string }>('select repeat($1, 3000000) as text', ['x'])
    expect(rows.rows[0]?.text.length).toBe(3_000_000)
    for (const id of [2, 3])
      await client.query({ name: 'again', text: 'insert into kept values ($1)', values: [id] })
    expect(proxy.statements).toEqual([
      'begin',
      'insert into kept values ($1)',
      'commit',
      'insert into kept values ($1)',
      'insert into kept values ($1)',
    ])
    await expect(client.query('select 1 / 0')).rejects.toMatchObject({ code: '22012' })
    expect(await kept()).toEqual([1, 2, 3])
  })

  test('encryption is refused, so that a client which prefers it goes on without', async () => {
    const url = new URL(server.superuserUrl)
    url.port = String(proxy.port)
    const one = new Client({ connectionString: url.href, ssl: { rejectUnauthorized: false } })
    one.on('error', () => undefined)
    await expect(one.connect()).rejects.toThrow('does not support SSL')
    await one.end().catch(() => undefined)
  })

  test.each([
    [1, 'before', []],
    [2, 'before', []],
    [2, 'after', []],
    [3, 'before', []],
    [3, 'after', [7]],
  ] as const)(
    'struck at statement %i, %s it: the row is there only after the commit',
    async (at, half, rows) => {
      let struck = 0
      proxy.watch(mayWrite, { at, half, kill: () => (struck += 1) })
      expect(await write(7)).toBe('never told')
      expect([struck, proxy.struck, proxy.statements.length]).toEqual([1, true, at])
      expect(await kept()).toEqual(rows)
      // Who comes later is served, and the strike is dealt once.
      client = await connected()
      expect(await write(8)).toBe('told')
      expect(struck).toBe(1)
    },
  )

  test('struck during a statement: the server had it, and nobody is told', async () => {
    proxy.watch(mayWrite, { at: 1, half: 'during', kill: () => undefined })
    const slow = client.query('insert into kept select 7 from pg_sleep(0.4)')
    await expect(slow).rejects.toThrow('Connection terminated unexpectedly')
    expect(await kept()).toEqual([])
    await vi.waitFor(async () => expect(await kept()).toEqual([7]), { timeout: 5000 })
  })

  test('every connection that is open goes with the one that is struck', async () => {
    const other = await connected()
    const lost = new Promise((resolve) => other.once('end', resolve))
    proxy.watch(mayWrite, { at: 1, half: 'before', kill: () => undefined })
    expect(await write(1)).toBe('never told')
    await lost
  })
})

describe('a statement that may write', () => {
  test.each([
    'begin',
    'vacuum (analyze) "a"."b"',
    "select pg_create_logical_replication_slot($1, 'x')",
    'select pg_try_advisory_lock(1)',
    'set local role "x";\nrevoke connect on database shop from public;\nreset role',
    'with gone as (delete from t returning *) select * from gone',
    'select aurora_migration.make_whole($1)',
  ])('%s', (statement) => expect(mayWrite(statement)).toBe(true))

  test.each([
    "select 'drop table x' as text -- delete\nfrom t",
    'select case when a then 1 else 2 end from t',
    'select object, stage from aurora_migration.foreign_key_steps($1)',
    'select aurora_migration.source_readiness($1::name[], $2::name[])::text as facts',
    'select plan::text from aurora_migration.plan where digest = $1',
    'show wal_level',
  ])('and one that does not: %s', (statement) => expect(mayWrite(statement)).toBe(false))
})
