import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCutoverLab, type CutoverLab } from './cutover-lab.ts'

/** What fires in replica mode, too, and so for every row that DMS applies. */
const extras = `
  set role shop_owner;
  alter table shop.products enable always trigger stamp_update;
  alter table shop.customers enable replica trigger stamp_update;
  reset role`

const triggers = (stack: CutoverLab['stack']) =>
  stack.pair.sql(
    'target',
    "select tgrelid::regclass::text as home, tgname, tgenabled::text from pg_trigger where not tgisinternal and tgname !~ '^aurora' order by 1, 2",
  )

let lab: CutoverLab
let before: readonly Record<string, unknown>[]
beforeAll(async () => {
  lab = await openCutoverLab(
    'finish-triggers-replica',
    '  freeze-budget: 20s\n  watch: 500ms\nduring-load: { replica-role: endpoint }\n',
    async (stack) => {
      for (const side of ['source', 'target'] as const) await stack.pair.sql(side, extras)
      before = await triggers(stack)
    },
  )
}, 120_000)
afterAll(() => lab.close())

describe('with DMS in replica mode', { timeout: 120_000 }, () => {
  test('triggers that fire there are disabled until the opening, all others stay as they are', async () => {
    const letters = before.map(({ tgenabled }) => tgenabled)
    expect(letters).toContain('A')
    expect(letters).toContain('R')
    expect(await triggers(lab.stack)).toEqual(
      before.map((trigger) => ({
        ...trigger,
        tgenabled: trigger['tgenabled'] === 'O' ? 'O' : 'D',
      })),
    )
  })

  test('one that somebody enabled meanwhile refuses the cutover', async () => {
    await lab.sql('target', 'alter table shop.products enable always trigger stamp_update')
    const refused = await (await lab.cutover()).ended
    expect(refused.exitCode).toBe(1)
    expect(refused.summary).toContain(
      'the trigger "shop"."products"."stamp_update" acts on the rows that DMS writes',
    )
    await lab.sql('target', 'alter table shop.products disable trigger stamp_update')
  })

  test('the opening puts every letter back', async () => {
    const run = await (await lab.cutover({ runId: '101' })).ended
    expect(run.exitCode).toBe(0)
    expect(await triggers(lab.stack)).toEqual(before)
    expect(await lab.write('target')).toBe('written')
  })
})
