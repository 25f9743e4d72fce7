import {
  CreateEndpointCommand,
  DatabaseMigrationServiceClient,
  DescribeEndpointsCommand,
  DescribeReplicationsCommand,
} from '@aws-sdk/client-database-migration-service'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeDecisions } from '../../shared/migration/decisions-text.ts'
import { buildPlan } from '../../shared/migration/build-plan.ts'
import { planDigest } from '../../shared/migration/digest.ts'
import { groupTables } from './grouped-decisions.ts'
import { openMigrationStack, type MigrationStack } from './migration-stack.ts'

let stack: MigrationStack
let dms: DatabaseMigrationServiceClient
beforeAll(async () => {
  stack = await openMigrationStack('create-task-compute', { instances: ['rehearsal', 'second'] })
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

/** More than one task only where the file allows it. */
const fourTasks = '  tasks: { max: 4 }'
const truncate = 'empty-target: truncate\n'
const changingCalls = async () =>
  (await stack.emulator.calls())
    .filter(({ operation }) => !/^(Describe|List|Get)/u.test(operation))
    .map(({ operation }) => operation)
const create = async (inputs: Record<string, string>) =>
  stack.run('create-task', { migration: stack.file, ...inputs })
const load = async (inputs: Record<string, string>) =>
  stack.run('wait-full-load', { migration: stack.file, 'plan-digest': inputs['plan-digest'] ?? '' })

/** The inputs by which the plan with these groups of schemas is the approved one. */
async function approved(groups: readonly string[][]): Promise<Record<string, string>> {
  const { migration, catalogue } = await stack.planFacts()
  const decisions = groupTables(catalogue.planned, groups)
  const plan = buildPlan(migration, { source: catalogue, decisions })
  return { 'plan-digest': planDigest(plan), 'plan-decisions': encodeDecisions(decisions) }
}

describe('create-task', { timeout: 90_000 }, () => {
  test('several tasks take several replication instances in turn; again nothing changes', async () => {
    await stack.rewrite(truncate, (text) =>
      text.replace(
        'replication-instance: rehearsal',
        `replication-instance: [rehearsal, second]\n${fourTasks}`,
      ),
    )
    const inputs = await approved([['shop'], ['billing', 'Warehouse']])
    const result = await create(inputs)
    expect(result.log).toContain('started task aurora-migration-shop-2')
    expect(result.exitCode).toBe(0)
    const tasks = await stack.tasks()
    expect(new Set(tasks.map(({ ReplicationInstanceArn }) => ReplicationInstanceArn)).size).toBe(2)
    expect((await load(inputs)).outputs['state']).toBe('loaded')
    const before = await changingCalls()
    expect((await create(inputs)).exitCode).toBe(0)
    expect(await changingCalls()).toEqual(before)
  })

  test('without the decisions that the plan rests on it refuses and says what is missing', async () => {
    await stack.dropTasks()
    const { 'plan-digest': digest = '' } = await approved([['shop', 'billing'], ['Warehouse']])
    const result = await create({ 'plan-digest': digest })
    expect(result.exitCode).toBe(1)
    expect(result.summary).toContain('plan-decisions')
  })

  test('a task whose load broke off is deleted and begun anew beside one that has loaded', async () => {
    await stack.rewrite(truncate, (text) => text.replace('dms:\n', `dms:\n${fourTasks}\n`))
    const inputs = await approved([['shop'], ['billing', 'Warehouse']])
    await stack.emulator.addFault({
      operation: 'full-load:table',
      match: 'Warehouse',
      times: 1,
      effect: { kind: 'fail-task', message: 'Last Error boom' },
    })
    expect((await create(inputs)).exitCode).toBe(0)
    expect((await load(inputs)).exitCode).toBe(1)
    const [kept] = await stack.tasks()
    const again = await create(inputs)
    expect(again.log).toContain('deleted task aurora-migration-shop-2, whose load broke off')
    expect(again.exitCode).toBe(0)
    expect((await load(inputs)).outputs['state']).toBe('loaded')
    expect((await stack.tasks()).map(({ ReplicationTaskArn }) => ReplicationTaskArn)).toContain(
      kept?.ReplicationTaskArn,
    )
  })

  test('endpoints are given host and user where the file names no role for the secret', async () => {
    await stack.dropTasks()
    await stack.rewrite(truncate, (text) =>
      text.replaceAll(/, access-role: '[^']+'/gu, '').replace('name: shop', 'name: plain'),
    )
    const inputs = await approved([['shop', 'billing', 'Warehouse']])
    const result = await create(inputs)
    expect(result.log).toContain('started task aurora-migration-plain-1')
    expect(result.exitCode).toBe(0)
    const { Endpoints = [] } = await dms.send(new DescribeEndpointsCommand({}))
    const target = Endpoints.find(
      ({ EndpointIdentifier }) => EndpointIdentifier === 'aurora-migration-plain-target',
    )
    expect(target).toMatchObject({ Username: 'dms_target', ServerName: '127.0.0.1', DatabaseName: 'shop' })
    expect(result.log.replaceAll(/^::add-mask::.*$/gmu, '') + result.summary).not.toContain(
      stack.pair.passwords.dms_target,
    )
    expect((await load(inputs)).outputs['state']).toBe('loaded')
  })

  test('an endpoint that the file names is used if it agrees, and refused with what differs', async () => {
    await stack.dropTasks()
    const named = (endpoint: string) =>
      stack.rewrite(truncate, (text) =>
        text
          .replace('name: shop', 'name: named')
          .replace('{ secret: shop/dms-source,', `{ secret: shop/dms-source, endpoint: ${endpoint},`),
      )
    await named('theirs')
    const missing = await create(await approved([['shop', 'billing', 'Warehouse']]))
    expect(missing.exitCode).toBe(1)
    expect(missing.summary).toContain('there is no endpoint theirs')

    const settings = {
      SecretsManagerSecretId: 'shop/dms-source',
      SecretsManagerAccessRoleArn: 'arn:aws:iam::000000000000:role/dms',
      DatabaseName: 'shop',
      MapBooleanAsBoolean: true,
      TrimSpaceInChar: false,
      CaptureDdls: false,
      FailTasksOnLobTruncation: true,
      PluginName: 'test-decoding' as const,
    }
    const endpoint = { EndpointType: 'source', EngineName: 'postgres', SslMode: 'none' } as const
    await dms.send(
      new CreateEndpointCommand({
        ...endpoint,
        EndpointIdentifier: 'rounding',
        PostgreSQLSettings: { ...settings, FailTasksOnLobTruncation: false },
      }),
    )
    await dms.send(
      new CreateEndpointCommand({
        ...endpoint,
        EndpointIdentifier: 'theirs',
        ExtraConnectionAttributes: 'mapUnboundedNumericAsString=true;',
        PostgreSQLSettings: settings,
      }),
    )
    await dms.send(
      new CreateEndpointCommand({
        ...endpoint,
        EndpointIdentifier: 'elsewhere',
        ServerName: stack.pair.target.host,
        Port: stack.pair.target.port,
        Username: 'dms_source',
        Password: stack.pair.passwords.dms_source,
        DatabaseName: 'shop',
        ExtraConnectionAttributes: 'mapUnboundedNumericAsString=true;',
        PostgreSQLSettings: {
          ...settings,
          SecretsManagerSecretId: undefined,
          SecretsManagerAccessRoleArn: undefined,
        },
      }),
    )
    await named('elsewhere')
    const astray = await create(await approved([['shop', 'billing', 'Warehouse']]))
    expect(astray.summary).toContain('the endpoint elsewhere leads to another host or port')
    expect(astray.exitCode).toBe(1)
    await named('rounding')
    const differing = await create(await approved([['shop', 'billing', 'Warehouse']]))
    expect(differing.summary).toContain('FailTasksOnLobTruncation')
    expect(differing.exitCode).toBe(1)

    await named('theirs')
    const inputs = await approved([['shop', 'billing', 'Warehouse']])
    const result = await create(inputs)
    expect(result.log).not.toContain('created endpoint aurora-migration-named-source')
    expect(result.exitCode).toBe(0)
    expect((await load(inputs)).outputs['state']).toBe('loaded')
  })

  test('DMS Serverless carries the rows, and a second run changes nothing', async () => {
    await stack.dropTasks()
    await stack.rewrite(truncate, (text) =>
      text
        .replace('name: shop', 'name: serverless')
        .replace('replication-instance: rehearsal', 'serverless: { max-capacity: 16 }'),
    )
    const inputs = await approved([['shop', 'billing', 'Warehouse']])
    const result = await create(inputs)
    expect(result.log).toContain('created replication config aurora-migration-serverless-1')
    expect(result.exitCode).toBe(0)
    const loaded = await load(inputs)
    expect(loaded.outputs['state']).toBe('loaded')
    const { Replications = [] } = await dms.send(new DescribeReplicationsCommand({}))
    expect(Replications.map(({ Status }) => Status)).toEqual(['running'])
    const alone = await stack.run('wait-full-load', { 'task-arns': result.outputs['task-arns'] ?? '' })
    expect(alone.outputs['state']).toBe('loaded')
    const before = await changingCalls()
    expect((await create(inputs)).exitCode).toBe(0)
    expect(await changingCalls()).toEqual(before)
    const synced = await stack.run('wait-cdc-sync', { 'task-arns': result.outputs['task-arns'] ?? '' })
    expect(synced.outputs).toMatchObject({ state: 'caught-up', proof: 'metrics-only' })
  })
})
