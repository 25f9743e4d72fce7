import { afterAll, beforeAll, expect, test } from 'vitest'
import { openMigrationStack, type MigrationStack } from './migration-stack.ts'

// The action itself, by two URLs and by a plan, on the sample: 500 sequences in three schemas.
let stack: MigrationStack
let urls: Record<string, string>

beforeAll(async () => {
  stack = await openMigrationStack('sequences-action')
  const url = (side: 'source' | 'target') =>
    stack.pair[side].url({ user: 'migrator', password: stack.pair.passwords.migrator }, 'shop')
  urls = { 'source-url': url('source'), 'target-url': url('target'), tls: 'disable' }
  for (const side of ['source', 'target'] as const) {
    await stack.pair.sql(side, 'create schema aside authorization shop_owner')
    await stack.pair.sql(side, 'create sequence aside.counter')
    await stack.pair.sql(side, 'alter sequence aside.counter owner to shop_owner')
  }
  await stack.pair.sql('source', `select setval('aside.counter', 70)`)
}, 60_000)
afterAll(() => stack.close())

const value = async (side: 'source' | 'target', sequence: string) => {
  const [row] = await stack.pair.sql(side, `select last_value, is_called from ${sequence}`)
  return row
}

test('a plan says which: a schema that is not migrated is left alone; a second run has nothing to do', async () => {
  const digest = await stack.digest()
  const created = await stack.run('create-task', { migration: stack.file, 'plan-digest': digest })
  expect(created.exitCode, created.log).toBe(0)
  const about = { migration: stack.file, 'plan-digest': digest }
  const planned = await stack.run('sync-sequences', { ...about, 'dry-run': 'true' })
  expect(planned.exitCode, planned.log).toBe(0)
  expect(planned.outputs['state']).toBe('planned')
  expect(await value('target', '"Warehouse"."Next Pallet"')).toEqual({ last_value: '500', is_called: false })

  const synced = await stack.run('sync-sequences', about)
  expect(synced.exitCode, synced.log).toBe(0)
  expect(synced.outputs['advanced']).toBe(planned.outputs['advanced'])
  expect(Number(synced.outputs['advanced'])).toBeGreaterThan(300)
  expect(synced.summary).toContain('of 500 sequences set, none behind')
  expect(await value('target', 'aside.counter')).toEqual({ last_value: '1', is_called: false })

  const again = await stack.run('sync-sequences', about)
  expect(again.outputs).toMatchObject({ state: 'synced', advanced: '0', behind: '0' })
}, 60_000)

test('two URLs do without a file; what one side lacks fails the step, by name and side, and holds up none of the others', async () => {
  await stack.pair.sql('source', `create sequence shop."only ""here"""`)
  await stack.pair.sql('source', `alter sequence shop."only ""here""" owner to shop_owner`)
  await stack.pair.sql('source', `select setval('shop.ticket_numbers', 900000)`)
  const run = await stack.run('sync-sequences', { ...urls, margin: '5' })
  expect(run.exitCode).toBe(1)
  expect(run.log).toContain('1 of 502 sequences cannot be set')
  expect(run.summary).toContain(
    '| "shop"."only ""here""" | is not on the target | On the target: CREATE SEQUENCE',
  )
  expect(await value('target', 'shop.ticket_numbers')).toEqual({ last_value: '900005', is_called: true })
  expect(await value('target', 'aside.counter')).toEqual({ last_value: '75', is_called: true })
}, 30_000)
