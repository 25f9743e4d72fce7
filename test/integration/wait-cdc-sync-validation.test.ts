import {
  DatabaseMigrationServiceClient,
  ReloadTablesCommand,
} from '@aws-sdk/client-database-migration-service'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openMigrationStack, type MigrationStack } from './migration-stack.ts'

let stack: MigrationStack
let digest: string
let arn: string
beforeAll(async () => {
  stack = await openMigrationStack('wait-cdc-sync-validation')
  digest = await stack.digest()
  const created = await stack.run('create-task', { migration: stack.file, 'plan-digest': digest })
  arn = (JSON.parse(created.outputs['task-arns'] ?? '[]') as string[])[0] ?? ''
})
afterAll(() => stack.close())

const sync = (inputs: Record<string, string> = {}) =>
  stack.run('wait-cdc-sync', { migration: stack.file, 'plan-digest': digest, 'max-wait': '90s', ...inputs })

describe('wait-cdc-sync with validation', { timeout: 120_000 }, () => {
  test('rows are compared before a marker counts, also of a table that is written to all the time', async () => {
    const ended = new AbortController()
    const writer = (async () => {
      while (!ended.signal.aborted) {
        await stack.pair.sql('source', 'update shop.orders set discount = random() where id <= 20')
        await delay(50)
      }
    })()
    const result = await sync()
    ended.abort()
    await writer
    expect(result.log).toContain('marker 3/3')
    expect(result.outputs['state']).toBe('caught-up')
    const { evidence } = JSON.parse(result.outputs['result'] ?? '{}') as {
      evidence: { tasks: { validation: object }[] }
    }
    expect(evidence.tasks[0]?.validation).toMatchObject({ enabled: true, failed: 0 })
  })

  test('a row that differs refuses, naming its table', async () => {
    const environment = stack.emulator.environment()
    const client = new DatabaseMigrationServiceClient({
      endpoint: stack.emulator.url,
      region: 'eu-west-1',
      credentials: {
        accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
      },
    })
    await stack.pair.sql(
      'target',
      "update shop.customers set name = name || ' (changed behind our back)' where id = (select min(id) from shop.customers)",
    )
    await client.send(
      new ReloadTablesCommand({
        ReplicationTaskArn: arn,
        TablesToReload: [{ SchemaName: 'shop', TableName: 'customers' }],
        ReloadOption: 'validate-only',
      }),
    )
    client.destroy()
    await expect
      .poll(async () => (await sync({ 'dry-run': 'true' })).summary, { timeout: 40_000, interval: 500 })
      .toContain('1 rows of shop.customers differ')
    const result = await sync()
    expect(result.exitCode).toBe(1)
    expect(result.summary).toContain('awsdms_validation_failures_v2')
  })
})
