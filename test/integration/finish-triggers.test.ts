import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCutoverLab, type CutoverLab } from './cutover-lab.ts'

/** Triggers of every letter, on a partitioned table with partitions of their own letters, too. */
const extras = `
  set role shop_owner;
  alter table shop.products enable always trigger stamp_update;
  alter table shop.customers enable replica trigger stamp_update;
  create trigger audit_always after insert on shop.orders for each row execute function shop.audit_order();
  alter table shop.orders disable trigger audit_always;
  create function billing.stamp_payment() returns trigger language plpgsql as 'begin return new; end';
  create trigger stamp before insert on billing.payments for each row execute function billing.stamp_payment();
  alter table billing.payments_us disable trigger stamp;
  alter table only billing.payments enable always trigger stamp;
  reset role`

let lab: CutoverLab
let before: unknown
beforeAll(async () => {
  lab = await openCutoverLab(
    'finish-triggers',
    '  freeze-budget: 20s\n  watch: 500ms\nduring-load: { replica-role: disabled-triggers, foreign-keys: drop }\n',
    async (stack) => {
      for (const side of ['source', 'target'] as const) await stack.pair.sql(side, extras)
      before = [await triggers(stack), await keys(stack)]
    },
  )
}, 120_000)
afterAll(() => lab.close())

type Stack = CutoverLab['stack']
const triggers = (stack: Stack) =>
  stack.pair.sql(
    'target',
    "select tgrelid::regclass::text as home, tgname, tgenabled::text from pg_trigger where not tgisinternal and tgname !~ '^aurora' order by 1, 2",
  )
const keys = (stack: Stack) =>
  stack.pair.sql(
    'target',
    "select conrelid::regclass::text as home, conname, pg_get_constraintdef(oid) as text, convalidated from pg_constraint where contype = 'f' and conrelid::regclass::text !~ '^aurora_migration' order by 1, 2",
  )

describe('triggers that are disabled one by one', { timeout: 120_000 }, () => {
  test('until the opening no trigger acts on DMS’s rows, and no foreign key', async () => {
    const { stack } = lab
    const enabled = (await triggers(stack)).filter(({ tgenabled }) => tgenabled !== 'D')
    expect(enabled).toEqual([])
    expect(await keys(stack)).toEqual([])
    await stack.pair.sql(
      'source',
      "insert into shop.orders (customer_id, reference, status, total, placed_at, writer, seq) select customer_id, 'r-' || g, 'new', 1, now(), 'probe', g from generate_series(1, 5) g, (select customer_id from shop.orders limit 1) o",
    )
    const count = 'select count(*)::int as rows from shop.order_audit'
    const [source] = await stack.pair.sql('source', count)
    await lab.until('the orders and their audit have come', 15_000, async () => {
      const [target] = await stack.pair.sql('target', count)
      return target?.['rows'] === source?.['rows']
    })
    const synced = await stack.run('wait-cdc-sync', {
      migration: stack.file,
      'plan-digest': lab.digest,
      'max-wait': '60s',
      rounds: '1',
    })
    expect(synced.log).toContain('every row of 21 foreign keys has its parent')
    expect(synced.exitCode).toBe(0)
  })

  test('one that somebody enabled refuses the cutover', async () => {
    await lab.sql('target', 'alter table shop.orders enable trigger audit_order')
    const refused = await (await lab.cutover()).ended
    expect(refused.exitCode).toBe(1)
    expect(refused.summary).toContain(
      'the trigger "shop"."orders"."audit_order" acts on the rows that DMS writes',
    )
    await lab.sql('target', 'alter table shop.orders disable trigger audit_order')
  })

  test('the opening puts every letter and every key back; the keys are validated at once', async () => {
    const { stack } = lab
    const run = await (await lab.cutover({ runId: '101' })).ended
    expect(run.summary).toContain('target')
    expect(run.exitCode).toBe(0)
    expect([await triggers(stack), await keys(stack)]).toEqual(before)
    expect(await lab.write('target')).toBe('written')
    expect(
      await lab.sql(
        'target',
        "select kind from aurora_migration.saved_state where kind in ('trigger', 'foreign-key')",
      ),
    ).toEqual([])
  })
})
