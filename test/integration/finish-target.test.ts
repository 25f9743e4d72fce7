import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openMigrationStack, type MigrationStack } from './migration-stack.ts'

let stack: MigrationStack
let digest: string
let before: string
beforeAll(async () => {
  stack = await openMigrationStack('finish-target')
  // Things of every kind that must come back as they were.
  await stack.pair.sql('target', extras)
  await stack.pair.sql('source', extras)
  before = await objects()
  await stack.rewrite('during-load: { foreign-keys: drop, indexes: drop }\n')
  digest = await stack.digest()
})
afterAll(() => stack.close())

const extras = `
  comment on index shop.orders_open_idx is 'orders that are still to be sent';
  comment on constraint orders_customer_id_fkey on shop.orders is 'who pays';
  alter table shop.addresses cluster on addresses_customer_id_idx;
  create unique index suppliers_unique on shop.suppliers (id, country);
  alter table shop.reviews drop constraint reviews_customer_id_fkey;
  alter table shop.reviews add constraint reviews_customer_id_fkey foreign key (customer_id) references shop.customers on delete cascade not valid;
`

/** Indexes and constraints of the target as the catalogue has them. */
async function objects(): Promise<string> {
  const rows = await stack.pair.sql(
    'target',
    `select coalesce(pg_get_indexdef(i.indexrelid), '') || coalesce(obj_description(i.indexrelid, 'pg_class'), '') || i.indisvalid || i.indisclustered
            || coalesce((select h.inhparent::regclass::text from pg_inherits h where h.inhrelid = i.indexrelid), '') as line
     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('shop', 'billing', 'Warehouse')
     union all
     select k.conrelid::regclass || ' ' || k.conname || ' ' || pg_get_constraintdef(k.oid) || k.convalidated || (k.conparentid <> 0)
            || coalesce(obj_description(k.oid, 'pg_constraint'), '')
     from pg_constraint k join pg_namespace n on n.oid = k.connamespace where n.nspname in ('shop', 'billing', 'Warehouse') and k.contype <> 'n'
     order by 1`,
  )
  return rows.map(({ line }) => String(line)).join('\n')
}

const run = (action: string, inputs: Record<string, string> = {}) =>
  stack.run(action, { migration: stack.file, 'plan-digest': digest, ...inputs })
const counts = async () => {
  const [row] = await stack.pair.sql(
    'target',
    `select (select count(*)::int from pg_constraint where contype = 'f' and connamespace::regnamespace::text in ('shop', 'billing', '"Warehouse"')) as keys,
            (select count(*)::int from pg_constraint where contype = 'f' and not convalidated) as open,
            (select count(*)::int from pg_index i join pg_class c on c.oid = i.indrelid where not i.indisunique and c.relnamespace::regnamespace::text in ('shop', 'billing', '"Warehouse"')) as indexes`,
  )
  return row
}
const statuses = async () => (await stack.tasks()).map(({ Status }) => Status)

describe('a load without foreign keys and indexes', { timeout: 120_000 }, () => {
  test('create-task drops them, each saved first; what enforces uniqueness stays', async () => {
    const created = await run('create-task')
    expect(created.log).toContain('foreign keys')
    expect(created.exitCode).toBe(0)
    expect(await counts()).toEqual({ keys: 0, open: 0, indexes: 0 })
    expect(
      await stack.pair.sql('target', "select to_regclass('shop.suppliers_unique') is not null as stays"),
    ).toEqual([{ stays: true }])
    const saved = await stack.pair.sql(
      'target',
      "select kind, count(*)::int as rows from aurora_migration.saved_state where kind in ('foreign-key', 'index') group by kind order by kind",
    )
    expect(saved).toEqual([
      { kind: 'foreign-key', rows: 21 },
      { kind: 'index', rows: 12 },
    ])
  })

  test('a run that breaks off leaves whole indexes and stopped tasks, and says what held it up', async () => {
    // As soon as the load is over: DMS writes no more, and the table is held.
    await stack.pair.sql('target', 'begin')
    await stack.pair.sql('target', 'lock table shop.documents in row exclusive mode')
    const broken = await run('wait-full-load', { 'max-wait': '60s' })
    await stack.pair.sql('target', 'rollback')
    expect(broken.exitCode).toBe(1)
    expect(broken.summary).toContain('CREATE INDEX documents_meta_idx')
    expect(broken.summary).toContain('Another session holds a lock on it')
    expect(await statuses()).toEqual(['stopped'])
    const now = await counts()
    expect(now?.['indexes']).toBeGreaterThan(0)
    expect(now?.['indexes']).toBeLessThan(12)
    expect(
      await stack.pair.sql('target', 'select count(*)::int as broken from pg_index where not indisvalid'),
    ).toEqual([{ broken: 0 }])
  })

  test('wait-full-load waits for the stop, makes indexes, puts the keys back as NOT VALID, starts the tasks again', async () => {
    const waited = await run('wait-full-load', { 'max-wait': '60s' })
    expect(waited.log).toContain('started task')
    expect(waited.exitCode).toBe(0)
    expect(waited.summary).toContain('make 12 indexes')
    expect(waited.summary).toContain('21 foreign keys back as NOT VALID')
    expect(waited.summary).not.toContain('on the source,')
    expect(await statuses()).toEqual(['running'])
    const now = await counts()
    expect(now?.['indexes']).toBe(12)
    expect(now?.['open']).toBeGreaterThan(20)
  })

  test('a second run changes nothing', async () => {
    const state = await objects()
    const again = await run('wait-full-load', { 'max-wait': '60s' })
    expect(again.exitCode).toBe(0)
    expect(again.summary).not.toContain('make 12 indexes')
    const finished = await run('finish-target')
    expect(finished.outputs['state']).toBe('finished')
    expect(finished.summary).toContain('finished already')
    expect(await objects()).toBe(state)
  })

  test('a row without its parent refuses wait-cdc-sync, by its key', async () => {
    await stack.pair.sql(
      'target',
      'set session_replication_role = replica; insert into shop.order_items select 900001, 987654321, product_id, quantity, price, writer, seq from shop.order_items limit 1; set session_replication_role = origin',
    )
    const synced = await run('wait-cdc-sync', { 'max-wait': '60s', rounds: '2' })
    expect(synced.exitCode).toBe(1)
    expect(synced.summary).toContain('order_items_order_id_fkey')
    expect(synced.summary).toContain('(order_id)=(987654321)')
    await stack.pair.sql('target', 'delete from shop.order_items where order_id = 987654321')
  })

  test('then every key is validated and everything is as it was', async () => {
    const synced = await run('wait-cdc-sync', { 'max-wait': '60s', rounds: '2' })
    expect(synced.log).toContain('every row of')
    expect(synced.exitCode).toBe(0)
    expect(await objects()).toBe(before)
    expect(
      await stack.pair.sql(
        'target',
        "select kind from aurora_migration.saved_state where kind in ('foreign-key', 'index')",
      ),
    ).toEqual([])
    const again = await run('wait-cdc-sync', { 'max-wait': '60s', rounds: '2' })
    expect(again.log).not.toContain('every row of')
  })
})
