import {
  CreateEndpointCommand,
  DatabaseMigrationServiceClient,
  DescribeEndpointsCommand,
} from '@aws-sdk/client-database-migration-service'
import { DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openTestEmulator, type TestEmulator } from '../emulator/open-test-emulator.ts'
import { changesAws, openCallProxy, type CallProxy } from './call-proxy.ts'

let aws: TestEmulator
let proxy: CallProxy
let dms: DatabaseMigrationServiceClient
let rds: RDSClient
beforeAll(async () => {
  aws = await openTestEmulator()
  proxy = await openCallProxy()
  proxy.forwardTo(aws.emulator.url)
  const options = {
    endpoint: proxy.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIAEMULATEDEMULATED', secretAccessKey: 'emulated' },
    maxAttempts: 1,
  }
  dms = new DatabaseMigrationServiceClient(options)
  rds = new RDSClient(options)
})
afterAll(async () => {
  dms.destroy()
  rds.destroy()
  await proxy.close()
  await aws.close()
})
beforeEach(() => proxy.watch(() => true))

const create = (identifier: string) =>
  dms.send(
    new CreateEndpointCommand({
      EndpointIdentifier: identifier,
      EndpointType: 'source',
      EngineName: 'postgres',
      ServerName: '127.0.0.1',
      Port: 5432,
      Username: 'u',
      Password: 'p',
      DatabaseName: 'd',
    }),
  )
const made = async () =>
  (await aws.dms.send(new DescribeEndpointsCommand({}))).Endpoints?.map(
    ({ EndpointIdentifier }) => EndpointIdentifier,
  ) ?? []

describe('the proxy that counts calls', () => {
  test('passes JSON and Query calls and names their operations; refusals pass too', async () => {
    await dms.send(new DescribeEndpointsCommand({}))
    await rds.send(new DescribeDBInstancesCommand({}))
    await expect(
      rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'nowhere' })),
    ).rejects.toMatchObject({ name: 'DBInstanceNotFoundFault' })
    expect(proxy.operations).toEqual(['DescribeEndpoints', 'DescribeDBInstances', 'DescribeDBInstances'])
  })

  test.each([
    ['before', false],
    ['after', true],
  ] as const)('struck %s a call that changes something: whether it was made is %s', async (half, there) => {
    let struck = 0
    proxy.watch(changesAws, { at: 1, half, kill: () => (struck += 1) })
    await dms.send(new DescribeEndpointsCommand({}))
    await expect(create(half)).rejects.toThrow(/hang up|ECONNRESET/u)
    expect([struck, proxy.struck, proxy.operations]).toEqual([1, true, ['CreateEndpoint']])
    expect((await made()).includes(half)).toBe(there)
    // Who comes later is served.
    await create(`later-${half}`)
    expect(await made()).toContain(`later-${half}`)
  })
})
