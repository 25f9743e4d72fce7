import { expect, test } from 'vitest'
import { parseMigration } from '../migration/migration-file.ts'
import { readerEndpoint, writerEndpoint } from './carrier-endpoint.ts'

const role = 'arn:aws:iam::123456789012:role/dms'
const migration = parseMigration(
  `
name: shop
source: { secret: s, database: shop }
target: { secret: t, database: shop, rds-cluster: aurora }
dms:
  replication-instance: mover
  source: { secret: dms/source, access-role: '${role}', heartbeat: { every-minutes: 3 } }
  target: { secret: dms/target, access-role: '${role}', after-connect: 'SET a.b = 1' }
  reverse:
    source: { secret: back/source, access-role: '${role}', after-connect: 'SET work_mem = 8192', execute-timeout: 2h }
    target: { secret: back/target, access-role: '${role}' }
tables: { include: ['public.%'] }
cutover: { application-roles: [app], switch: [{ secret: app }] }
`,
  'shop.yml',
)
const facts = (direction: 'forward' | 'back', side: 'source' | 'target') => ({
  direction,
  side,
  database: 'shop',
  credentials: { secret: `secret of ${side}`, accessRole: role },
})

test('rows that come back are read on the target from our slot, without a heartbeat', () => {
  expect(readerEndpoint(migration, facts('back', 'target'), 'slot_1').document).toMatchObject({
    EndpointType: 'source',
    EngineName: 'aurora-postgresql',
    PostgreSQLSettings: {
      SecretsManagerSecretId: 'secret of target',
      CaptureDdls: false,
      FailTasksOnLobTruncation: true,
      HeartbeatEnable: false,
      PluginName: 'test-decoding',
      SlotName: 'slot_1',
      ExecuteTimeout: 3600,
    },
  })
})

test('they are written on the source through its fence: in replica mode, and not read-only', () => {
  const { document } = writerEndpoint(migration, { ...facts('back', 'source'), replica: true })
  expect(document).toMatchObject({
    EndpointType: 'target',
    EngineName: 'postgres',
    PostgreSQLSettings: {
      AfterConnectScript:
        'SET session_replication_role = replica; SET default_transaction_read_only = off; SET work_mem = 8192',
      ExecuteTimeout: 7200,
    },
  })
  expect(document.PostgreSQLSettings).not.toHaveProperty('SlotName')
})

test('a role whose sessions start in replica mode is not asked to set what it may not', () => {
  const { document } = writerEndpoint(migration, { ...facts('back', 'source'), replica: false })
  expect(document.PostgreSQLSettings.AfterConnectScript).toBe(
    'SET default_transaction_read_only = off; SET work_mem = 8192',
  )
})

test('the way there again has the logins of the way there, and the heartbeat of the file', () => {
  expect(readerEndpoint(migration, facts('forward', 'source'), 'slot_2').document).toMatchObject({
    EndpointType: 'source',
    EngineName: 'postgres',
    PostgreSQLSettings: { HeartbeatEnable: true, HeartbeatFrequency: 3, SlotName: 'slot_2' },
  })
  const { document } = writerEndpoint(migration, { ...facts('forward', 'target'), replica: true })
  expect(document).toMatchObject({ EndpointType: 'target', EngineName: 'aurora-postgresql' })
  expect(document.PostgreSQLSettings.AfterConnectScript).toMatch(/read_only = off; SET a\.b = 1$/u)
})
