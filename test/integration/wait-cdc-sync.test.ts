import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { madeTasks } from './made-tasks.ts'
import { openMigrationStack, type MigrationStack } from './migration-stack.ts'

let stack: MigrationStack
let digest: string
let arns: string
beforeAll(async () => {
  stack = await openMigrationStack('wait-cdc-sync')
  await stack.rewrite('', (text) =>
    text
      .replace('ssl-mode: none', 'ssl-mode: none\n  validation: false')
      .replace('cutover:', 'cutover:\n  marker-round-trip: 800ms'),
  )
  digest = await stack.digest()
  const created = await stack.run('create-task', { migration: stack.file, 'plan-digest': digest })
  arns = created.outputs['task-arns'] ?? ''
  const loaded = await stack.run('wait-full-load', { migration: stack.file, 'plan-digest': digest })
  if (loaded.outputs['state'] !== 'loaded') throw new Error(created.log + loaded.log)
})
afterAll(() => stack.close())

const sync = (inputs: Record<string, string> = {}, options: Parameters<MigrationStack['run']>[2] = {}) =>
  stack.run(
    'wait-cdc-sync',
    { migration: stack.file, 'plan-digest': digest, 'max-wait': '60s', ...inputs },
    options,
  )
const counted = async (table: string) => {
  const [row] = await stack.pair.sql('source', `select count(*)::int as n from ${table}`)
  return row?.['n']
}

describe('wait-cdc-sync', { timeout: 90_000 }, () => {
  test('a dry run writes neither marker nor evidence', async () => {
    const result = await sync({ 'dry-run': 'true' })
    expect(result.exitCode).toBe(0)
    expect(result.outputs).toMatchObject({ state: 'still-running', proof: '', 'evidence-id': '' })
    expect(await counted('aurora_migration_markers.task_1')).toBe(0)
    expect(await counted('aurora_migration.evidence')).toBe(0)
  })

  test('three markers in a row make evidence that is kept', async () => {
    const result = await sync()
    expect(result.log).toContain('marker 3/3')
    expect(result.exitCode).toBe(0)
    expect(result.outputs).toMatchObject({ state: 'caught-up', proof: 'marker' })
    expect(Number(result.outputs['marker-round-trip-ms'])).toBeGreaterThan(0)
    expect(Number(result.outputs['predicted-freeze-ms'])).toBeGreaterThan(
      Number(result.outputs['marker-round-trip-ms']),
    )
    const [row] = await stack.pair.sql(
      'source',
      'select evidence from aurora_migration.evidence where id::text = $1',
      [result.outputs['evidence-id']],
    )
    expect(row?.['evidence']).toMatchObject({
      planDigest: digest,
      proof: 'marker',
      applyExceptions: 0,
      comparison: null,
      rewrittenAndEqual: [],
      largeObjects: '0',
      tasks: [
        {
          status: 'running',
          tablesErrored: 0,
          changesBehind: 0,
          slot: { active: true, behindBytes: expect.stringMatching(/^\d+$/u) as string },
          validation: { enabled: false },
        },
      ],
    })
    expect(result.summary).toMatch(/Expected between \*\*\d+\.\d s\*\* and/u)
    expect(result.summary).toContain('nothing of the freeze was rehearsed here')
    expect(result.summary).toMatch(/marker round trips and what is allowed[^]*line \[[\d., ]+\]/u)
    expect(result.summary).toMatch(/rows compared by verify-data \| never/u)
    expect(result.summary).toContain('updates of a key')
    expect(result.summary).toContain('### What cutover will change')
    expect(result.summary).toContain('DMS’s validation is off')
  })

  test('replication that is too slow is waited for, and does not count', async () => {
    await stack.emulator.change({ replicationDelayMs: 1500 })
    const slow = await sync({ 'max-wait': '5s' })
    expect(slow.exitCode).toBe(0)
    expect(slow.outputs).toMatchObject({ state: 'still-running', 'evidence-id': '' })
    expect(slow.summary).toContain('allowed')
    const result = await sync(
      {},
      {
        onLine: (line) => {
          if (line.startsWith('waiting: a marker')) void stack.emulator.change({ replicationDelayMs: 0 })
        },
      },
    )
    expect(result.log).toContain('marker 0/3')
    expect(result.outputs['state']).toBe('caught-up')
  })

  test('latency that never falls: the wait ends with its time, and says where it is lost and what to do', async () => {
    await stack.emulator.change({ replicationDelayMs: 60_000 })
    const result = await sync({ 'max-wait': '1h' }, { hurry: 800 })
    expect(result.exitCode).toBe(0)
    expect(result.outputs).toMatchObject({ state: 'still-running', 'evidence-id': '' })
    expect(result.log).toMatch(/a marker has been under way for \d+ s.*; 800 ms are allowed/u)
    expect(result.summary).toContain('### What to look at')
    expect(result.summary).toMatch(
      /- aurora-migration-shop-1: it is behind in writing to the target .*CDCLatencyTarget [1-9]/u,
    )
    expect(result.summary).toContain('look there for locks')
    expect(result.summary).toContain('**Next:** run this action again; nothing was lost')
  })

  test('a cancelled wait ends within 5 s with its summary', async () => {
    const controller = new AbortController()
    let cancelledAt = 0
    const result = await sync(
      {},
      {
        cancel: controller.signal,
        onLine: (line) => {
          if (!line.startsWith('waiting: a marker') || cancelledAt > 0) return
          cancelledAt = performance.now()
          controller.abort()
        },
      },
    )
    await stack.emulator.change({ replicationDelayMs: 0 })
    expect(cancelledAt).toBeGreaterThan(0)
    expect(performance.now() - cancelledAt).toBeLessThan(5000)
    expect(result.exitCode).toBe(1)
    expect(result.summary).toContain('the wait was cancelled')
  })

  test('task ARNs alone give a proof by metrics only', async () => {
    const result = await sync({ migration: '', 'plan-digest': '', 'task-arns': arns })
    expect(result.exitCode).toBe(0)
    expect(result.outputs).toMatchObject({ state: 'caught-up', proof: 'metrics-only', 'evidence-id': '' })
    expect(result.summary).toContain('cutover refuses this proof')
  })

  test('a table that is new on the source refuses, by its name', async () => {
    await stack.pair.sql('source', 'create table shop.born_late (id int primary key)')
    const result = await sync()
    await stack.pair.sql('source', 'drop table shop.born_late')
    expect(result.exitCode).toBe(1)
    expect(result.summary).toContain('table shop.born_late is new')
    expect(result.summary).toContain('Run preflight again'.toLowerCase())
  })

  test('a row that could not be applied refuses, with table and reason', async () => {
    const name = (JSON.parse(arns) as string[])[0]?.split(':').at(-1)
    await stack.pair.sql(
      'target',
      'insert into aurora_migration_dms.awsdms_apply_exceptions values ($1, $2, $3, now(), $4, $5)',
      [name, 'shop', 'orders', 'INSERT …', 'a value <too> "long" & more'],
    )
    const result = await sync()
    await stack.pair.sql('target', 'delete from aurora_migration_dms.awsdms_apply_exceptions')
    expect(result.exitCode).toBe(1)
    expect(result.log).toContain(
      '1 rows could not be applied on the target, the first in shop.orders: a value <too> "long" & more',
    )
  })

  test('a canary that fires refuses', async () => {
    const trigger = (state: string) =>
      stack.pair.sql(
        'target',
        `alter table aurora_migration_markers.task_1 ${state} trigger aurora_migration_canary`,
      )
    await trigger('enable always')
    const result = await sync()
    await trigger('enable')
    expect(result.exitCode).toBe(1)
    expect(result.summary).toContain('does not apply in replica mode')
  })

  test('a task that fails while a marker is under way is told at once', async () => {
    await stack.emulator.addFault({
      operation: 'cdc:apply',
      effect: { kind: 'fail-task', message: 'the target is gone' },
    })
    const result = await sync()
    await stack.emulator.clearFaults()
    expect(result.exitCode).toBe(1)
    expect(result.summary).toContain('has failed')
    expect(result.summary).toContain('the target is gone')
    expect(result.summary).toContain('resume-processing')
  })

  test('a table that DMS suspends refuses, with DMS’s word and what to do; by metrics alone, too', async () => {
    await stack.emulator.addFault({
      operation: 'cdc:table',
      match: 'shop.settings',
      effect: { kind: 'table-error', message: 'value too long' },
    })
    // As the message of the failed task says.
    const made = madeTasks(stack)
    await made.resume((JSON.parse(arns) as string[])[0] ?? '')
    made.close()
    await stack.pair.sql('source', 'update shop.settings set value = value')
    const suspended = 'select from aurora_migration_dms.awsdms_suspended_tables'
    await expect.poll(() => stack.pair.sql('target', suspended), { timeout: 15_000 }).toHaveLength(1)
    await stack.emulator.clearFaults()
    const result = await sync()
    expect(result.exitCode).toBe(1)
    expect(result.summary).toContain('DMS has suspended the table shop.settings: TABLE ERROR')
    expect(result.summary).toContain('its changes are no longer applied, so the task must be deleted')
    const alone = await sync({ migration: '', 'plan-digest': '', 'task-arns': arns })
    expect(alone.exitCode).toBe(1)
    expect(alone.outputs['proof']).toBe('')
    expect(alone.summary).toMatch(/shop\.settings reads “Table error”.*delete the task/u)
  })
})
