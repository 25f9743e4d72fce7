import { describe, expect, test } from 'vitest'
import { parseMigration } from '../migration/migration-file.ts'
import type { Migration } from '../migration/schema.ts'
import { endpointDocument, type EndpointCredentials } from './endpoint-document.ts'

function migration(dms = '', more = ''): Migration {
  return parseMigration(
    `
name: shop
source: { secret: s, database: shop }
target: { secret: t, database: shop, rds-cluster: aurora }
dms:
  replication-instance: mover
  source: { secret: dms/source, access-role: 'arn:aws:iam::123456789012:role/dms' }
  target: { secret: dms/target, access-role: 'arn:aws:iam::123456789012:role/dms' }
  reverse:
    source: { secret: dms/reverse-source, access-role: 'arn:aws:iam::123456789012:role/dms', after-connect: 'SET work_mem = 8192' }
    target: { secret: dms/reverse-target, access-role: 'arn:aws:iam::123456789012:role/dms', execute-timeout: 2h }
  ssl-mode: none
${dms}
tables: { include: ['public.%'] }
${more}
cutover: { application-roles: [app], switch: [{ secret: app }] }
`,
    'shop.yml',
  )
}
const bySecret: EndpointCredentials = {
  secret: 'dms/target',
  accessRole: 'arn:aws:iam::123456789012:role/dms',
}
const target = (file: Migration, credentials: EndpointCredentials = bySecret) =>
  endpointDocument(file, { side: 'target', database: 'shop', credentials, slot: null })
const source = (file: Migration, slot: string | null = null) =>
  endpointDocument(file, { side: 'source', database: 'shop', credentials: bySecret, slot }).document

describe('the target', () => {
  test('its sessions are in replica mode, and Aurora is called by its name', () => {
    expect(target(migration()).document).toMatchObject({
      EndpointType: 'target',
      EngineName: 'aurora-postgresql',
      SslMode: 'none',
      PostgreSQLSettings: {
        SecretsManagerSecretId: 'dms/target',
        DatabaseName: 'shop',
        AfterConnectScript: 'SET session_replication_role = replica',
        ExecuteTimeout: 3600,
      },
    })
  })

  test.each(['parameter-group', 'disabled-triggers\n  foreign-keys: drop'])(
    'with replica-role %s DMS’s sessions set nothing',
    (role) => {
      const file = migration('', `during-load:\n  replica-role: ${role}`)
      expect(target(file).document.PostgreSQLSettings).not.toHaveProperty('AfterConnectScript')
    },
  )

  test('without an access role DMS is told host, user and password, and the document holds no password', () => {
    const { document, password } = target(migration(), {
      host: 'h',
      port: 5433,
      user: 'dms',
      password: 'secret word',
    })
    expect(document).toMatchObject({ ServerName: 'h', Port: 5433, Username: 'dms', DatabaseName: 'shop' })
    expect(document.PostgreSQLSettings).not.toHaveProperty('SecretsManagerSecretId')
    expect(password).toBe('secret word')
    expect(JSON.stringify(document)).not.toContain('secret word')
  })
})

describe('the source', () => {
  test('captures no DDL, fails on a LOB that is cut, and has no script', () => {
    const { EngineName, PostgreSQLSettings } = source(migration())
    expect(EngineName).toBe('postgres')
    expect(PostgreSQLSettings).toMatchObject({
      CaptureDdls: false,
      FailTasksOnLobTruncation: true,
      HeartbeatEnable: false,
    })
    expect(PostgreSQLSettings).not.toHaveProperty('AfterConnectScript')
    expect(PostgreSQLSettings).not.toHaveProperty('SlotName')
  })

  test('takes heartbeat, timeout and script from the file, and the slot of a task', () => {
    const file = migration()
    const { dms } = file
    const changed = {
      ...file,
      dms: {
        ...dms,
        source: {
          ...dms.source,
          heartbeat: { schema: 'beat', 'every-minutes': 3 },
          'execute-timeout': 90_500,
          'after-connect': 'SET work_mem = 8192',
        },
      },
    }
    expect(source(changed, 'aurora_migration_shop_1').PostgreSQLSettings).toMatchObject({
      PluginName: 'test-decoding',
      HeartbeatEnable: true,
      HeartbeatSchema: 'beat',
      HeartbeatFrequency: 3,
      ExecuteTimeout: 91,
      AfterConnectScript: 'SET work_mem = 8192',
      SlotName: 'aurora_migration_shop_1',
    })
  })
})
