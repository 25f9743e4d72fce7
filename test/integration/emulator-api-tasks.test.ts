import {
  DeleteReplicationTaskCommand,
  ModifyEndpointCommand,
  ModifyReplicationTaskCommand,
  ReloadTablesCommand,
  ResourceNotFoundFault,
  StopReplicationTaskCommand,
} from '@aws-sdk/client-database-migration-service'
import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestMigration, until } from '../emulator/open-test-migration.ts'
import type { TestMigration } from '../emulator/open-test-migration.ts'

const schema =
  'create table public.item (id int primary key, name varchar(40)); create table public.note (id int primary key, item int)'

let my: TestMigration

const rowsOnTarget = async (): Promise<number> =>
  Number((await my.query<{ n: string }>(my.target, 'select count(*)::text as n from public.item'))[0]?.n)

beforeAll(async () => {
  my = await openTestMigration('emulator-api', schema)
  await my.query(my.source, "insert into public.item select n, 'item ' || n from generate_series(1, 500) n")
})

afterAll(() => my?.close())

describe('a replication task over two servers', () => {
  let arn = ''

  it('refuses to start before both connections were tested', async () => {
    arn = await my.createTask('main')
    await expect(my.start(arn, 'start-replication')).rejects.toMatchObject({
      name: 'InvalidResourceStateFault',
      message: expect.stringMatching(
        /^Test connection .* should be successful for starting the replication task$/,
      ) as string,
    })
  })

  it('reports a connection that fails in the words of the driver', async () => {
    const modify = (ServerName: string, Port: number): Promise<unknown> =>
      my.aws.dms.send(new ModifyEndpointCommand({ EndpointArn: my.targetArn, ServerName, Port }))
    expect(await my.testConnection(my.targetArn)).toBe('successful')
    await modify('127.0.0.1', 1)
    expect(await my.connection(my.targetArn)).toMatch(
      /^Test Endpoint failed: Application-Status: 1020912, .* SqlState: 08001 .*ECONNREFUSED/,
    )
    await modify(my.target.host, my.target.port)
    expect(await my.connection(my.targetArn)).toBe('successful')
    expect(await my.testConnection(my.sourceArn)).toBe('successful')
  })

  it('loads, then captures changes', async () => {
    await my.start(arn, 'start-replication')
    await my.reaches(arn, 'running')
    await until('loaded', async () => ((await rowsOnTarget()) === 500 ? true : undefined))
    await my.query(
      my.source,
      "insert into public.item values (501, 'late'); update public.item set name = 'new' where id = 1",
    )
    await until('captured', async () => ((await rowsOnTarget()) === 501 ? true : undefined))
    const item = await until('counted', async () =>
      (await my.statistics(arn)).find(
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
    expect((await my.task(arn)).ReplicationTaskStats).toMatchObject({
      FullLoadProgressPercent: 100,
      TablesLoaded: 2,
      TablesErrored: 0,
    })
  })

  it('publishes metrics under the external id', async () => {
    const externalId = arn.slice(arn.lastIndexOf(':') + 1)
    const latency = await until('a point', async () => {
      const { MetricDataResults } = await my.aws.cloudWatch.send(
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
    await expect(my.start(arn, 'resume-processing')).rejects.toThrow(
      'Replication Task cannot be started, invalid state',
    )
    await expect(
      my.aws.dms.send(new ModifyReplicationTaskCommand({ ...Arn, TableMappings: '{"rules":[]}' })),
    ).rejects.toThrow(
      'Replication Task, excluding logging severity task settings, cannot be modified while it is running state',
    )
    await expect(my.aws.dms.send(new DeleteReplicationTaskCommand(Arn))).rejects.toMatchObject({
      name: 'InvalidResourceStateFault',
    })
    await expect(
      my.aws.dms.send(new ModifyEndpointCommand({ EndpointArn: my.sourceArn, Port: 1 })),
    ).rejects.toMatchObject({ name: 'InvalidResourceStateFault' })
    const reload = (names: string[], option?: 'validate-only'): Promise<unknown> =>
      my.aws.dms.send(
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
    await my.aws.emulator.kill()
    await my.query(my.source, "insert into public.item values (502, 'while it was down')")
    await my.aws.emulator.restart()
    await until('caught up', async () => ((await rowsOnTarget()) === 502 ? true : undefined))
    await my.reaches(arn, 'running')
    const item = await until('counted', async () =>
      (await my.statistics(arn)).find(
        ({ TableName, AppliedInserts }) => TableName === 'item' && AppliedInserts === 2,
      ),
    )
    expect(item).toMatchObject({ FullLoadRows: 500, Updates: 1, TableState: 'Table completed' })
  })

  it('keeps statistics and a recovery checkpoint when it is stopped, and resumes', async () => {
    await my.aws.dms.send(new StopReplicationTaskCommand({ ReplicationTaskArn: arn }))
    const stopped = await my.reaches(arn, 'stopped')
    expect(stopped.StopReason).toBe('Stop Reason NORMAL')
    expect(stopped.RecoveryCheckpoint).toMatch(/^checkpoint:V1#\d+#[0-9A-F]{8}\/[0-9A-F]{8}#0#0#\*#0#\d+$/)
    expect((await my.statistics(arn)).find(({ TableName }) => TableName === 'item')).toMatchObject({
      AppliedInserts: 2,
    })
    await expect(
      my.aws.dms.send(new StopReplicationTaskCommand({ ReplicationTaskArn: arn })),
    ).rejects.toMatchObject({ name: 'InvalidResourceStateFault' })
    await expect(my.start(arn, 'start-replication')).rejects.toMatchObject({
      name: 'InvalidParameterCombinationException',
      message: 'Start Type : START_REPLICATION, valid only for tasks running for the first time',
    })
    await my.query(my.source, 'delete from public.item where id = 502')
    await my.start(arn, 'resume-processing')
    await my.reaches(arn, 'running')
    await until('deleted', async () => ((await rowsOnTarget()) === 501 ? true : undefined))
  })

  it('fails at a fault of the row mover, with the cause in both texts', async () => {
    await my.aws.emulator.addFault({
      operation: 'cdc:apply',
      effect: { kind: 'fail-task', message: 'disk on fire' },
    })
    await my.query(my.source, "insert into public.item values (503, 'fatal')")
    const failed = await my.reaches(arn, 'failed')
    await my.aws.emulator.clearFaults()
    expect(failed.LastFailureMessage).toContain('disk on fire')
    expect(failed.StopReason).toContain('FATAL_ERROR')
    await my.start(arn, 'resume-processing')
    await until('applied after all', async () => ((await rowsOnTarget()) === 502 ? true : undefined))
  })

  it('drops its slot and disappears when it is deleted', async () => {
    await my.aws.dms.send(new StopReplicationTaskCommand({ ReplicationTaskArn: arn }))
    await my.reaches(arn, 'stopped')
    expect(await my.query(my.source, 'select 1 from pg_replication_slots')).toHaveLength(1)
    await my.aws.dms.send(new DeleteReplicationTaskCommand({ ReplicationTaskArn: arn }))
    await expect
      .poll(() => my.task(arn).catch((error: unknown) => error), { timeout: 10_000 })
      .toBeInstanceOf(ResourceNotFoundFault)
    expect(await my.query(my.source, 'select 1 from pg_replication_slots')).toHaveLength(0)
  })
})
