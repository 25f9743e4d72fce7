import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openMigrationStack, type MigrationStack } from './migration-stack.ts'

let stack: MigrationStack
let digest: string
beforeAll(async () => {
  stack = await openMigrationStack('wait-full-load')
  await stack.rewrite('empty-target: truncate\n', (text) =>
    text.replace('ssl-mode: none', 'ssl-mode: none\n  validation: false'),
  )
  digest = await stack.digest()
})
afterAll(() => stack.close())

const create = () => stack.run('create-task', { migration: stack.file, 'plan-digest': digest })
const wait = (inputs: Record<string, string> = {}, options: Parameters<MigrationStack['run']>[2] = {}) =>
  stack.run(
    'wait-full-load',
    { migration: stack.file, 'plan-digest': digest, 'max-wait': '60s', ...inputs },
    options,
  )

/** What DMS wrote to awsdms_suspended_tables. */
const suspended = async () => {
  const rows = await stack.pair.sql(
    'target',
    'select table_owner, table_name, suspend_reason from aurora_migration_dms.awsdms_suspended_tables',
  )
  return rows.map(
    (row) => `${String(row['table_owner'])}.${String(row['table_name'])}: ${String(row['suspend_reason'])}`,
  )
}

describe('wait-full-load', { timeout: 90_000 }, () => {
  test('a load that stands still is not success: still-running when max-wait is over', async () => {
    await stack.emulator.addFault({
      operation: 'full-load:table',
      match: 'shop.orders',
      effect: { kind: 'hold' },
    })
    const created = await create()
    expect(created.log).toContain('started task')
    const result = await wait({ 'max-wait': '2s' })
    expect(result.exitCode).toBe(0)
    expect(result.outputs['state']).toBe('still-running')
    expect(result.summary).toContain('run this action again')
  })

  test('a dry run looks once and does not wait', async () => {
    const result = await wait({ 'dry-run': 'true' })
    expect(result.exitCode).toBe(0)
    expect(result.outputs['state']).toBe('still-running')
    expect(result.ms).toBeLessThan(15_000)
  })

  test('a cancelled wait ends within 5 s with its summary', async () => {
    const controller = new AbortController()
    let cancelledAt = 0
    const result = await wait(
      {},
      {
        cancel: controller.signal,
        onLine: (line) => {
          if (!line.startsWith('full-load') || cancelledAt > 0) return
          cancelledAt = performance.now()
          controller.abort()
        },
      },
    )
    expect(cancelledAt).toBeGreaterThan(0)
    expect(performance.now() - cancelledAt).toBeLessThan(5000)
    expect(result.exitCode).toBe(1)
    expect(result.summary).toContain('the wait was cancelled at full-load')
  })

  test('every table loaded, though AWS was out of reach for a while: finished as prepare says', async () => {
    let away = false
    const result = await wait(
      {},
      {
        onLine: (line) => {
          if (line.startsWith('full-load') && !away) {
            away = true
            void stack.emulator.addFault({ operation: 'DescribeReplicationTasks', effect: { kind: 'cut' } })
          }
          if (line.startsWith('AWS does not answer')) void stack.emulator.clearFaults()
        },
      },
    )
    expect(result.log).toContain('AWS does not answer')
    expect(result.log).toMatch(
      /full-load \d+\/\d+ tables {2}rows [\d,]+ {2}bytes ≈ [\d.]+ \wB of [\d.]+ \wB {2}rate [\w,/ ]+ {2}ETA unknown {2}errored 0 {2}elapsed/u,
    )
    expect(result.exitCode).toBe(0)
    expect(result.outputs['state']).toBe('loaded')
    expect(Number(result.outputs['rows'])).toBeGreaterThan(100)
    expect(result.summary).toContain('vacuum and analyze')
  })

  test('what finished before the first look is success, and the target is finished once only', async () => {
    const result = await wait()
    expect(result.outputs['state']).toBe('loaded')
    expect(result.summary).not.toContain('vacuum and analyze')
  })

  test('task ARNs alone are enough', async () => {
    const [task] = await stack.tasks()
    const result = await wait({
      migration: '',
      'plan-digest': '',
      'task-arns': JSON.stringify([task?.ReplicationTaskArn]),
    })
    expect(result.outputs['state']).toBe('loaded')
  })

  test('throttling of a third of all calls is survived', async () => {
    await stack.emulator.addFault({ effect: { kind: 'throttle', ratio: 0.33 } })
    const result = await wait()
    await stack.emulator.clearFaults()
    expect(result.exitCode).toBe(0)
    expect(result.outputs['state']).toBe('loaded')
  })

  test('a task that does not exist is named', async () => {
    const arn = 'arn:aws:dms:eu-west-1:123456789012:task:NOSUCHTASK'
    const result = await wait({ migration: '', 'plan-digest': '', 'task-arns': arn })
    expect(result.exitCode).toBe(1)
    expect(result.summary).toContain(`the replication task ${arn} does not exist`)
  })

  test('a table that DMS suspends after the load fails the next wait, with its name and the remedy', async () => {
    await stack.emulator.addFault({
      operation: 'cdc:table',
      match: 'shop.countries',
      effect: { kind: 'table-error', message: 'value too long' },
    })
    await stack.pair.sql('source', 'update shop.countries set name = name')
    await expect.poll(suspended, { timeout: 10_000 }).toEqual(['shop.countries: TABLE ERROR'])
    await stack.emulator.clearFaults()
    const result = await wait()
    expect(result.exitCode).toBe(1)
    expect(result.outputs['state']).toBe('still-running')
    expect(result.summary).toMatch(/shop\.countries reads “Table error” in the task aurora-migration-shop-1/u)
    expect(result.summary).toContain('delete the task, and run create-task again')
  })

  test('a table that errors, and is suspended, fails at once, with its name, the log and the remedy', async () => {
    await stack.dropTasks()
    await stack.emulator.addFault({
      operation: 'full-load:table',
      match: 'shop.orders',
      effect: { kind: 'table-error', message: 'disk on fire' },
    })
    await create()
    const result = await wait()
    await stack.emulator.clearFaults()
    expect(result.exitCode).toBe(1)
    expect(result.summary).toContain('shop.orders')
    expect(result.summary).toContain('“Table error”')
    expect(result.summary).toContain('log group dms-tasks-rehearsal, stream dms-task-')
    expect(result.summary).toContain('Read why in the task’s log; remove the cause, delete the task')
    expect(await suspended()).toContain('shop.orders: TABLE ERROR')
    // Whoever goes on with the next step nevertheless is told the same there.
    const sync = { migration: stack.file, 'plan-digest': digest, 'max-wait': '60s' }
    const next = await stack.run('wait-cdc-sync', sync)
    expect(next.exitCode).toBe(1)
    expect(next.summary).toContain('DMS has suspended the table shop.orders: TABLE ERROR')
    expect(next.summary).toContain('the task must be deleted and created anew')
  })

  test('a task that fails ends the wait with DMS’s message and the way out', async () => {
    await stack.dropTasks()
    await stack.emulator.addFault({
      operation: 'full-load:table',
      match: 'shop.orders',
      effect: { kind: 'fail-task', message: 'the worst has happened' },
    })
    await create()
    const result = await wait()
    await stack.emulator.clearFaults()
    expect(result.exitCode).toBe(1)
    expect(result.summary).toContain('the worst has happened')
    expect(result.summary).toContain('delete the task')
    // The file lets tables be emptied: the load is begun anew.
    const again = await create()
    expect(again.log).toContain('whose load broke off')
    expect(again.exitCode).toBe(0)
  })
})
