import {
  CreateEndpointCommand,
  CreateReplicationTaskCommand,
  DeleteEndpointCommand,
  DeleteReplicationInstanceCommand,
  DeleteReplicationTaskCommand,
  DescribeEventsCommand,
  DescribeReplicationInstancesCommand,
  DescribeReplicationTasksCommand,
  DescribeTableStatisticsCommand,
  ModifyReplicationTaskCommand,
  MoveReplicationTaskCommand,
  ResourceAlreadyExistsFault,
  ResourceNotFoundFault,
  StartReplicationTaskCommand,
  waitUntilReplicationTaskReady,
} from '@aws-sdk/client-database-migration-service'
import type { CreateReplicationTaskCommandInput } from '@aws-sdk/client-database-migration-service'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestEmulator } from '../emulator/open-test-emulator.ts'
import type { TestEmulator } from '../emulator/open-test-emulator.ts'

const secret = 'very-Secret-word'
const mappings = JSON.stringify({
  rules: [
    {
      'rule-type': 'selection',
      'rule-id': '1',
      'rule-name': 'all',
      'object-locator': { 'schema-name': '%', 'table-name': '%' },
      'rule-action': 'include',
    },
  ],
})

let aws: TestEmulator
let instanceArn = ''
let sourceArn = ''
let targetArn = ''

const named = (Name: string, value: string): { Filters: { Name: string; Values: string[] }[] } => ({
  Filters: [{ Name, Values: [value] }],
})

async function createEndpoint(identifier: string, type: 'source' | 'target'): Promise<string> {
  const { Endpoint } = await aws.dms.send(
    new CreateEndpointCommand({
      EndpointIdentifier: identifier,
      EndpointType: type,
      EngineName: 'postgres',
      ServerName: '127.0.0.1',
      Port: 1,
      DatabaseName: 'shop',
      Username: 'dms',
      Password: secret,
    }),
  )
  return Endpoint?.EndpointArn ?? ''
}

function createTask(identifier: string, overrides: Partial<CreateReplicationTaskCommandInput> = {}) {
  return aws.dms.send(
    new CreateReplicationTaskCommand({
      ReplicationTaskIdentifier: identifier,
      SourceEndpointArn: sourceArn,
      TargetEndpointArn: targetArn,
      ReplicationInstanceArn: instanceArn,
      MigrationType: 'full-load-and-cdc',
      TableMappings: mappings,
      ...overrides,
    }),
  )
}

async function statusOf(arn: string): Promise<string | undefined> {
  const answer = await aws.dms.send(new DescribeReplicationTasksCommand(named('replication-task-arn', arn)))
  return answer.ReplicationTasks?.[0]?.Status
}

async function settingsOf(arn: string): Promise<Record<string, Record<string, unknown>>> {
  const answer = await aws.dms.send(new DescribeReplicationTasksCommand(named('replication-task-arn', arn)))
  return JSON.parse(answer.ReplicationTasks?.[0]?.ReplicationTaskSettings ?? '') as Record<
    string,
    Record<string, unknown>
  >
}

beforeAll(async () => {
  aws = await openTestEmulator()
  const { ReplicationInstances } = await aws.dms.send(new DescribeReplicationInstancesCommand({}))
  instanceArn = ReplicationInstances?.[0]?.ReplicationInstanceArn ?? ''
  sourceArn = await createEndpoint('source', 'source')
  targetArn = await createEndpoint('target', 'target')
})

afterAll(() => aws?.close())

describe('replication tasks', () => {
  it('go from creating to ready, with every setting filled in', async () => {
    const { ReplicationTask } = await createTask('settings', {
      ReplicationTaskSettings: JSON.stringify({
        TargetMetadata: { FullLobMode: true },
        Logging: { EnableLogging: true },
      }),
    })
    expect(ReplicationTask).toMatchObject({ Status: 'creating', MigrationType: 'full-load-and-cdc' })
    expect(ReplicationTask?.ReplicationTaskStats).toBeUndefined()
    const arn = ReplicationTask?.ReplicationTaskArn ?? ''
    const waited = await waitUntilReplicationTaskReady(
      { client: aws.dms, maxWaitTime: 20, minDelay: 1, maxDelay: 1 },
      named('replication-task-arn', arn),
    )
    expect(waited.state).toBe('SUCCESS')
    const settings = await settingsOf(arn)
    expect(settings.TargetMetadata).toMatchObject({
      FullLobMode: true,
      LimitedSizeLobMode: false,
      LobMaxSize: 32,
    })
    expect(settings.FullLoadSettings).toMatchObject({
      TargetTablePrepMode: 'DROP_AND_CREATE',
      MaxFullLoadSubTasks: 8,
    })
    expect(settings.Logging).toMatchObject({
      CloudWatchLogGroup: 'dms-tasks-rep',
      CloudWatchLogStream: `dms-task-${arn.slice(arn.lastIndexOf(':') + 1)}`,
    })
    await expect(
      createTask('cloned', { ReplicationTaskSettings: JSON.stringify(settings) }),
    ).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: 'Task Settings CloudWatchLogGroup or CloudWatchLogStream cannot be set on create',
    })
    const { ReplicationTasks } = await aws.dms.send(
      new DescribeReplicationTasksCommand({
        ...named('replication-task-id', 'settings'),
        WithoutSettings: true,
      }),
    )
    expect(ReplicationTasks?.[0]).not.toHaveProperty('ReplicationTaskSettings')
    expect(ReplicationTasks?.[0]).not.toHaveProperty('TableMappings')
    const deleted = await aws.dms.send(new DeleteReplicationTaskCommand({ ReplicationTaskArn: arn }))
    expect(deleted.ReplicationTask?.Status).toBe('deleting')
    await expect
      .poll(() => statusOf(arn).catch((error: unknown) => error), { timeout: 10_000 })
      .toBeInstanceOf(ResourceNotFoundFault)
  })

  it('are refused with the fault that DMS names', async () => {
    const refused = (overrides: Partial<CreateReplicationTaskCommandInput>) =>
      createTask('refused', overrides)
    const missing = instanceArn.replace(/.{4}$/, 'NONE')
    await expect(refused({ ReplicationInstanceArn: missing })).rejects.toBeInstanceOf(ResourceNotFoundFault)
    await expect(refused({ SourceEndpointArn: targetArn })).rejects.toThrow('is not a source endpoint')
    await expect(refused({ TableMappings: '{' })).rejects.toThrow('not valid json')
    await expect(refused({ TableMappings: '{"rules":[]}' })).rejects.toThrow('Error in mapping rules')
    await expect(
      refused({ ReplicationTaskSettings: '{"TargetMetadata":{"LobMaxSize":"32"}}' }),
    ).rejects.toThrow('LobMaxSize must be a number')
    await expect(refused({ ReplicationTaskSettings: '{"TargetMetadata":{"LobSize":32}}' })).rejects.toThrow(
      'unknown setting TargetMetadata.LobSize',
    )
    await expect(refused({ CdcStartPosition: '0/1' })).rejects.toMatchObject({
      name: 'InvalidParameterCombinationException',
    })
    await expect(refused({ MigrationType: 'cdc', CdcStartPosition: 'yesterday' })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    })
    await expect(refused({ MigrationType: 'cdc', CdcStartTime: new Date() })).rejects.toThrow(
      'not supported for PostgreSQL',
    )
    await expect(refused({ CdcStopPosition: 'soon' })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    })
    await expect(refused({ ReplicationTaskIdentifier: '1st' })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    })
  })

  it('are modified where they do not run, and start only in the ways that their past allows', async () => {
    await aws.emulator.change({ controlPlaneDelayMs: 1000 })
    const { ReplicationTask } = await createTask('life')
    await aws.emulator.change({ controlPlaneDelayMs: 20 })
    const arn = ReplicationTask?.ReplicationTaskArn ?? ''
    const start = (type: 'start-replication' | 'resume-processing' | 'reload-target') =>
      aws.dms.send(
        new StartReplicationTaskCommand({ ReplicationTaskArn: arn, StartReplicationTaskType: type }),
      )
    await expect(start('start-replication')).rejects.toMatchObject({
      name: 'InvalidResourceStateFault',
      message: 'Replication Task cannot be started, invalid state',
    })
    await expect.poll(() => statusOf(arn), { timeout: 10_000 }).toBe('ready')
    await expect(start('resume-processing')).rejects.toMatchObject({
      name: 'InvalidParameterCombinationException',
    })
    await expect(start('reload-target')).rejects.toMatchObject({
      name: 'InvalidParameterCombinationException',
    })
    await expect(createTask('life')).rejects.toBeInstanceOf(ResourceAlreadyExistsFault)
    await expect(
      aws.dms.send(new ModifyReplicationTaskCommand({ ReplicationTaskArn: arn, MigrationType: 'cdc' })),
    ).rejects.toMatchObject({ name: 'InvalidParameterValueException' })
    const modified = await aws.dms.send(
      new ModifyReplicationTaskCommand({
        ReplicationTaskArn: arn,
        ReplicationTaskSettings: JSON.stringify({ FullLoadSettings: { MaxFullLoadSubTasks: 3 } }),
      }),
    )
    expect(modified.ReplicationTask?.Status).toBe('modifying')
    await expect.poll(() => statusOf(arn), { timeout: 10_000 }).toBe('ready')
    expect((await settingsOf(arn)).FullLoadSettings).toMatchObject({ MaxFullLoadSubTasks: 3 })
    const { TableStatistics } = await aws.dms.send(
      new DescribeTableStatisticsCommand({ ReplicationTaskArn: arn }),
    )
    expect(TableStatistics).toEqual([])
    await expect(
      aws.dms.send(new DescribeTableStatisticsCommand({ ReplicationTaskArn: arn, MaxRecords: 501 })),
    ).rejects.toMatchObject({ name: 'InvalidParameterValueException' })
    await expect(aws.dms.send(new DeleteEndpointCommand({ EndpointArn: sourceArn }))).rejects.toMatchObject({
      name: 'InvalidResourceStateFault',
    })
    await expect(
      aws.dms.send(new DeleteReplicationInstanceCommand({ ReplicationInstanceArn: instanceArn })),
    ).rejects.toThrow('has one or more replication tasks')
    await expect(
      aws.dms.send(
        new MoveReplicationTaskCommand({
          ReplicationTaskArn: arn,
          TargetReplicationInstanceArn: instanceArn,
        }),
      ),
    ).rejects.toMatchObject({ name: 'UnknownOperationException' })
    const { Events } = await aws.dms.send(new DescribeEventsCommand({ SourceIdentifier: 'life' }))
    expect(Events?.map(({ Message }) => Message?.slice(0, 14))).toEqual(['DMS-EVENT-0074', 'DMS-EVENT-0080'])
    await aws.dms.send(new DeleteReplicationTaskCommand({ ReplicationTaskArn: arn }))
  })

  it('are found by every filter, and all filters must hold', async () => {
    const { ReplicationTask } = await createTask('found')
    const arn = ReplicationTask?.ReplicationTaskArn ?? ''
    const find = async (filters: Record<string, string>): Promise<(string | undefined)[]> => {
      const Filters = Object.entries(filters).map(([Name, value]) => ({ Name, Values: [value] }))
      const answer = await aws.dms.send(new DescribeReplicationTasksCommand({ Filters }))
      return (answer.ReplicationTasks ?? []).map((task) => task.ReplicationTaskIdentifier)
    }
    await expect
      .poll(() => find({ 'migration-type': 'full-load-and-cdc' }), { timeout: 10_000 })
      .toEqual(['found'])
    expect(await find({ 'endpoint-arn': targetArn })).toEqual(['found'])
    expect(await find({ 'replication-instance-arn': instanceArn, 'replication-task-id': 'found' })).toEqual([
      'found',
    ])
    await expect(find({ 'migration-type': 'cdc', 'replication-task-id': 'found' })).rejects.toBeInstanceOf(
      ResourceNotFoundFault,
    )
    await expect(find({ colour: 'red' })).rejects.toMatchObject({ name: 'InvalidParameterValueException' })
    await aws.dms.send(new DeleteReplicationTaskCommand({ ReplicationTaskArn: arn }))
  })
})
