import { afterAll, beforeAll, expect, test } from 'vitest'
import { rdsServers, type RdsServers } from '../../shared/rds/rds-servers.ts'
import { openTestEmulator, type TestEmulator } from '../emulator/open-test-emulator.ts'

let opened: TestEmulator
let servers: RdsServers

beforeAll(async () => {
  const instance = { address: 'db-1.example', port: 5432 }
  opened = await openTestEmulator({
    rds: {
      instances: [
        {
          identifier: 'db-1',
          engine: 'postgres',
          engineVersion: '15.8',
          parameterApplyStatus: 'pending-reboot',
          backupRetentionPeriod: 0,
          ...instance,
        },
        {
          identifier: 'aurora-1',
          engine: 'aurora-postgresql',
          engineVersion: '17.4',
          clusterIdentifier: 'aurora',
          ...instance,
        },
      ],
      clusters: [
        {
          identifier: 'aurora',
          address: 'aurora.cluster.example',
          port: 5432,
          engineVersion: '17.4',
          members: ['aurora-1'],
        },
      ],
    },
  })
  servers = rdsServers(opened.rds, new AbortController().signal)
})
afterAll(() => opened.close())

test('an instance, with what preflight judges', async () => {
  const server = await servers.instance('db-1')
  expect(server).toMatchObject({
    kind: 'instance',
    status: 'available',
    engine: 'postgres',
    engineVersion: '15.8',
    address: 'db-1.example',
    port: 5432,
    backupRetentionDays: 0,
  })
  expect(server.parameterGroups.map(({ applyStatus }) => applyStatus)).toEqual(['pending-reboot'])
})

test('a cluster, with the parameters of its writer', async () => {
  const server = await servers.cluster('aurora')
  expect(server).toMatchObject({
    kind: 'cluster',
    engine: 'aurora-postgresql',
    address: 'aurora.cluster.example',
  })
  expect(server.parameterGroups.map(({ applyStatus }) => applyStatus)).toEqual(['in-sync', 'in-sync'])
})

test.each(['instance', 'cluster'] as const)('a %s that is not there is the file’s mistake', async (kind) => {
  await expect(servers[kind]('nowhere')).rejects.toMatchObject({
    code: 'precondition',
    message: expect.stringContaining('nowhere') as string,
  })
})
