import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { clientAddress } from '../../shared/databases/client-address.ts'
import { parseMigration } from '../../shared/migration/migration-file.ts'
import { openTestEmulator, type TestEmulator } from '../emulator/open-test-emulator.ts'

let aws: TestEmulator
beforeAll(async () => {
  aws = await openTestEmulator({
    rds: {
      instances: [],
      clusters: [
        {
          identifier: 'shop-aurora',
          address: 'shop-aurora.cluster-x.example',
          readerAddress: 'shop-aurora.cluster-ro-x.example',
          port: 5433,
          engineVersion: '17.4',
        },
      ],
    },
  })
  for (const [name, value] of Object.entries(aws.emulator.environment())) vi.stubEnv(name, value)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await aws.close()
})

const login = { host: 'bastion.example', port: 6543, database: 'shop' }
const never = new AbortController().signal
const migration = (switched: string, more = '') =>
  parseMigration(
    `name: shop
source: { secret: a }
target: { secret: b, rds-cluster: shop-aurora }
dms:
  replication-instance: ri
  source: { secret: c, access-role: 'arn:aws:iam::000000000000:role/dms' }
  target: { secret: d, access-role: 'arn:aws:iam::000000000000:role/dms' }
tables: { include: ['shop.%'] }
cutover:
  application-roles: [shop_app]
  fall-back: false
  switch: [${switched}]
${more}`,
    'shop.yml',
  )
const calls = async () => (await aws.emulator.calls()).length

test('without readers clients get the address of the login, and RDS is not asked', async () => {
  const before = await calls()
  expect(await clientAddress(migration('{ secret: x }'), 'target', login, never)).toEqual(login)
  expect(await calls()).toBe(before)
})

test('readers get the cluster’s reader endpoint', async () => {
  const file = migration('{ parameter: /x, holds: reader-host }')
  expect(await clientAddress(file, 'target', login, never)).toEqual({
    ...login,
    reader: { host: 'shop-aurora.cluster-ro-x.example', port: 5433 },
  })
})

test('what the file says wins, and RDS is not asked', async () => {
  const before = await calls()
  const file = migration(
    '{ parameter: /x, holds: reader-host }',
    '  endpoints: { target: { writer: { host: shop.example }, reader: { host: read.example, port: 7000 } } }\n',
  )
  expect(await clientAddress(file, 'target', login, never)).toEqual({
    host: 'shop.example',
    port: 6543,
    database: 'shop',
    reader: { host: 'read.example', port: 7000 },
  })
  expect(await calls()).toBe(before)
})
