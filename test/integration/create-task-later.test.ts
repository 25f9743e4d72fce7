import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { placeOf, urlAt } from './rds-lab.ts'
import { openMigrationStack, type MigrationStack } from './migration-stack.ts'

// A migration that makes its own target: what preflight could not judge is judged before the tasks start.

let stack: MigrationStack
let secrets: SecretsManagerClient
let rds: RDSClient
beforeAll(async () => {
  stack = await openMigrationStack('create-task later', {
    rds: ({ source }) => ({
      instances: [{ identifier: 'shop-db', ...placeOf(source) }],
      clusters: [],
    }),
  })
  const environment = stack.emulator.environment()
  const options = {
    endpoint: stack.emulator.url,
    region: 'eu-west-1',
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  }
  secrets = new SecretsManagerClient(options)
  rds = new RDSClient(options)
  const { passwords } = stack.pair
  for (const statement of [
    'alter role dms_source with replication',
    `create role dms_target login password '${passwords.dms_target}'`,
    `create role dms_reverse_target login replication password '${passwords.dms_reverse_target}'`,
    // It handles slots by itself, and so becomes nobody who could read DMS's tables.
    'alter role migrator with replication',
    'revoke dms_source from migrator',
  ])
    await stack.pair.sql('source', statement)
  // The address of a server that is made later is RDS's to tell.
  for (const [name, username] of [
    ['shop/target', 'migrator'],
    ['shop/dms-target', 'dms_target'],
    ['shop/dms-reverse-target', 'dms_reverse_target'],
  ] as const)
    await secrets.send(
      new PutSecretValueCommand({
        SecretId: name,
        SecretString: JSON.stringify({ username, password: passwords[username], dbname: 'shop' }),
      }),
    )
  await rewrite()
})
afterAll(async () => {
  secrets.destroy()
  rds.destroy()
  await stack.close()
})

async function rewrite(waivers = ''): Promise<void> {
  await stack.rewrite(`load: { by: snapshot, class: db.r6g.large }\n${waivers}`, (text) =>
    text
      .replace('{ secret: shop/source, ', '{ secret: shop/source, rds-instance: shop-db, ')
      .replace('{ secret: shop/target, ', '{ secret: shop/target, rds-instance: shop-copy, ')
      .replaceAll(/, access-role: '[^']+'/gu, ''),
  )
}

async function create() {
  return stack.run('create-task', { migration: stack.file, 'plan-digest': await stack.digest() })
}

test('a blocker of the target that was made refuses, with preflight’s own finding, before any task is made', async () => {
  const result = await create()
  expect(result.exitCode).toBe(1)
  expect(result.log).toContain(
    'blocker  target-replica-role: dms_target may not set session_replication_role',
  )
  expect(result.summary).toContain('GRANT SET ON PARAMETER session_replication_role TO "dms_target";')
  expect(result.summary).toContain('login-rights')
  // Checks of the source are preflight's.
  expect(result.log).not.toContain('source-')
  expect(await stack.tasks()).toEqual([])
})

test('what was mended passes, what is waived is accepted, and the tasks start', async () => {
  const [copy] =
    (await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'shop-copy' }))).DBInstances ?? []
  await asSuperuser(copy?.Endpoint?.Port, 'grant set on parameter session_replication_role to dms_target')
  await rewrite(
    "waivers: [{ code: login-rights, reason: given before the opening, expires: '2999-12-31' }]\n",
  )
  const result = await create()
  expect(result.log).toContain('accepted  login-rights: migrator cannot administer dms_target')
  expect(result.log).toContain('started task aurora-migration-shop-1')
  expect(result.exitCode).toBe(0)
})

test('once the tasks have started nothing is judged any more', async () => {
  const result = await create()
  expect(result.exitCode).toBe(0)
  expect(result.log).not.toContain('checks of the target')
})

async function asSuperuser(port: number | undefined, statement: string): Promise<void> {
  const client = new Client({
    connectionString: urlAt(stack.pair.source, port).replace(/\/[^/]*$/u, '/shop'),
  })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
