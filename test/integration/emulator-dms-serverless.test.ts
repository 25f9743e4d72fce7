import {
  CreateReplicationConfigCommand,
  DeleteReplicationConfigCommand,
  DescribeReplicationConfigsCommand,
  DescribeReplicationsCommand,
  DescribeReplicationTableStatisticsCommand,
  ListTagsForResourceCommand,
  ModifyEndpointCommand,
  ModifyReplicationConfigCommand,
  paginateDescribeReplicationTableStatistics,
  ReloadReplicationTablesCommand,
  StartReplicationCommand,
  StopReplicationCommand,
} from '@aws-sdk/client-database-migration-service'
import type {
  CreateReplicationConfigCommandInput,
  Replication,
} from '@aws-sdk/client-database-migration-service'
import { GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestMigration, until } from '../emulator/open-test-migration.ts'
import type { TestMigration } from '../emulator/open-test-migration.ts'

const tables = Array.from({ length: 25 }, (_, number) => `t${String(number).padStart(2, '0')}`)
const schema = tables
  .map((name) => `create table public.${name} (id int primary key, name varchar(40));`)
  .join(' ')
const mappings = JSON.stringify({
  rules: [
    {
      'rule-type': 'selection',
      'rule-id': '1',
      'rule-name': 'all',
      'object-locator': { 'schema-name': 'public', 'table-name': 't%' },
      'rule-action': 'include',
    },
  ],
})

let my: TestMigration
let arn = ''

beforeAll(async () => {
  my = await openTestMigration('emulator-serverless', schema)
  for (const table of tables)
    await my.query(
      my.source,
      `insert into public.${table} select n, 'row ' || n from generate_series(1, 20) n`,
    )
})

afterAll(() => my?.close())

async function create(
  identifier: string,
  changes: Partial<CreateReplicationConfigCommandInput> = {},
): Promise<string> {
  const { ReplicationConfig } = await my.aws.dms.send(
    new CreateReplicationConfigCommand({
      ReplicationConfigIdentifier: identifier,
      SourceEndpointArn: my.sourceArn,
      TargetEndpointArn: my.targetArn,
      ReplicationType: 'full-load-and-cdc',
      TableMappings: mappings,
      ComputeConfig: { MinCapacityUnits: 2, MaxCapacityUnits: 16, ReplicationSubnetGroupId: 'shop' },
      ReplicationSettings: JSON.stringify({ FullLoadSettings: { TargetTablePrepMode: 'DO_NOTHING' } }),
      Tags: [{ Key: 'migration', Value: 'shop' }],
      ...changes,
    }),
  )
  return ReplicationConfig?.ReplicationConfigArn ?? ''
}

const start = (type: string, config = arn): Promise<unknown> =>
  my.aws.dms.send(new StartReplicationCommand({ ReplicationConfigArn: config, StartReplicationType: type }))

async function replication(config = arn): Promise<Replication> {
  const { Replications } = await my.aws.dms.send(
    new DescribeReplicationsCommand({ Filters: [{ Name: 'replication-config-arn', Values: [config] }] }),
  )
  const [found] = Replications ?? []
  if (!found) throw new Error('no replication')
  return found
}

const reaches = (status: string, config = arn): Promise<Replication> =>
  until(`replication ${status}`, async () => {
    const seen = await replication(config)
    return seen.Status === status ? seen : undefined
  })

const rows = async (table: string): Promise<number> =>
  Number((await my.query<{ n: string }>(my.target, `select count(*)::text as n from public.${table}`))[0]?.n)

const hasRows = (table: string, count: number): Promise<true> =>
  until(`${count} rows in ${table}`, async () => ((await rows(table)) === count ? true : undefined))

describe('a serverless replication', () => {
  it('is created at rest, tagged, with its configuration', async () => {
    arn = await create('shop')
    expect(arn).toMatch(/^arn:aws:dms:eu-west-1:123456789012:replication-config:[A-Z][A-Z0-9]{25}$/)
    const seen = await replication()
    expect(seen).toMatchObject({ Status: 'created', ReplicationType: 'full-load-and-cdc' })
    expect(seen.StartReplicationType).toBeUndefined()
    const { ReplicationConfigs } = await my.aws.dms.send(new DescribeReplicationConfigsCommand({}))
    expect(ReplicationConfigs).toMatchObject([
      { ReplicationConfigIdentifier: 'shop', ComputeConfig: { MinCapacityUnits: 2, MaxCapacityUnits: 16 } },
    ])
    const { TagList } = await my.aws.dms.send(new ListTagsForResourceCommand({ ResourceArn: arn }))
    expect(TagList).toEqual([{ Key: 'migration', Value: 'shop' }])
  })

  it('refuses capacities, mappings and names that DMS refuses', async () => {
    const compute = (MinCapacityUnits: number, MaxCapacityUnits: number): Promise<string> =>
      create('other', { ComputeConfig: { MinCapacityUnits, MaxCapacityUnits } })
    await expect(compute(1, 3)).rejects.toMatchObject({ name: 'InvalidParameterValueException' })
    await expect(compute(8, 4)).rejects.toMatchObject({ name: 'InvalidParameterCombinationException' })
    await expect(create('shop')).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsFault',
      resourceArn: arn,
    })
    await expect(start('resume-processing')).rejects.toThrow('valid only for tasks that have run before')
    await expect(
      my.aws.dms.send(new StopReplicationCommand({ ReplicationConfigArn: arn })),
    ).rejects.toMatchObject({ name: 'InvalidResourceStateFault' })
  })

  it('goes through the statuses of a start, loads, then captures changes', async () => {
    await my.aws.emulator.change({ controlPlaneDelayMs: 700 })
    const seen = new Set<string>()
    await start('start-replication')
    await until('running', async () => {
      const { Status = '' } = await replication()
      seen.add(Status)
      return Status === 'running' ? true : undefined
    })
    await my.aws.emulator.change({ controlPlaneDelayMs: 20 })
    expect([...seen]).toEqual(
      [
        'initializing',
        'preparing_metadata_resources',
        'testing_connection',
        'fetching_metadata',
        'calculating_capacity',
        'provisioning_capacity',
        'replication_starting',
        'running',
      ].filter((status) => seen.has(status)),
    )
    expect(seen.size).toBeGreaterThan(3)
    for (const table of tables) await hasRows(table, 20)
    await my.query(my.source, "insert into public.t03 values (21, 'late')")
    await hasRows('t03', 21)
    expect(await replication()).toMatchObject({
      StartReplicationType: 'start-replication',
      ProvisionData: { ProvisionState: 'provisioned', ProvisionedCapacityUnits: 2 },
      ReplicationStats: { FullLoadProgressPercent: 100, TablesLoaded: 25, TablesErrored: 0 },
    })
    await expect(start('resume-processing')).rejects.toThrow(
      'Replication for Replication Config: shop is in RUNNING state and cannot start',
    )
    await expect(
      my.aws.dms.send(new ModifyEndpointCommand({ EndpointArn: my.sourceArn, SslMode: 'none' })),
    ).rejects.toMatchObject({ name: 'InvalidResourceStateFault' })
  })

  it('gives table statistics by pages and metrics by its external id', async () => {
    const names: string[] = []
    const pages = paginateDescribeReplicationTableStatistics(
      { client: my.aws.dms, pageSize: 20 },
      { ReplicationConfigArn: arn },
    )
    let count = 0
    for await (const page of pages) {
      count += 1
      names.push(...(page.ReplicationTableStatistics ?? []).map(({ TableName = '' }) => TableName))
    }
    expect(count).toBe(2)
    expect(names.sort()).toEqual(tables)
    const points = await until('a point', async () => {
      const { Datapoints } = await my.aws.cloudWatch.send(
        new GetMetricStatisticsCommand({
          Namespace: 'AWS/DMS',
          MetricName: 'CDCLatencyTarget',
          Dimensions: [{ Name: 'ReplicationConfigIdentifier', Value: arn.slice(arn.lastIndexOf(':') + 1) }],
          StartTime: new Date(Date.now() - 60_000),
          EndTime: new Date(Date.now() + 1000),
          Period: 60,
          Statistics: ['Average'],
        }),
      )
      return Datapoints?.length ? Datapoints : undefined
    })
    expect(points[0]?.Average).toBeLessThan(60)
  })

  it('reloads a table while it runs', async () => {
    await my.query(my.target, 'truncate public.t05')
    await my.aws.dms.send(
      new ReloadReplicationTablesCommand({
        ReplicationConfigArn: arn,
        TablesToReload: [{ SchemaName: 'public', TableName: 't05' }],
      }),
    )
    await hasRows('t05', 20)
    const reloaded = await until('reloaded', async () => {
      const { ReplicationTableStatistics } = await my.aws.dms.send(
        new DescribeReplicationTableStatisticsCommand({
          ReplicationConfigArn: arn,
          Filters: [{ Name: 'table-name', Values: ['t05'] }],
        }),
      )
      const [table] = ReplicationTableStatistics ?? []
      return table?.FullLoadReloaded && table.TableState === 'Table completed' ? table : undefined
    })
    expect(reloaded.FullLoadRows).toBe(20)
  })

  it('goes on after the emulator was killed, and stops and resumes where it was', async () => {
    await my.aws.emulator.kill()
    await my.query(my.source, "insert into public.t00 values (21, 'meanwhile')")
    await my.aws.emulator.restart()
    await hasRows('t00', 21)
    await reaches('running')
    await my.aws.dms.send(new StopReplicationCommand({ ReplicationConfigArn: arn }))
    const stopped = await reaches('stopped')
    expect(stopped.StopReason).toBe('Stop Reason NORMAL')
    expect(stopped.RecoveryCheckpoint).toMatch(/^checkpoint:V1#/)
    await my.query(my.source, "insert into public.t00 values (22, 'stopped')")
    await start('resume-processing')
    await hasRows('t00', 22)
    expect(await rows('t03')).toBe(21)
  })

  it('is modified and deleted only at rest', async () => {
    const change = (): Promise<unknown> =>
      my.aws.dms.send(
        new ModifyReplicationConfigCommand({
          ReplicationConfigArn: arn,
          ComputeConfig: { MaxCapacityUnits: 32 },
        }),
      )
    const remove = (): Promise<unknown> =>
      my.aws.dms.send(new DeleteReplicationConfigCommand({ ReplicationConfigArn: arn }))
    await reaches('running')
    await expect(change()).rejects.toMatchObject({ name: 'InvalidResourceStateFault' })
    await expect(remove()).rejects.toMatchObject({ name: 'InvalidResourceStateFault' })
    await my.aws.dms.send(new StopReplicationCommand({ ReplicationConfigArn: arn }))
    await reaches('stopped')
    await change()
    await expect(start('resume-processing')).rejects.toThrow('is in MODIFYING state and cannot start')
    await reaches('stopped')
    const { ReplicationConfigs } = await my.aws.dms.send(new DescribeReplicationConfigsCommand({}))
    expect(ReplicationConfigs?.[0]?.ComputeConfig).toMatchObject({
      MinCapacityUnits: 2,
      MaxCapacityUnits: 32,
    })
    await remove()
    await until('deleted', async () => {
      try {
        await replication()
        return undefined
      } catch (error) {
        return error instanceof Error && error.name === 'ResourceNotFoundFault' ? true : undefined
      }
    })
    expect(await my.query(my.source, 'select slot_name from pg_replication_slots')).toEqual([])
  })

  it('fails with the reason where a database cannot be reached', async () => {
    await my.aws.dms.send(
      new ModifyEndpointCommand({ EndpointArn: my.targetArn, ServerName: '127.0.0.1', Port: 1 }),
    )
    const lost = await create('lost')
    await start('start-replication', lost)
    const failed = await reaches('failed', lost)
    expect(failed.FailureMessages?.[0]).toMatch(/Test connection failed .*ECONNREFUSED/)
  })

  it('is missing from describe calls for a while where AWS is late', async () => {
    await my.aws.emulator.change({ describeLagMs: 1500 })
    const late = await create('late')
    await expect(replication(late)).rejects.toMatchObject({ name: 'ResourceNotFoundFault' })
    await until('visible', () => replication(late).catch(() => undefined))
    await my.aws.emulator.change({ describeLagMs: 0 })
  })
})
