import {
  AddTagsToResourceCommand,
  CreateEndpointCommand,
  CreateReplicationInstanceCommand,
  CreateReplicationTaskCommand,
  DeleteEndpointCommand,
  DeleteReplicationInstanceCommand,
  DeleteReplicationTaskCommand,
  DescribeAccountAttributesCommand,
  DescribeConnectionsCommand,
  DescribeEndpointsCommand,
  DescribeEngineVersionsCommand,
  DescribeEventsCommand,
  DescribeReplicationInstancesCommand,
  DescribeReplicationTasksCommand,
  DescribeTableStatisticsCommand,
  ListTagsForResourceCommand,
  ModifyEndpointCommand,
  ModifyReplicationInstanceCommand,
  ModifyReplicationTaskCommand,
  MoveReplicationTaskCommand,
  paginateDescribeEndpoints,
  RemoveTagsFromResourceCommand,
  ResourceAlreadyExistsFault,
  ResourceNotFoundFault,
  StartReplicationTaskCommand,
  TestConnectionCommand,
  waitUntilReplicationInstanceDeleted,
  waitUntilReplicationTaskReady,
} from '@aws-sdk/client-database-migration-service'
import type {
  CreateReplicationTaskCommandInput,
  PostgreSQLSettings,
} from '@aws-sdk/client-database-migration-service'
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

describe('replication instances', () => {
  it('are created under a lower-case name, become available, are modified and deleted', async () => {
    const created = await aws.dms.send(
      new CreateReplicationInstanceCommand({
        ReplicationInstanceIdentifier: 'Second',
        ReplicationInstanceClass: 'dms.r6i.large',
        AllocatedStorage: 100,
        Tags: [{ Key: 'owner', Value: 'tests' }],
      }),
    )
    const instance = created.ReplicationInstance
    expect(instance).toMatchObject({
      ReplicationInstanceIdentifier: 'second',
      ReplicationInstanceStatus: 'creating',
      AllocatedStorage: 100,
    })
    const arn = instance?.ReplicationInstanceArn ?? ''
    expect(arn).toMatch(/^arn:aws:dms:eu-west-1:123456789012:rep:[A-Z0-9]{26}$/)
    const status = async (): Promise<string | undefined> => {
      const seen = await aws.dms.send(
        new DescribeReplicationInstancesCommand(named('replication-instance-arn', arn)),
      )
      return seen.ReplicationInstances?.[0]?.ReplicationInstanceStatus
    }
    await expect.poll(status).toBe('available')
    await aws.dms.send(
      new ModifyReplicationInstanceCommand({
        ReplicationInstanceArn: arn,
        MultiAZ: true,
        ApplyImmediately: true,
      }),
    )
    expect(await status()).toBe('modifying')
    await expect.poll(status).toBe('available')
    await aws.dms.send(new DeleteReplicationInstanceCommand({ ReplicationInstanceArn: arn }))
    const waited = await waitUntilReplicationInstanceDeleted(
      { client: aws.dms, maxWaitTime: 5, minDelay: 1, maxDelay: 1 },
      named('replication-instance-arn', arn),
    )
    expect(waited.state).toBe('SUCCESS')
  })

  it('refuses a name in use, with the ARN of its holder', async () => {
    const error: unknown = await aws.dms
      .send(
        new CreateReplicationInstanceCommand({
          ReplicationInstanceIdentifier: 'REP',
          ReplicationInstanceClass: 'dms.t3.medium',
        }),
      )
      .catch((refusal: unknown) => refusal)
    expect(error).toBeInstanceOf(ResourceAlreadyExistsFault)
    expect(error).toMatchObject({ resourceArn: instanceArn })
  })
})

describe('endpoints', () => {
  it('return their type in upper case and never a password', async () => {
    const { Endpoints } = await aws.dms.send(new DescribeEndpointsCommand(named('endpoint-arn', sourceArn)))
    expect(Endpoints?.[0]).toMatchObject({
      EndpointIdentifier: 'source',
      EndpointType: 'SOURCE',
      Username: 'dms',
      Port: 1,
      PostgreSQLSettings: { ServerName: '127.0.0.1', DatabaseName: 'shop' },
    })
    expect(JSON.stringify(Endpoints)).not.toContain(secret)
  })

  it('walk in pages of 20 to 100', async () => {
    const arns: string[] = []
    for (let number = 0; number < 21; number++) arns.push(await createEndpoint(`many-${number}`, 'source'))
    const pages: number[] = []
    for await (const page of paginateDescribeEndpoints(
      { client: aws.dms, pageSize: 20 },
      named('endpoint-type', 'source'),
    )) {
      pages.push(page.Endpoints?.length ?? 0)
    }
    expect(pages).toEqual([20, 2])
    await expect(aws.dms.send(new DescribeEndpointsCommand({ MaxRecords: 19 }))).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    })
    await expect(aws.dms.send(new DescribeEndpointsCommand({ Marker: 'mine' }))).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    })
    for (const arn of arns) await aws.dms.send(new DeleteEndpointCommand({ EndpointArn: arn }))
    await expect
      .poll(async () => (await aws.dms.send(new DescribeEndpointsCommand({}))).Endpoints?.length)
      .toBe(2)
  })

  it('refuse what cannot work', async () => {
    const base = { EndpointIdentifier: 'bad', EndpointType: 'source' as const, EngineName: 'postgres' }
    const refusals = [
      { ...base, EngineName: 'oracle', ServerName: 'h', Port: 1, Username: 'u', DatabaseName: 'd' },
      {
        ...base,
        EndpointIdentifier: 'two--hyphens',
        ServerName: 'h',
        Port: 1,
        Username: 'u',
        DatabaseName: 'd',
      },
      { ...base, ServerName: 'h' },
      {
        ...base,
        Username: 'u',
        DatabaseName: 'd',
        PostgreSQLSettings: {
          SecretsManagerSecretId: 's',
          SecretsManagerAccessRoleArn: 'arn:aws:iam::123456789012:role/r',
        },
      },
    ]
    for (const refused of refusals) {
      await expect(aws.dms.send(new CreateEndpointCommand(refused))).rejects.toThrow(
        /Invalid|hyphens|must be provided|cannot be given|not available/,
      )
    }
  })

  it('merge settings on modification, or replace them exactly', async () => {
    const arn = await createEndpoint('changing', 'target')
    const change = (settings: PostgreSQLSettings, ExactSettings = false) =>
      aws.dms.send(
        new ModifyEndpointCommand({ EndpointArn: arn, PostgreSQLSettings: settings, ExactSettings }),
      )
    const merged = await change({ AfterConnectScript: 'select 1' })
    expect(merged.Endpoint?.PostgreSQLSettings).toMatchObject({
      AfterConnectScript: 'select 1',
      Username: 'dms',
    })
    const exact = await change({ ServerName: 'h', Port: 2, Username: 'u', DatabaseName: 'd' }, true)
    expect(exact.Endpoint?.PostgreSQLSettings).toEqual({
      ServerName: 'h',
      Port: 2,
      Username: 'u',
      DatabaseName: 'd',
    })
    await aws.dms.send(new DeleteEndpointCommand({ EndpointArn: arn }))
  })
})

describe('connection tests', () => {
  it('read testing first, then the failure in the frame of DMS', async () => {
    const pair = { EndpointArn: sourceArn, ReplicationInstanceArn: instanceArn }
    const { Connection } = await aws.dms.send(new TestConnectionCommand(pair))
    expect(Connection?.Status).toBe('testing')
    await expect(aws.dms.send(new TestConnectionCommand(pair))).rejects.toMatchObject({
      name: 'InvalidResourceStateFault',
    })
    const seen = async () =>
      (await aws.dms.send(new DescribeConnectionsCommand(named('endpoint-arn', sourceArn)))).Connections?.[0]
    await expect.poll(async () => (await seen())?.Status).toBe('failed')
    expect(await seen()).toMatchObject({
      EndpointIdentifier: 'source',
      ReplicationInstanceIdentifier: 'rep',
      LastFailureMessage: expect.stringContaining('Application-Status: 1020912') as string,
    })
  })

  it('refuse a password with a character that DMS does not take', async () => {
    const arn = await createEndpoint('odd', 'source')
    await aws.dms.send(new ModifyEndpointCommand({ EndpointArn: arn, Password: 'semi;colon' }))
    await aws.dms.send(new TestConnectionCommand({ EndpointArn: arn, ReplicationInstanceArn: instanceArn }))
    const seen = async () =>
      (await aws.dms.send(new DescribeConnectionsCommand(named('endpoint-arn', arn)))).Connections?.[0]
    await expect.poll(async () => (await seen())?.LastFailureMessage).toContain('not supported: ; + % { }')
    await aws.dms.send(new DeleteEndpointCommand({ EndpointArn: arn }))
  })
})

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
      { client: aws.dms, maxWaitTime: 5, minDelay: 1, maxDelay: 1 },
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
    await aws.dms.send(new DeleteReplicationTaskCommand({ ReplicationTaskArn: arn }))
    await expect(statusOf(arn)).resolves.toBe('deleting')
    await expect
      .poll(() => statusOf(arn).catch((error: unknown) => error))
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
    const { ReplicationTask } = await createTask('life')
    const arn = ReplicationTask?.ReplicationTaskArn ?? ''
    const start = (type: 'start-replication' | 'resume-processing' | 'reload-target') =>
      aws.dms.send(
        new StartReplicationTaskCommand({ ReplicationTaskArn: arn, StartReplicationTaskType: type }),
      )
    await expect(start('start-replication')).rejects.toMatchObject({
      name: 'InvalidResourceStateFault',
      message: 'Replication Task cannot be started, invalid state',
    })
    await expect.poll(() => statusOf(arn)).toBe('ready')
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
    await expect.poll(() => statusOf(arn)).toBe('ready')
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
    await expect.poll(() => find({ 'migration-type': 'full-load-and-cdc' })).toEqual(['found'])
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

describe('tags and offers', () => {
  it('are added, listed for several resources and removed', async () => {
    await aws.dms.send(
      new AddTagsToResourceCommand({
        ResourceArn: sourceArn,
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'b', Value: '2' },
        ],
      }),
    )
    await aws.dms.send(new RemoveTagsFromResourceCommand({ ResourceArn: sourceArn, TagKeys: ['a'] }))
    const { TagList } = await aws.dms.send(
      new ListTagsForResourceCommand({ ResourceArnList: [sourceArn, targetArn] }),
    )
    expect(TagList).toEqual([{ Key: 'b', Value: '2', ResourceArn: sourceArn }])
    await expect(
      aws.dms.send(new ListTagsForResourceCommand({ ResourceArn: `${sourceArn}X` })),
    ).rejects.toBeInstanceOf(ResourceNotFoundFault)
  })

  it('name engine versions and quotas', async () => {
    const { EngineVersions } = await aws.dms.send(new DescribeEngineVersionsCommand({}))
    expect(EngineVersions?.map(({ Version }) => Version)).toContain('3.6.1')
    const { AccountQuotas } = await aws.dms.send(new DescribeAccountAttributesCommand({}))
    expect(AccountQuotas).toContainEqual({ AccountQuotaName: 'ReplicationInstances', Used: 1, Max: 60 })
  })
})
