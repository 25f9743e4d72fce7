import { afterAll, beforeAll, expect, test } from 'vitest'
import { readFingerprint } from '../../shared/postgres/fingerprint.ts'
import type { Session } from '../../shared/postgres/session.ts'
import { openSamplePair, type SamplePair } from './sample-pair.ts'

let pair: SamplePair
let source: Session
beforeAll(async () => {
  pair = await openSamplePair('fingerprint')
  source = await pair.session('source')
})
afterAll(() => pair.close())

/** Runs the statement in a transaction, takes the fingerprint there, and rolls back. */
async function fingerprintAfter(statement: string): Promise<string> {
  await source.query('begin')
  try {
    await source.query(statement)
    return await fingerprint()
  } finally {
    await source.query('rollback')
  }
}

const fingerprint = () => readFingerprint(source, ['Warehouse', 'billing', 'shop'])

test('it is one statement', async () => {
  const before = source.roundTrips
  expect(await fingerprint()).toMatch(/^[0-9a-f]{64}$/u)
  expect(source.roundTrips - before).toBe(1)
})

test.each([
  'create table shop.late (id bigint)',
  'alter table shop.orders add column late integer',
  'alter table shop.products alter column name type varchar(130)',
  'alter table shop.orders alter column reference drop not null',
  'alter table shop.documents drop constraint documents_pkey cascade',
  'alter table shop.clicks replica identity full',
  "create table shop.page_views_2028 partition of shop.page_views for values from ('2028-01-01Z') to ('2029-01-01Z')",
  'alter table billing.payments detach partition billing.payments_ap',
  'create sequence shop.late',
  'alter sequence shop.ticket_blocks increment by 7',
  'create trigger late before update on shop.writes for each row execute function shop.stamp_update()',
  'alter table shop.orders disable trigger audit_order',
  'alter table shop.writes set unlogged',
])('%s changes it', async (statement) => {
  const before = await fingerprint()
  const changed = await fingerprintAfter(statement)
  expect(changed).not.toBe(before)
  expect(await fingerprint()).toBe(before)
})

test.each([
  "insert into shop.countries values ('qq', 'q')",
  'revoke insert on shop.orders from shop_app',
  'analyze shop.orders',
  "select nextval('shop.ticket_numbers')",
  'create index late on shop.orders (total)',
  'create table shop.awsdms_ddl_audit (c_key bigserial primary key, c_tag varchar(24))',
  'create schema aurora_migration; create table aurora_migration.journal (id bigint)',
  'create trigger aurora_migration_fence before insert on shop.orders for each statement execute function shop.audit_order()',
  'create table public.elsewhere (id bigint)',
])('%s does not', async (statement) => {
  const before = await fingerprint()
  const after = await fingerprintAfter(statement)
  expect(after).toBe(before)
})
