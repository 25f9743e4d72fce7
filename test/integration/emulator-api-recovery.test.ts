import { ReloadTablesCommand, StopReplicationTaskCommand } from '@aws-sdk/client-database-migration-service'
import { GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestMigration, until } from '../emulator/open-test-migration.ts'
import type { TestMigration } from '../emulator/open-test-migration.ts'

const schema = ['one', 'two', 'three']
  .map((name) => `create table public.${name} (id int primary key, name varchar(40));`)
  .join(' ')

let my: TestMigration

const rows = async (table: string): Promise<number> =>
  Number((await my.query<{ n: string }>(my.target, `select count(*)::text as n from public.${table}`))[0]?.n)

const hasRows = (table: string, count: number): Promise<true> =>
  until(`${count} rows in ${table}`, async () => ((await rows(table)) === count ? true : undefined))

const stop = (arn: string): Promise<unknown> =>
  my.aws.dms.send(new StopReplicationTaskCommand({ ReplicationTaskArn: arn }))

beforeAll(async () => {
  my = await openTestMigration('emulator-recovery', schema, (source) => ({
    rds: {
      instances: [
        {
          identifier: 'shop-source',
          address: source.host,
          port: source.port,
          engineVersion: '15.18',
          monitorUrl: source.superuserUrl,
        },
      ],
      clusters: [],
    },
  }))
  for (const table of ['one', 'two', 'three']) {
    await my.query(
      my.source,
      `insert into public.${table} select n, 'row ' || n from generate_series(1, 200) n`,
    )
  }
  await my.testConnection(my.sourceArn)
  await my.testConnection(my.targetArn)
})

afterAll(() => my?.close())

describe('a task that is interrupted', () => {
  let arn = ''

  it('goes on with the full load after a crash in the middle of it', async () => {
    arn = await my.createTask('interrupted')
    await my.aws.emulator.addFault({ operation: 'full-load:table', match: 'two', effect: { kind: 'hold' } })
    await my.start(arn, 'start-replication')
    await hasRows('one', 200)
    await hasRows('three', 200)
    expect(await rows('two')).toBe(0)
    await my.aws.emulator.kill()
    await my.query(
      my.source,
      "insert into public.one values (201, 'meanwhile'); insert into public.two values (201, 'meanwhile')",
    )
    await my.aws.emulator.restart()
    for (const table of ['one', 'two']) await hasRows(table, 201)
    const stats = await until('loaded', async () => {
      const { ReplicationTaskStats } = await my.reaches(arn, 'running')
      return ReplicationTaskStats?.TablesLoaded === 3 ? ReplicationTaskStats : undefined
    })
    expect(stats).toMatchObject({ FullLoadProgressPercent: 100, TablesErrored: 0 })
    expect(await rows('three')).toBe(200)
  })

  it('goes on after the emulator was stopped in good order', async () => {
    await my.aws.emulator.stop()
    await my.query(my.source, "insert into public.three values (201, 'meanwhile')")
    await my.aws.emulator.restart()
    await hasRows('three', 201)
    expect((await my.reaches(arn, 'running')).StopReason).toBeUndefined()
  })

  it('reloads a table while it runs', async () => {
    await my.query(my.target, 'delete from public.two')
    await my.aws.dms.send(
      new ReloadTablesCommand({
        ReplicationTaskArn: arn,
        TablesToReload: [{ SchemaName: 'public', TableName: 'two' }],
      }),
    )
    await hasRows('two', 201)
    const reloaded = await until('counted', async () =>
      (await my.statistics(arn)).find(
        ({ TableName, TableState }) => TableName === 'two' && TableState === 'Table completed',
      ),
    )
    expect(reloaded.FullLoadReloaded).toBe(true)
  })

  it('waits the replication delay before it applies', async () => {
    await my.aws.emulator.change({ replicationDelayMs: 700 })
    const started = Date.now()
    await my.query(my.source, "insert into public.one values (202, 'slow')")
    await hasRows('one', 202)
    expect(Date.now() - started).toBeGreaterThanOrEqual(650)
    await my.aws.emulator.change({ replicationDelayMs: 0 })
  })

  it('measures the WAL that its slot holds back', async () => {
    const value = await until('a point', async () => {
      const { Datapoints } = await my.aws.cloudWatch.send(
        new GetMetricStatisticsCommand({
          Namespace: 'AWS/RDS',
          MetricName: 'TransactionLogsDiskUsage',
          Dimensions: [{ Name: 'DBInstanceIdentifier', Value: 'shop-source' }],
          StartTime: new Date(Date.now() - 60_000),
          EndTime: new Date(Date.now() + 1000),
          Period: 60,
          Statistics: ['Maximum'],
        }),
      )
      return Datapoints?.[0]?.Maximum
    })
    expect(value).toBeGreaterThan(1_000_000)
  })

  it('loads everything afresh with reload-target', async () => {
    await stop(arn)
    await my.reaches(arn, 'stopped')
    await my.query(my.target, 'truncate public.one, public.two, public.three')
    await my.start(arn, 'reload-target')
    await hasRows('one', 202)
    await hasRows('three', 201)
    await my.reaches(arn, 'running')
    expect(await my.query(my.source, 'select 1 from pg_replication_slots')).toHaveLength(1)
    await stop(arn)
    await my.reaches(arn, 'stopped')
  })
})

describe('a task that loads only', () => {
  it('stops by itself, says why, and counts a table in error', async () => {
    await my.query(my.target, 'truncate public.one, public.two, public.three')
    const arn = await my.createTask('load-only', { MigrationType: 'full-load' })
    await my.aws.emulator.addFault({
      operation: 'full-load:table',
      match: 'three',
      effect: { kind: 'table-error', message: 'bad luck' },
    })
    await my.start(arn, 'start-replication')
    const stopped = await my.reaches(arn, 'stopped')
    await my.aws.emulator.clearFaults()
    expect(stopped.StopReason).toBe('Stop Reason FULL_LOAD_ONLY_FINISHED')
    expect(stopped.ReplicationTaskStats).toMatchObject({
      TablesLoaded: 2,
      TablesErrored: 1,
      FullLoadProgressPercent: 100,
    })
    expect(stopped.ReplicationTaskStats?.StopDate).toBeInstanceOf(Date)
    const states = Object.fromEntries(
      (await my.statistics(arn)).map(({ TableName, TableState }) => [TableName, TableState]),
    )
    expect(states).toEqual({ one: 'Table completed', two: 'Table completed', three: 'Table error' })
    expect(await rows('two')).toBe(201)
  })
})
