import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest'
import { findClientPrograms } from '../../shared/schema/client-programs.ts'
import { difference, reach, runAgain, runUndisturbed, type Cell } from './killed-cell.ts'
import { openKilledLab, type KilledLab } from './killed-lab.ts'
import { variants } from './killed-variants.ts'

// What makes the schema is a program of its own with sessions of its own: killing the action neither drops its connection nor
// ends the statement that the server is at.

let lab: KilledLab
beforeAll(async () => {
  lab = await openKilledLab('killed-outlived')
})
afterAll(() => lab.close())

const sessionsName = 'aurora-migration schema shop'

/** Every table of the schema takes its time. */
const slow = `
  create function public.dawdle() returns event_trigger language plpgsql as
    $$begin if current_setting('application_name') = '${sessionsName}' then perform pg_catalog.pg_sleep(0.3); end if; end$$;
  create event trigger dawdle on ddl_command_end when tag in ('CREATE TABLE') execute function public.dawdle()`

const slowCell = (variant: 'dump' | 'command'): Cell => ({
  variant: { ...variants[variant], name: `slow-${variant}`, also: slow },
  before: [],
  action: 'prepare-target',
  sample: 1,
})

/** Whether what the variant needs is on this machine. */
async function runs(variant: 'dump' | 'command', context: TestContext): Promise<boolean> {
  if (variant === 'command') return true
  try {
    await findClientPrograms(15, new AbortController().signal)
    return true
  } catch {
    await context.annotate('no pg_dump of 15 or later on the PATH: nothing was tried here')
    return false
  }
}

/** Past the proxies, which keep their connections: nobody tells the program. */
async function killMidway(cell: Cell): Promise<number> {
  let kill: () => void = () => undefined
  const killed = lab.start(cell.action, (end) => {
    kill = end
  })
  while ((await lab.servers.sessions('target', sessionsName)).length === 0) await delay(20)
  // A few tables are made, more are to come.
  await delay(700)
  const alive = await lab.servers.sessions('target', sessionsName)
  kill()
  expect((await killed).exitCode).toBeNull()
  return alive.length
}

describe.each(['dump', 'command'] as const)('killed while the schema is made, by %s', (variant) => {
  const cell = slowCell(variant)

  test(
    'the first run after it succeeds, and ends as if nothing had happened',
    { timeout: 120_000 },
    async (context) => {
      if (!(await runs(variant, context))) return
      const undisturbed = await runUndisturbed(lab, cell)
      await reach(lab, cell)
      expect(await killMidway(cell)).toBe(1)
      await lab.run(cell.action)
      const state = await lab.state()
      expect(difference(undisturbed.state, state)).toEqual([])
      expect(await runAgain(lab, cell, state)).toEqual([])
    },
  )

  test('the program itself dies with the action', { timeout: 120_000 }, async (context) => {
    if (!(await runs(variant, context))) return
    await reach(lab, cell)
    await killMidway(cell)
    // The statement that the server is at, and no other one.
    await delay(1000)
    expect(await lab.servers.sessions('target', sessionsName)).toEqual([])
  })

  test(
    'a session that a lost machine left behind is ended by the next run',
    { timeout: 120_000 },
    async (context) => {
      if (!(await runs(variant, context))) return
      await reach(lab, cell)
      await killMidway(cell)
      const left = await lab.servers.connect('target', sessionsName)
      const lost = new Promise((resolve) => left.on('error', resolve))
      await left.query(
        'begin; set role shop_owner; create schema half_made; create schema if not exists billing',
      )
      await lab.run(cell.action)
      expect(String(await lost)).toContain('terminating connection')
      expect((await lab.state()).filter((line) => line.includes('half_made'))).toEqual([])
    },
  )
})
