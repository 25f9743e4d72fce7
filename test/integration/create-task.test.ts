import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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
    const noted = await stack.pair.sql(
      'source',
      "select object, definition ->> 'arn' as arn from aurora_migration.saved_state where kind = 'aws' order by object",
    )
    expect(noted.map(({ object }) => object)).toEqual([
      'aurora-migration-shop-1',
      'aurora-migration-shop-source',
      'aurora-migration-shop-target',
    ])
    expect(noted.map(({ arn }) => arn)).toContain(task?.ReplicationTaskArn)
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
})
