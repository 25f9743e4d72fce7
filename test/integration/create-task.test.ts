import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createdResources } from '../../shared/dms/created-resources.ts'
import { openMigrationStack, type MigrationStack } from './migration-stack.ts'
import { wholeState } from './sample-pair.ts'

let stack: MigrationStack
beforeAll(async () => {
  stack = await openMigrationStack('create-task')
  await stack.rewrite('empty-target: truncate\n')
})
afterAll(() => stack.close())

const create = async (inputs: Record<string, string> = {}) =>
  stack.run('create-task', { migration: stack.file, 'plan-digest': await stack.digest(), ...inputs })
const changingCalls = async () =>
  (await stack.emulator.calls()).filter(({ operation }) => !/^(Describe|List|Get)/u.test(operation))
const tasks = () => stack.tasks()

describe('create-task', { timeout: 60_000 }, () => {
  test('a digest that is not the plan’s refuses, and nothing is written', async () => {
    const before = [await wholeState(stack.pair, 'source'), await wholeState(stack.pair, 'target')]
    const result = await create({ 'plan-digest': 'f'.repeat(64) })
    expect(result.exitCode).toBe(1)
    expect(result.summary).toContain('the plan is not the approved one any more')
    expect([await wholeState(stack.pair, 'source'), await wholeState(stack.pair, 'target')]).toEqual(before)
    expect(await changingCalls()).toEqual([])
  })

  test('a dry run prints every call and every statement, and changes nothing', async () => {
    const before = [await wholeState(stack.pair, 'source'), await wholeState(stack.pair, 'target')]
    const result = await create({ 'dry-run': 'true' })
    expect(result.log).toContain('would call CreateEndpoint')
    expect(result.log).toContain('would call CreateReplicationTask')
    expect(result.log).toContain('would call StartReplicationTask')
    expect(result.log).toContain('create schema if not exists aurora_migration')
    expect(result.exitCode).toBe(0)
    expect(result.outputs).toMatchObject({ state: 'planned', 'task-arns': '[]' })
    expect([await wholeState(stack.pair, 'source'), await wholeState(stack.pair, 'target')]).toEqual(before)
    expect(await changingCalls()).toEqual([])
  })

  test('the first run prepares, creates, tests and starts; what it made is noted and tagged', async () => {
    const result = await create()
    expect(result.log).toContain('created replication task aurora-migration-shop-1')
    expect(result.exitCode).toBe(0)
    expect(result.outputs['state']).toBe('started')
    const [task] = await tasks()
    expect(JSON.parse(result.outputs['task-arns'] ?? '')).toEqual([task?.ReplicationTaskArn])
    const noted = await createdResources(await stack.pair.session('source'), 'shop')
    expect(noted.map(({ kind, identifier }) => `${kind} ${identifier}`).sort()).toEqual([
      'endpoint aurora-migration-shop-source',
      'endpoint aurora-migration-shop-target',
      'replication-task aurora-migration-shop-1',
    ])
    expect(noted.find(({ kind }) => kind === 'replication-task')?.arn).toBe(task?.ReplicationTaskArn)
  })

  test('a second run adopts everything and changes nothing', async () => {
    const before = await changingCalls()
    const result = await create()
    expect(result.log).toContain('adopted task aurora-migration-shop-1')
    expect(result.exitCode).toBe(0)
    expect(result.outputs['state']).toBe('started')
    expect(await changingCalls()).toEqual(before)
    expect(await tasks()).toHaveLength(1)
  })

  test('DMS’s tables are readable by the migration’s login', async () => {
    const load = await stack.run('wait-full-load', {
      migration: stack.file,
      'plan-digest': await stack.digest(),
    })
    expect(load.log).toContain('full-load')
    expect(load.exitCode).toBe(0)
    const target = await stack.pair.session('target')
    expect(
      await target.query('select count(*) from aurora_migration_dms.awsdms_apply_exceptions'),
    ).toHaveLength(1)
  })

  test('a file that asks for other settings refuses with the difference', async () => {
    await stack.rewrite('empty-target: truncate\n', (text) =>
      text.replace('ssl-mode: none', 'ssl-mode: none\n  full-load-subtasks: 3'),
    )
    const result = await create()
    await stack.rewrite('empty-target: truncate\n')
    expect(result.exitCode).toBe(1)
    expect(result.summary).toContain('MaxFullLoadSubTasks: the plan says 3, it has 8')
  })

  test('after a deleted task the tables are emptied again and a new load begins', async () => {
    const [old] = await tasks()
    const arn = old?.ReplicationTaskArn ?? ''
    await stack.dropTasks()
    const result = await create()
    expect(result.log).toContain('planned tables')
    expect(result.exitCode).toBe(0)
    const [task] = await tasks()
    expect(task?.ReplicationTaskArn).not.toBe(arn)
    const load = await stack.run('wait-full-load', {
      migration: stack.file,
      'plan-digest': await stack.digest(),
    })
    expect(load.outputs['state']).toBe('loaded')
  })

  test('two runs at once make one task', async () => {
    await stack.dropTasks()
    const results = await Promise.all([create(), create()])
    expect(results.map(({ exitCode, log }) => (exitCode === 0 ? 'well' : log))).toEqual(['well', 'well'])
    expect(await tasks()).toHaveLength(1)
    expect(results[0].outputs['task-arns']).toBe(results[1].outputs['task-arns'])
  })

  test('a connection test that fails is told in DMS’s words, and nothing is started', async () => {
    await stack.dropTasks()
    await stack.rewrite('empty-target: truncate\n', (text) =>
      text.replace('shop/dms-target', 'shop/dms-target-wrong').replace('name: shop', 'name: broken'),
    )
    const result = await create()
    expect(result.exitCode).toBe(1)
    expect(result.summary).toContain('the connection test of aurora-migration-broken-target failed')
    expect(result.summary).toContain('password authentication failed')
    expect(await tasks()).toEqual([])
  })

  test('a replication instance is made where the file asks for one, and adopted the next time', async () => {
    await stack.rewrite('empty-target: truncate\n', (text) =>
      text
        .replace(
          'replication-instance: rehearsal',
          'replication-instance: { create: { class: dms.r6i.large } }',
        )
        .replace('name: shop', 'name: own'),
    )
    const first = await create()
    expect(first.log).toContain('created replication instance aurora-migration-own')
    expect(first.exitCode).toBe(0)
    const second = await create()
    expect(second.log).not.toContain('created ')
    expect(second.exitCode).toBe(0)
    await stack.rewrite('empty-target: truncate\n', (text) =>
      text
        .replace(
          'replication-instance: rehearsal',
          'replication-instance: { create: { class: dms.r6i.xlarge } }',
        )
        .replace('name: shop', 'name: own'),
    )
    const other = await create()
    expect(other.exitCode).toBe(1)
    expect(other.summary).toContain('differs in class')
  })
})
