import {
  DatabaseMigrationServiceClient,
  DescribeReplicationTaskAssessmentRunsCommand,
} from '@aws-sdk/client-database-migration-service'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openMigrationStack, type MigrationStack } from './migration-stack.ts'

let stack: MigrationStack
let dms: DatabaseMigrationServiceClient
beforeAll(async () => {
  stack = await openMigrationStack('create-task-assessment')
  dms = new DatabaseMigrationServiceClient({
    endpoint: stack.emulator.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIAEMULATEDEMULATED', secretAccessKey: 'any' },
  })
})
afterAll(async () => {
  dms.destroy()
  await stack.close()
})

/** The file with an assessment that refuses from `failOn` on, under a migration of that name. */
const file = async (name: string, failOn: 'failed' | 'warning' | 'never', include?: string) => {
  await stack.dropTasks()
  await stack.rewrite('empty-target: truncate\n', (text) =>
    text
      .replace('name: shop', `name: ${name}`)
      .replace(/include: .*/u, (all) => (include === undefined ? all : `include: ['${include}']`))
      .replace(
        'dms:\n',
        `dms:\n  assessment: { bucket: results, role: 'arn:aws:iam::123456789012:role/dms-assess', fail-on: ${failOn} }\n`,
      ),
  )
}
const create = async (more: Record<string, string> = {}) =>
  stack.run('create-task', { migration: stack.file, 'plan-digest': await stack.digest(), ...more })
const changingCalls = async () =>
  (await stack.emulator.calls())
    .filter(({ operation }) => !/^(Describe|List|Get)/u.test(operation))
    .map(({ operation }) => operation)
const started = async () =>
  (await changingCalls()).filter((operation) => operation === 'StartReplicationTaskAssessmentRun').length
const runs = async () =>
  (await dms.send(new DescribeReplicationTaskAssessmentRunsCommand({}))).ReplicationTaskAssessmentRuns ?? []

describe('create-task with a premigration assessment', { timeout: 120_000 }, () => {
  test('a dry run says that it would be asked for, and asks for none', async () => {
    await file('assessed', 'never')
    const result = await create({ 'dry-run': 'true' })
    expect(result.log).toContain('would call StartReplicationTaskAssessmentRun')
    expect(result.exitCode).toBe(0)
    expect(await started()).toBe(0)
  })

  test('fail-on never: the tasks start, the summary shows what did not pass; again it is read, not made', async () => {
    const result = await create()
    expect(result.log).toContain('started the premigration assessment aurora-migration-assessed-1-')
    expect(result.summary).toMatch(/### DMS’s premigration assessment: \d+ passed, [1-9]\d* not/u)
    expect(result.summary).toMatch(
      /\| warning \| aurora-migration-assessed-1 \| postgres-check-pglogical \| warning \|/u,
    )
    expect(result.exitCode).toBe(0)
    const { assessments } = JSON.parse(result.outputs['result'] ?? '{}') as {
      assessments: { task: string; results: { name: string; status: string }[] }[]
    }
    expect(assessments.map(({ task }) => task)).toEqual(['aurora-migration-assessed-1'])
    expect(assessments[0]?.results).toContainEqual({ name: 'postgres-check-pglogical', status: 'warning' })
    expect((await stack.tasks()).map(({ Status }) => Status)).not.toContain('ready')

    const before = await changingCalls()
    const again = await create()
    expect(again.summary).toContain('postgres-check-pglogical')
    expect(again.exitCode).toBe(0)
    expect(await changingCalls()).toEqual(before)
  })

  test('fail-on warning: no task starts, each warning is a problem; run again, it is assessed anew', async () => {
    await file('warned', 'warning')
    const refused = await create()
    expect(refused.exitCode).toBe(1)
    expect(refused.summary).toContain('postgres-check-pglogical is “warning”')
    expect((await stack.tasks()).map(({ Status }) => Status)).toEqual(['ready'])
    const before = await started()
    expect((await create()).exitCode).toBe(1)
    expect(await started()).toBe(before + 1)
  })

  test('what failed is mended: the next run assesses again and starts the tasks', async () => {
    await file('mended', 'failed', 'Warehouse.%')
    await stack.emulator.addFault({
      operation: 'assessment:check',
      match: 'postgres-check-dbversion',
      times: 1,
      effect: { kind: 'fail-task', message: 'the assessment host went away' },
    })
    const broken = await create()
    expect(broken.exitCode).toBe(1)
    expect(broken.summary).toContain('DMS’s premigration assessment')
    expect((await stack.tasks()).map(({ Status }) => Status)).toEqual(['ready'])
    const mended = await create()
    expect(mended.log).toMatch(/started the premigration assessment aurora-migration-mended-1-\w{12}-2 /u)
    expect((await runs()).map(({ Status }) => Status)).toContain('error-executing')
    expect(mended.exitCode).toBe(0)
    expect((await stack.tasks()).map(({ Status }) => Status)).not.toContain('ready')
  })
})
