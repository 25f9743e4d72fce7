import {
  CreateEndpointCommand,
  CreateReplicationTaskCommand,
  DeleteReplicationTaskCommand,
  DescribeConnectionsCommand,
  DescribeReplicationInstancesCommand,
  DescribeReplicationTasksCommand,
  DescribeTableStatisticsCommand,
  ModifyEndpointCommand,
  ModifyReplicationTaskCommand,
  ReloadTablesCommand,
  ResourceNotFoundFault,
  StartReplicationTaskCommand,
  StopReplicationTaskCommand,
  TestConnectionCommand,
} from '@aws-sdk/client-database-migration-service'
import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import type { ReplicationTask, TableStatistics } from '@aws-sdk/client-database-migration-service'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestEmulator } from '../emulator/open-test-emulator.ts'
import type { TestEmulator } from '../emulator/open-test-emulator.ts'
import { openServerGroup } from '../postgres/server-group.ts'
import type { PostgresServer, ServerGroup } from '../postgres/server-group.ts'

const schema =
  'create table public.item (id int primary key, name varchar(40)); create table public.note (id int primary key, item int)'

let group: ServerGroup
let source: PostgresServer
let target: PostgresServer
let aws: TestEmulator
let instanceArn = ''
let sourceArn = ''
let targetArn = ''

async function run<T = Record<string, unknown>>(server: PostgresServer, sql: string): Promise<T[]> {
  const client = new Client({ connectionString: server.superuserUrl })
  await client.connect()
  try {
    const result = await client.query<Record<string, unknown>>(sql)
    return result.rows as T[]
  } finally {
    await client.end()
  }
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 20_000
  while (Date.now() < deadline) {
    const seen = await look()
    if (seen !== undefined) return seen
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`never happened: ${what}`)
}

async function task(arn: string): Promise<ReplicationTask> {
  const filters = [{ Name: 'replication-task-arn', Values: [arn] }]
  const { ReplicationTasks } = await aws.dms.send(new DescribeReplicationTasksCommand({ Filters: filters }))
  const [found] = ReplicationTasks ?? []
  if (!found) throw new Error('no task')
  return found
}

async function reaches(arn: string, status: string): Promise<ReplicationTask> {
  return until(`task ${status}`, async () => {
    const seen = await task(arn)
    if (seen.Status === 'failed' && status !== 'failed') throw new Error(seen.LastFailureMessage ?? 'failed')
    return seen.Status === status ? seen : undefined
  })
}

async function statistics(arn: string): Promise<TableStatistics[]> {
  const answer = await aws.dms.send(new DescribeTableStatisticsCommand({ ReplicationTaskArn: arn }))
  return answer.TableStatistics ?? []
}

async function testConnection(endpointArn: string): Promise<string | undefined> {
  await aws.dms.send(
    new TestConnectionCommand({ EndpointArn: endpointArn, ReplicationInstanceArn: instanceArn }),
  )
  return connection(endpointArn)
}

async function connection(endpointArn: string): Promise<string | undefined> {
  return until('connection tested', async () => {
    const answer = await aws.dms.send(
      new DescribeConnectionsCommand({ Filters: [{ Name: 'endpoint-arn', Values: [endpointArn] }] }),
    )
    const [seen] = answer.Connections ?? []
    if (seen?.Status === 'testing') return undefined
    return seen?.LastFailureMessage ?? seen?.Status
  })
}

async function createTask(identifier: string, settings: Record<string, unknown> = {}): Promise<string> {
  const { ReplicationTask } = await aws.dms.send(
    new CreateReplicationTaskCommand({
      ReplicationTaskIdentifier: identifier,
      SourceEndpointArn: sourceArn,
      TargetEndpointArn: targetArn,
      ReplicationInstanceArn: instanceArn,
      MigrationType: 'full-load-and-cdc',
      TableMappings: JSON.stringify({
        rules: [
          {
            'rule-type': 'selection',
            'rule-id': '1',
            'rule-name': 'all',
            'object-locator': { 'schema-name': 'public', 'table-name': '%' },
            'rule-action': 'include',
          },
        ],
      }),
      ReplicationTaskSettings: JSON.stringify({
        FullLoadSettings: { TargetTablePrepMode: 'DO_NOTHING' },
        ...settings,
      }),
    }),
  )
  const arn = ReplicationTask?.ReplicationTaskArn ?? ''
  await reaches(arn, 'ready')
  return arn
}

const start = (
  arn: string,
  type: 'start-replication' | 'resume-processing' | 'reload-target',
): Promise<unknown> =>
  aws.dms.send(new StartReplicationTaskCommand({ ReplicationTaskArn: arn, StartReplicationTaskType: type }))

const rowsOnTarget = async (): Promise<number> =>
  Number((await run<{ n: string }>(target, 'select count(*)::text as n from public.item'))[0]?.n)

beforeAll(async () => {
  group = await openServerGroup('emulator-api')
  ;[source, target] = await Promise.all([
    group.start({ name: 'source', major: 15 }),
    group.start({ name: 'target', major: 17 }),
  ])
  await run(source, schema)
  await run(target, schema)
  await run(source, "insert into public.item select n, 'item ' || n from generate_series(1, 500) n")
  const { hostname, port, username, password } = new URL(source.superuserUrl)
  aws = await openTestEmulator({
    secrets: {
      'dms/source': { host: hostname, port: Number(port), username, password: decodeURIComponent(password) },
    },
  })
  const instances = await aws.dms.send(new DescribeReplicationInstancesCommand({}))
  instanceArn = instances.ReplicationInstances?.[0]?.ReplicationInstanceArn ?? ''
  const sourceEndpoint = await aws.dms.send(
    new CreateEndpointCommand({
      EndpointIdentifier: 'source',
      EndpointType: 'source',
      EngineName: 'postgres',
      PostgreSQLSettings: {
        SecretsManagerSecretId: 'dms/source',
        SecretsManagerAccessRoleArn: 'arn:aws:iam::123456789012:role/dms',
        DatabaseName: 'postgres',
        CaptureDdls: false,
      },
    }),
  )
  sourceArn = sourceEndpoint.Endpoint?.EndpointArn ?? ''
  const { username: user, password: secret } = new URL(target.superuserUrl)
  const targetEndpoint = await aws.dms.send(
    new CreateEndpointCommand({
      EndpointIdentifier: 'target',
      EndpointType: 'target',
      EngineName: 'aurora-postgresql',
      ServerName: target.host,
      Port: target.port,
      DatabaseName: 'postgres',
      Username: user,
      Password: decodeURIComponent(secret),
      PostgreSQLSettings: { AfterConnectScript: 'SET session_replication_role = replica' },
    }),
  )
  targetArn = targetEndpoint.Endpoint?.EndpointArn ?? ''
})

afterAll(async () => {
  await aws?.close()
  await group?.close()
})

describe('a replication task over two servers', () => {
  let arn = ''

  it('refuses to start before both connections were tested', async () => {
    arn = await createTask('main')
    await expect(start(arn, 'start-replication')).rejects.toMatchObject({
      name: 'InvalidResourceStateFault',
      message: expect.stringMatching(
        /^Test connection .* should be successful for starting the replication task$/,
      ) as string,
    })
  })

  it('reports a connection that fails in the words of the driver', async () => {
    const modify = (ServerName: string, Port: number): Promise<unknown> =>
      aws.dms.send(new ModifyEndpointCommand({ EndpointArn: targetArn, ServerName, Port }))
    expect(await testConnection(targetArn)).toBe('successful')
    await modify('127.0.0.1', 1)
    expect(await connection(targetArn)).toMatch(
      /^Test Endpoint failed: Application-Status: 1020912, .* SqlState: 08001 .*ECONNREFUSED/,
    )
    await modify(target.host, target.port)
    expect(await connection(targetArn)).toBe('successful')
    expect(await testConnection(sourceArn)).toBe('successful')
  })

  it('loads, then captures changes', async () => {
    await start(arn, 'start-replication')
    await reaches(arn, 'running')
    await until('loaded', async () => ((await rowsOnTarget()) === 500 ? true : undefined))
    await run(
      source,
      "insert into public.item values (501, 'late'); update public.item set name = 'new' where id = 1",
    )
    await until('captured', async () => ((await rowsOnTarget()) === 501 ? true : undefined))
    const item = await until('counted', async () =>
      (await statistics(arn)).find(
        ({ TableName, AppliedUpdates }) => TableName === 'item' && AppliedUpdates === 1,
      ),
    )
    expect(item).toMatchObject({
      SchemaName: 'public',
      FullLoadRows: 500,
      Inserts: 1,
      Updates: 1,
      TableState: 'Table completed',
    })
    expect(item.FullLoadEndTime).toBeInstanceOf(Date)
    expect((await task(arn)).ReplicationTaskStats).toMatchObject({
      FullLoadProgressPercent: 100,
      TablesLoaded: 2,
      TablesErrored: 0,
    })
  })

  it('publishes metrics under the external id', async () => {
    const externalId = arn.slice(arn.lastIndexOf(':') + 1)
    const latency = await until('a point', async () => {
      const { MetricDataResults } = await aws.cloudWatch.send(
        new GetMetricDataCommand({
          StartTime: new Date(Date.now() - 60_000),
          EndTime: new Date(Date.now() + 1000),
          MetricDataQueries: [
            {
              Id: 'latency',
              MetricStat: {
                Metric: {
                  Namespace: 'AWS/DMS',
                  MetricName: 'CDCLatencyTarget',
                  Dimensions: [
                    { Name: 'ReplicationInstanceIdentifier', Value: 'rep' },
                    { Name: 'ReplicationTaskIdentifier', Value: externalId },
                  ],
                },
                Period: 60,
                Stat: 'Average',
              },
            },
          ],
        }),
      )
      return MetricDataResults?.[0]?.Values?.[0]
    })
    expect(latency).toBeLessThan(60)
  })

  it('refuses what a running task may not do', async () => {
    const Arn = { ReplicationTaskArn: arn }
    await expect(start(arn, 'resume-processing')).rejects.toThrow(
      'Replication Task cannot be started, invalid state',
    )
    await expect(
      aws.dms.send(new ModifyReplicationTaskCommand({ ...Arn, TableMappings: '{"rules":[]}' })),
    ).rejects.toThrow(
      'Replication Task, excluding logging severity task settings, cannot be modified while it is running state',
    )
    await expect(aws.dms.send(new DeleteReplicationTaskCommand(Arn))).rejects.toMatchObject({
      name: 'InvalidResourceStateFault',
    })
    await expect(
      aws.dms.send(new ModifyEndpointCommand({ EndpointArn: sourceArn, Port: 1 })),
    ).rejects.toMatchObject({ name: 'InvalidResourceStateFault' })
    const reload = (names: string[], option?: 'validate-only'): Promise<unknown> =>
      aws.dms.send(
        new ReloadTablesCommand({
          ...Arn,
          TablesToReload: names.map((TableName) => ({ SchemaName: 'public', TableName })),
          ReloadOption: option,
        }),
      )
    await expect(reload(['item', 'item'])).rejects.toMatchObject({ name: 'InvalidParameterValueException' })
    await expect(reload(['item'], 'validate-only')).rejects.toMatchObject({
      name: 'InvalidResourceStateFault',
    })
  })

  it('goes on from its slot after a crash of the emulator', async () => {
    // Counters are kept four times a second; those of the last moment before a crash may be lost, rows never.
    await new Promise((resolve) => setTimeout(resolve, 500))
    await aws.emulator.kill()
    await run(source, "insert into public.item values (502, 'while it was down')")
    await aws.emulator.restart()
    await until('caught up', async () => ((await rowsOnTarget()) === 502 ? true : undefined))
    await reaches(arn, 'running')
    const item = await until('counted', async () =>
      (await statistics(arn)).find(
        ({ TableName, AppliedInserts }) => TableName === 'item' && AppliedInserts === 2,
      ),
    )
    expect(item).toMatchObject({ FullLoadRows: 500, Updates: 1, TableState: 'Table completed' })
  })

  it('keeps statistics and a recovery checkpoint when it is stopped, and resumes', async () => {
    await aws.dms.send(new StopReplicationTaskCommand({ ReplicationTaskArn: arn }))
    const stopped = await reaches(arn, 'stopped')
    expect(stopped.StopReason).toBe('Stop Reason NORMAL')
    expect(stopped.RecoveryCheckpoint).toMatch(/^checkpoint:V1#\d+#[0-9A-F]{8}\/[0-9A-F]{8}#0#0#\*#0#\d+$/)
    expect((await statistics(arn)).find(({ TableName }) => TableName === 'item')).toMatchObject({
      AppliedInserts: 2,
    })
    await expect(
      aws.dms.send(new StopReplicationTaskCommand({ ReplicationTaskArn: arn })),
    ).rejects.toMatchObject({ name: 'InvalidResourceStateFault' })
    await expect(start(arn, 'start-replication')).rejects.toMatchObject({
      name: 'InvalidParameterCombinationException',
      message: 'Start Type : START_REPLICATION, valid only for tasks running for the first time',
    })
    await run(source, 'delete from public.item where id = 502')
    await start(arn, 'resume-processing')
    await reaches(arn, 'running')
    await until('deleted', async () => ((await rowsOnTarget()) === 501 ? true : undefined))
  })

  it('fails at a fault of the row mover, with the cause in both texts', async () => {
    await aws.emulator.addFault({
      operation: 'cdc:apply',
      effect: { kind: 'fail-task', message: 'disk on fire' },
    })
    await run(source, "insert into public.item values (503, 'fatal')")
    const failed = await reaches(arn, 'failed')
    await aws.emulator.clearFaults()
    expect(failed.LastFailureMessage).toContain('disk on fire')
    expect(failed.StopReason).toContain('FATAL_ERROR')
    await start(arn, 'resume-processing')
    await until('applied after all', async () => ((await rowsOnTarget()) === 502 ? true : undefined))
  })

  it('drops its slot and disappears when it is deleted', async () => {
    await aws.dms.send(new StopReplicationTaskCommand({ ReplicationTaskArn: arn }))
    await reaches(arn, 'stopped')
    expect(await run(source, 'select 1 from pg_replication_slots')).toHaveLength(1)
    await aws.dms.send(new DeleteReplicationTaskCommand({ ReplicationTaskArn: arn }))
    await expect.poll(() => task(arn).catch((error: unknown) => error)).toBeInstanceOf(ResourceNotFoundFault)
    expect(await run(source, 'select 1 from pg_replication_slots')).toHaveLength(0)
  })
})
