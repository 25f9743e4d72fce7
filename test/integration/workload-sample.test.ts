import { Client } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openServerGroup } from '../postgres/server-group.ts'
import type { PostgresServer, ServerGroup } from '../postgres/server-group.ts'
import { createSampleDatabase, randomPasswords } from '../workload/sample-database.ts'

const passwords = randomPasswords()
let group: ServerGroup
let source: PostgresServer
let target: PostgresServer
let onSource: Client
let onTarget: Client

beforeAll(async () => {
  group = await openServerGroup('workload-sample')
  ;[source, target] = await Promise.all([
    group.start({ name: 'source', major: 15 }),
    group.start({ name: 'target', major: 17 }),
  ])
  await Promise.all([
    createSampleDatabase({ superuserUrl: source.superuserUrl, side: 'source', passwords, scale: 0.02 }),
    createSampleDatabase({ superuserUrl: target.superuserUrl, side: 'target', passwords, scale: 0.02 }),
  ])
  ;[onSource, onTarget] = await Promise.all([connectAsSuperuser(source), connectAsSuperuser(target)])
})

afterAll(async () => {
  await onSource?.end()
  await onTarget?.end()
  await group?.close()
})

async function connectAsSuperuser(server: PostgresServer): Promise<Client> {
  const url = new URL(server.superuserUrl)
  url.pathname = '/shop'
  const client = new Client({ connectionString: url.href })
  await client.connect()
  return client
}

async function valueOf(client: Client, query: string): Promise<unknown> {
  const { rows } = await client.query<{ value: unknown }>(query)
  return rows[0]?.value
}

const ofSample = `relnamespace IN ('shop'::regnamespace, 'billing'::regnamespace, '"Warehouse"'::regnamespace)`

it('holds what is worth migrating', async () => {
  const count = (condition: string): Promise<unknown> =>
    valueOf(onSource, `SELECT count(*)::integer AS value FROM pg_class WHERE ${ofSample} AND ${condition}`)
  expect(await count(`relkind IN ('r', 'p') AND NOT relispartition`)).toBeGreaterThanOrEqual(20)
  expect(await count(`relkind = 'S'`)).toBe(500)
  expect(await count(`relkind = 'p'`)).toBe(2)
  expect(await count(`relkind = 'v'`)).toBe(3)
  expect(
    await count(
      `relkind = 'r' AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = pg_class.oid AND indisprimary)`,
    ),
  ).toBe(1)
  expect(
    await valueOf(
      onSource,
      `SELECT string_agg(DISTINCT attidentity::text, '') AS value FROM pg_attribute WHERE attidentity <> ''`,
    ),
  ).toBe('ad')
})

it('belongs to shop_owner altogether, which cannot log in', async () => {
  for (const client of [onSource, onTarget]) {
    expect(
      await valueOf(
        client,
        `SELECT array_agg(DISTINCT relowner::regrole::text) AS value FROM pg_class WHERE ${ofSample}`,
      ),
    ).toEqual(['shop_owner'])
    expect(
      await valueOf(client, `SELECT rolcanlogin AS value FROM pg_roles WHERE rolname = 'shop_owner'`),
    ).toBe(false)
  }
})

it('leaves the target empty, its sequences at their start', async () => {
  const used = `SELECT count(*)::integer AS value FROM pg_sequences WHERE last_value IS NOT NULL`
  expect(await valueOf(onTarget, used)).toBe(0)
  expect(await valueOf(onSource, used)).toBeGreaterThan(250)
  for (const table of ['shop.orders', 'shop.clicks', 'billing.payments', '"Warehouse"."StockItem"']) {
    const filled = `SELECT EXISTS (SELECT FROM ${table}) AS value`
    expect([table, await valueOf(onSource, filled), await valueOf(onTarget, filled)]).toEqual([
      table,
      true,
      false,
    ])
  }
})

it('has no orphan: every foreign key validates when made anew', async () => {
  await onSource.query('BEGIN')
  const { rows } = await onSource.query<{ relation: string; name: string; definition: string }>(
    `SELECT conrelid::regclass::text AS relation, quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition
     FROM pg_constraint WHERE contype = 'f' AND conparentid = 0`,
  )
  expect(rows.length).toBeGreaterThan(15)
  for (const { relation, name, definition } of rows) {
    await onSource.query(`ALTER TABLE ${relation} DROP CONSTRAINT ${name}`)
    await onSource.query(`ALTER TABLE ${relation} ADD CONSTRAINT ${name} ${definition}`)
  }
  await onSource.query('ROLLBACK')
})

it('keeps six decimals in every numeric without scale, as many as DMS does', async () => {
  for (const [table, column] of [
    ['shop.products', 'weight'],
    ['shop.orders', 'discount'],
    ['billing.ledger_entries', 'amount'],
  ])
    expect(
      await valueOf(
        onSource,
        `SELECT array_agg(DISTINCT scale(${column})) AS value FROM ${table} WHERE ${column} IS NOT NULL`,
      ),
    ).toEqual([6])
})

it('gives DMS on the target rows, tables of its own and the replica role, and no table of the application', async () => {
  const url = target.url({ user: 'dms_target', password: passwords.dms_target }, 'shop')
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query('SET session_replication_role = replica')
  await client.query(`INSERT INTO "Warehouse"."StockItem" VALUES (1, 'X', 1, '{}', now())`)
  await client.query('TRUNCATE "Warehouse"."StockItem", "Warehouse"."StockMove"')
  await client.query('CREATE TABLE public.awsdms_status (id integer); DROP TABLE public.awsdms_status')
  await expect(client.query('DROP TABLE shop.clicks')).rejects.toMatchObject({ code: '42501' })
  await client.end()
})

it('gives DMS on the source every table to read and a slot to make, and nothing to write', async () => {
  const url = source.url({ user: 'dms_source', password: passwords.dms_source }, 'shop')
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query('SELECT FROM "Warehouse"."StockItem"')
  await client.query(`SELECT pg_create_logical_replication_slot('try', 'test_decoding', true)`)
  await expect(client.query('DELETE FROM shop.clicks')).rejects.toMatchObject({ code: '42501' })
  await client.end()
})

it('is not made twice over, but its roles are', async () => {
  const again = { ...passwords, shop_app: 'aNewPasswordOfTwentyFourCharacters' }
  await expect(
    createSampleDatabase({
      superuserUrl: target.superuserUrl,
      side: 'target',
      passwords: again,
      scale: 0.02,
    }),
  ).rejects.toThrow('holds a sample already (schemas: Warehouse, billing, shop)')
  const client = new Client({
    connectionString: target.url({ user: 'shop_app', password: again.shop_app }, 'shop'),
  })
  await client.connect()
  await expect(client.query('ALTER TABLE shop.orders ADD x integer')).rejects.toMatchObject({ code: '42501' })
  await client.end()
})

it('ends at once when told to', async () => {
  const controller = new AbortController()
  const started = createSampleDatabase({
    superuserUrl: source.superuserUrl,
    side: 'source',
    passwords,
    scale: 0.02,
    signal: controller.signal,
  })
  controller.abort(new Error('enough'))
  await expect(started).rejects.toThrow('enough')
})
