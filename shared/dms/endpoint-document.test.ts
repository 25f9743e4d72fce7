import { expect, test } from 'vitest'
import { parseMigration } from '../migration/migration-file.ts'
import { endpointDocument } from './endpoint-document.ts'

const migration = parseMigration(
  `
name: shop
source: { secret: s, database: shop }
target: { secret: t, database: shop, rds-cluster: aurora }
dms:
  replication-instance: mover
  source: { secret: dms/source, access-role: 'arn:aws:iam::123456789012:role/dms' }
  target: { secret: dms/target, access-role: 'arn:aws:iam::123456789012:role/dms' }
  ssl-mode: none
tables: { include: ['public.%'] }
cutover: { application-roles: [app], switch: [{ secret: app }] }
`,
  'shop.yml',
)

test('the target’s sessions are in replica mode, and Aurora is called by its name', () => {
  expect(endpointDocument(migration, 'target', 'shop')).toMatchObject({
    EndpointType: 'target',
    EngineName: 'aurora-postgresql',
    SslMode: 'none',
    PostgreSQLSettings: {
      SecretsManagerSecretId: 'dms/target',
      DatabaseName: 'shop',
      AfterConnectScript: 'SET session_replication_role = replica',
    },
  })
})

test('the source captures no DDL, fails on a LOB that is cut, and has no script', () => {
  const { EngineName, PostgreSQLSettings } = endpointDocument(migration, 'source', 'shop')
  expect(EngineName).toBe('postgres')
  expect(PostgreSQLSettings).toMatchObject({ CaptureDdls: false, FailTasksOnLobTruncation: true })
  expect(PostgreSQLSettings).not.toHaveProperty('AfterConnectScript')
})
