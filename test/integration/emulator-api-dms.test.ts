import {
  AddTagsToResourceCommand,
  CreateEndpointCommand,
  CreateReplicationInstanceCommand,
  DeleteEndpointCommand,
  DeleteReplicationInstanceCommand,
  DescribeAccountAttributesCommand,
  DescribeConnectionsCommand,
  DescribeEndpointsCommand,
  DescribeEngineVersionsCommand,
  DescribeReplicationInstancesCommand,
  ListTagsForResourceCommand,
  ModifyEndpointCommand,
  ModifyReplicationInstanceCommand,
  paginateDescribeEndpoints,
  RemoveTagsFromResourceCommand,
  ResourceAlreadyExistsFault,
  ResourceNotFoundFault,
  TestConnectionCommand,
  waitUntilReplicationInstanceDeleted,
} from '@aws-sdk/client-database-migration-service'
import type { PostgreSQLSettings } from '@aws-sdk/client-database-migration-service'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestEmulator } from '../emulator/open-test-emulator.ts'
import type { TestEmulator } from '../emulator/open-test-emulator.ts'

const secret = 'very-Secret-word'

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
    await expect.poll(status, { timeout: 10_000 }).toBe('available')
    const modified = await aws.dms.send(
      new ModifyReplicationInstanceCommand({
        ReplicationInstanceArn: arn,
        MultiAZ: true,
        ApplyImmediately: true,
      }),
    )
    expect(modified.ReplicationInstance?.ReplicationInstanceStatus).toBe('modifying')
    await expect.poll(status, { timeout: 10_000 }).toBe('available')
    await aws.dms.send(new DeleteReplicationInstanceCommand({ ReplicationInstanceArn: arn }))
    const waited = await waitUntilReplicationInstanceDeleted(
      { client: aws.dms, maxWaitTime: 20, minDelay: 1, maxDelay: 1 },
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
      .poll(async () => (await aws.dms.send(new DescribeEndpointsCommand({}))).Endpoints?.length, {
        timeout: 10_000,
      })
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
    await aws.emulator.change({ controlPlaneDelayMs: 1000 })
    const { Connection } = await aws.dms.send(new TestConnectionCommand(pair))
    expect(Connection?.Status).toBe('testing')
    await expect(aws.dms.send(new TestConnectionCommand(pair))).rejects.toMatchObject({
      name: 'InvalidResourceStateFault',
    })
    await aws.emulator.change({ controlPlaneDelayMs: 20 })
    const seen = async () =>
      (await aws.dms.send(new DescribeConnectionsCommand(named('endpoint-arn', sourceArn)))).Connections?.[0]
    await expect.poll(async () => (await seen())?.Status, { timeout: 10_000 }).toBe('failed')
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
    await expect
      .poll(async () => (await seen())?.LastFailureMessage, { timeout: 10_000 })
      .toContain('not supported: ; + % { }')
    await aws.dms.send(new DeleteEndpointCommand({ EndpointArn: arn }))
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
