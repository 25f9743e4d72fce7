import { afterAll, beforeAll, expect, test } from 'vitest'
import { difference, reach, runAgain, runUndisturbed, type Cell } from './killed-cell.ts'
import { openKilledLab, type KilledLab } from './killed-lab.ts'
import { variants } from './killed-variants.ts'

let lab: KilledLab
beforeAll(async () => {
  lab = await openKilledLab('killed-midway')
})
afterAll(() => lab.close())

/** An index that takes a second: every row is slept on. */
const slow = `
  create function shop.weigh(text) returns integer language plpgsql immutable as
    'begin perform pg_catalog.pg_sleep(0.1); return length($1); end';
  alter function shop.weigh(text) owner to shop_owner;
  create index customers_slow on shop.customers (shop.weigh(note))`
const cell: Cell = {
  variant: { ...variants.dropped, name: 'slow', also: slow },
  before: ['create-task'],
  action: 'finish-target',
  sample: 1,
}

test(
  'killed while the server builds an index: the next run waits until the server has let go of it, and builds it',
  { timeout: 60_000 },
  async () => {
    const undisturbed = await runUndisturbed(lab, cell)
    await reach(lab, cell)
    const building = (statement: string) => statement.startsWith('CREATE INDEX customers_slow')
    const killed = await lab.start(cell.action, (kill) =>
      lab.proxies.target.watch(building, { at: 1, half: 'during', kill }),
    )
    expect(killed.exitCode).toBeNull()
    lab.proxies.target.watch(building)
    await lab.run(cell.action)
    // Built by this run, not found.
    expect(lab.proxies.target.statements).toHaveLength(1)
    const state = await lab.state()
    expect(difference(undisturbed.state, state)).toEqual([])
    expect(await runAgain(lab, cell, state)).toEqual([])
  },
)
