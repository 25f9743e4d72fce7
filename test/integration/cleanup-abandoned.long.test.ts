import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch'
import {
  AddTagsToResourceCommand,
  CreateEndpointCommand,
  DatabaseMigrationServiceClient,
  DescribeEndpointsCommand,
  DescribeReplicationInstancesCommand,
} from '@aws-sdk/client-database-migration-service'
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openMigrationStack, type MigrationStack } from './migration-stack.ts'
import { wholeState } from './sample-pair.ts'

const topic = 'arn:aws:sns:eu-west-1:123456789012:alarms'
let stack: MigrationStack
let dms: DatabaseMigrationServiceClient
let cloudWatch: CloudWatchClient
const strangers: Record<string, string> = {}

beforeAll(async () => {
  stack = await openMigrationStack('cleanup-abandoned', { instances: [] })
  await stack.rewrite(
    `empty-target: truncate\nduring-load: { foreign-keys: drop }\nalarms: { topic: '${topic}' }\n`,
    (file) =>
      file.replace(
        'replication-instance: rehearsal',
        'replication-instance: { create: { class: dms.r6i.large } }',
      ),
  )
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } =
    stack.emulator.environment()
  const options = {
    endpoint: stack.emulator.url,
    region: 'eu-west-1',
    credentials: { accessKeyId, secretAccessKey },
  }
  dms = new DatabaseMigrationServiceClient(options)
  cloudWatch = new CloudWatchClient(options)
  const sns = new SNSClient(options)
  await sns.send(new CreateTopicCommand({ Name: 'alarms' }))
  sns.destroy()
  const digest = await stack.digest()
  for (const action of ['create-task', 'wait-full-load']) {
    const result = await stack.run(action, {
      migration: stack.file,
      'plan-digest': digest,
      'max-wait': '60s',
    })
    if (result.exitCode !== 0) throw new Error(`${action} failed:\n${result.log}`)
  }
  // Another migration with a name that begins like ours, and somebody who tags nothing.
  for (const [identifier, owner] of [
    ['aurora-migration-shop-2-source', 'shop-2'],
    ['aurora-migration-shop-by-hand', undefined],
  ] as const) {
    const { Endpoint } = await dms.send(
      new CreateEndpointCommand({
        EndpointIdentifier: identifier,
        EndpointType: 'source',
        EngineName: 'postgres',
        ServerName: 'localhost',
        Port: 5432,
        DatabaseName: 'shop',
        Username: 'somebody',
        Password: 'something',
      }),
    )
    strangers[identifier] = Endpoint?.EndpointArn ?? ''
    if (owner !== undefined)
      await dms.send(
        new AddTagsToResourceCommand({
          ResourceArn: Endpoint?.EndpointArn,
          Tags: [{ Key: 'aurora-migration', Value: owner }],
        }),
      )
  }
  await stack.pair.sql('source', "select pg_create_logical_replication_slot('somebody', 'test_decoding')")
}, 120_000)

afterAll(async () => {
  dms.destroy()
  cloudWatch.destroy()
  await stack.close()
})

const cleanup = (inputs: Record<string, string> = {}) =>
  stack.run('cleanup', { migration: stack.file, when: 'abandoned', ...inputs }, { hurry: 20 })
const endpoints = async () =>
  ((await dms.send(new DescribeEndpointsCommand({}))).Endpoints ?? [])
    .map((one) => one.EndpointIdentifier ?? '')
    .toSorted()
const slots = async () =>
  (await stack.pair.sql('source', 'select slot_name::text as slot from pg_replication_slots order by 1')).map(
    ({ slot }) => slot,
  )
const mutations = async () => (await stack.emulator.calls()).filter(({ mutating }) => mutating).length
const schemas = async (side: 'source' | 'target') =>
  (
    await stack.pair.sql(
      side,
      "select nspname::text as name from pg_namespace where nspname ~ '^aurora_migration' order by 1",
    )
  ).map(({ name }) => name)
/** Without what DMS itself writes while its task runs. */
const databases = async () =>
  Promise.all(
    (['source', 'target'] as const).map(async (side) =>
      (await wholeState(stack.pair, side)).split('\n').filter((line) => !line.includes('.awsdms_')),
    ),
  )
const mayConnect = async () => {
  const client = new Client({
    connectionString: stack.pair.target.url(
      { user: 'shop_app', password: stack.pair.passwords.shop_app },
      'shop',
    ),
  })
  client.on('error', () => undefined)
  return client.connect().then(
    async () => {
      await client.end()
      return true
    },
    () => false,
  )
}

test('a target that was never opened is not finished, and a dry run of giving it up changes nothing', async () => {
  const before = [await databases(), await mutations()]
  const finished = await cleanup({ when: 'finished', 'give-up-way-back': 'true' })
  expect(finished.exitCode).toBe(1)
  expect(finished.log).toContain('the source is the database that applications write to')
  const planned = await cleanup({ 'dry-run': 'true' })
  expect(planned.exitCode, planned.log).toBe(0)
  expect(planned.log).toContain('would delete the replication instance aurora-migration-shop')
  expect(planned.log).toContain('would delete the alarm aurora-migration-shop-1-CDCLatencySource')
  expect([await databases(), await mutations()]).toEqual(before)
})

test('what belongs to another migration is refused also when it is named, before anything is touched', async () => {
  const before = await mutations()
  const named = await cleanup({ also: strangers['aurora-migration-shop-2-source'] ?? '' })
  expect(named.exitCode).toBe(1)
  expect(named.log).toContain('belongs to the migration shop-2')
  const database = await cleanup({ also: 'arn:aws:rds:eu-west-1:123456789012:cluster:shop' })
  expect(database.log).toContain('is a database: cleanup deletes none')
  expect(await mutations()).toBe(before)
})

test('a permission that is missing is named; all else is done, and the journal stays as the record of what is left', async () => {
  await stack.emulator.addFault({
    operation: 'DeleteEndpoint',
    match: 'endpoint',
    times: 1,
    effect: { kind: 'error', name: 'AccessDeniedException', message: 'not authorized: dms:DeleteEndpoint' },
  })
  const result = await cleanup()
  expect(result.exitCode).toBe(1)
  expect(result.outputs.state).toBe('incomplete')
  expect(result.summary).toContain('Allow dms:DeleteEndpoint to the role of this job.')
  const left = JSON.parse(result.outputs.left ?? '[]') as { title: string }[]
  expect(left.map(({ title }) => title)).toContainEqual(
    expect.stringMatching(/^delete the endpoint aurora-migration-shop-/u),
  )
  expect(await stack.tasks()).toEqual([])
  expect(await endpoints()).toHaveLength(3)
  expect(await slots()).toEqual(['somebody'])
  expect(await schemas('source')).toEqual(['aurora_migration'])
  const noted = await stack.pair.sql(
    'source',
    "select object from aurora_migration.saved_state where kind = 'aws'",
  )
  expect(noted).not.toEqual([])
})

test('run again it goes on: nothing is left but what is others’, and the target stays closed', async () => {
  const result = await cleanup()
  expect(result.exitCode, result.log).toBe(0)
  expect(result.outputs.state).toBe('clean')
  expect(result.summary).toContain('**The target stays closed**')
  expect(result.summary).toContain('aurora-migration-shop-2-source: belongs to the migration shop-2')
  expect(result.summary).toContain('aurora-migration-shop-by-hand: has no tag of this migration')
  expect(result.summary).toMatch(/replication slot somebody on the source.*of WAL/u)
  expect(await endpoints()).toEqual(['aurora-migration-shop-2-source', 'aurora-migration-shop-by-hand'])
  expect((await dms.send(new DescribeReplicationInstancesCommand({}))).ReplicationInstances).toEqual([])
  expect((await cloudWatch.send(new DescribeAlarmsCommand({}))).MetricAlarms).toEqual([])
  expect(await schemas('source')).toEqual(['aurora_migration'])
  expect(await schemas('target')).toEqual(['aurora_migration'])
  expect(await mayConnect()).toBe(false)
})

test('what is named goes, though the migration did not make it', async () => {
  const result = await cleanup({
    also: `${strangers['aurora-migration-shop-by-hand'] ?? ''} source:somebody`,
  })
  expect(result.exitCode, result.log).toBe(0)
  expect(await endpoints()).toEqual(['aurora-migration-shop-2-source'])
  expect(await slots()).toEqual([])
})

test('lift-guard gives the target back with its keys, and without the journal no trace is left', async () => {
  const keys =
    "select count(*)::int as count from pg_constraint where contype = 'f' and connamespace::regnamespace::text in ('shop', 'billing', '\"Warehouse\"')"
  const on = (side: 'source' | 'target') => stack.pair.sql(side, keys)
  const result = await cleanup({ 'lift-guard': 'true', 'keep-journal': 'false' })
  expect(result.exitCode, result.log).toBe(0)
  expect(await mayConnect()).toBe(true)
  expect(await on('target')).toEqual(await on('source'))
  expect(await schemas('source')).toEqual([])
  expect(await schemas('target')).toEqual([])
  const again = await cleanup({ 'lift-guard': 'true', 'keep-journal': 'false' })
  expect(again.exitCode, again.log).toBe(0)
  expect(again.summary).toContain('nothing was left to remove')
})

test('after a task that could not be made: what was made before it goes', async () => {
  await stack.emulator.addFault({
    operation: 'CreateReplicationTask',
    effect: { kind: 'error', name: 'ResourceQuotaExceededFault', message: 'no more tasks' },
  })
  const create = await stack.run('create-task', {
    migration: stack.file,
    'plan-digest': await stack.digest(),
  })
  expect(create.exitCode).toBe(1)
  expect(await endpoints()).toHaveLength(3)
  const result = await cleanup({ 'keep-journal': 'false', 'lift-guard': 'true' })
  expect(result.exitCode, result.log).toBe(0)
  expect(await endpoints()).toEqual(['aurora-migration-shop-2-source'])
  expect((await dms.send(new DescribeReplicationInstancesCommand({}))).ReplicationInstances).toEqual([])
  for (const side of ['source', 'target'] as const) expect(await schemas(side)).toEqual([])
})
