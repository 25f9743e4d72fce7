import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch'
import { dmsAccount, sideAccount, switchAccount } from '../../shared/aws/accounts.ts'
import { awsClientOptions } from '../../shared/aws/client-options.ts'
import { dmsSecret, sideLogin } from '../../shared/databases/open-database.ts'
import { parseMigration } from '../../shared/migration/migration-file.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { openSession } from '../../shared/postgres/session.ts'
import { MigrationError } from '../../shared/runtime/errors.ts'
import { openTestEmulator, type TestEmulator } from '../emulator/open-test-emulator.ts'
import { openServerGroup, type ServerGroup } from '../postgres/server-group.ts'

// Three accounts: the job's own, the source's in its region, the target's in another one.

const left = '111111111111'
const right = '222222222222'
const role = (account: string, name = 'migration') => `arn:aws:iam::${account}:role/${name}`
const login = (username: string, password: string) => ({ username, password })

let aws: TestEmulator
let group: ServerGroup
const before = { ...process.env }

beforeAll(async () => {
  group = await openServerGroup('logins')
  const server = (identifier: string, port: number) => ({
    identifier,
    address: `${identifier}.example`,
    port,
    engineVersion: '15.18',
  })
  aws = await openTestEmulator({
    secrets: { managed: login('nobody', 'of-the-job-itself') },
    accounts: [
      {
        account: left,
        region: 'eu-west-1',
        rds: { instances: [server('shop-postgres', 6001)], clusters: [] },
        secrets: {
          managed: login('migrator', 'managed-on-the-left'),
          whole: { ...login('migrator', 'whole-on-the-left'), host: 'db.example', dbname: 'shop' },
        },
        roles: [{ arn: role(left) }, { arn: role(left, 'blind'), allow: ['secretsmanager:*'] }],
      },
      {
        account: right,
        region: 'eu-central-1',
        rds: {
          instances: [server('aurora-1', 6002)],
          clusters: [{ ...server('shop-aurora', 6002), members: ['aurora-1'] }],
        },
        secrets: {
          managed: login('migrator', 'managed-on-the-right'),
          'dms-source': login('dms_source', 'dms-of-the-source'),
          'dms-target': login('dms_target', 'dms-of-the-target'),
          'dms-reverse-source': login('dms_reverse_source', 'reverse-of-the-source'),
          'dms-reverse-target': login('dms_reverse_target', 'reverse-of-the-target'),
        },
        roles: [{ arn: role(right) }],
      },
    ],
  })
  Object.assign(process.env, aws.emulator.environment(), { GITHUB_RUN_ID: '4711' })
})
afterEach(() => {
  delete process.env['SHOP_URL']
})
afterAll(async () => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
  Object.assign(process.env, before)
  await aws.close()
  await group.close()
})

const leftAws = `{ region: eu-west-1, role: '${role(left)}' }`
const rightAws = `{ region: eu-central-1, role: '${role(right)}' }`
const rdsLeft = `rds-instance: shop-postgres, aws: ${leftAws}`
const rdsRight = `rds-cluster: shop-aurora, aws: ${rightAws}`

function migrationOf(source: string, target = `secret: managed, database: shop, ${rdsRight}`): Migration {
  return parseMigration(
    `name: shop
source: { ${source} }
target: { ${target} }
dms: { replication-instance: ri, source: { secret: dms-source }, target: { secret: dms-target }, reverse: { source: { secret: dms-reverse-source }, target: { secret: dms-reverse-target } } }
tables: { include: ['shop.%'] }
cutover: { application-roles: [shop_app], switch: [{ secret: shop/app }] }
`,
    'shop.yml',
  )
}

/** Accounts and regions in which a call was made, without repetition, since `from`. */
async function callers(service: string, operation: string, from: number): Promise<string[]> {
  const calls = (await aws.emulator.calls()).slice(from)
  const made = calls.filter((call) => call.service === service && call.operation === operation)
  return [...new Set(made.map(({ account, region }) => `${account ?? '?'} ${region ?? '?'}`))].toSorted()
}
const callsSoFar = async () => (await aws.emulator.calls()).length

test('a secret without an address takes that of the server, each side in its own account and region', async () => {
  const from = await callsSoFar()
  const migration = migrationOf(`secret: managed, database: shop, ${rdsLeft}`)
  const [source, target] = await Promise.all([sideLogin(migration, 'source'), sideLogin(migration, 'target')])
  expect(source).toEqual({
    host: 'shop-postgres.example',
    port: 6001,
    database: 'shop',
    user: 'migrator',
    password: 'managed-on-the-left',
    tls: 'verify-full',
  })
  expect(target).toMatchObject({
    host: 'shop-aurora.example',
    port: 6002,
    password: 'managed-on-the-right',
  })
  expect(await callers('secretsmanager', 'GetSecretValue', from)).toEqual([
    `${left} eu-west-1`,
    `${right} eu-central-1`,
  ])
  expect(await callers('rds', 'DescribeDBInstances', from)).toContain(`${left} eu-west-1`)
  expect(await callers('rds', 'DescribeDBClusters', from)).toEqual([`${right} eu-central-1`])
})

test('a role is assumed once for all clients of a run, and the session bears the name of the run', async () => {
  const from = await callsSoFar()
  const migration = migrationOf(`secret: whole, aws: { region: eu-west-1, role: '${role(left)}' }`)
  await Promise.all([sideLogin(migration, 'source'), sideLogin(migration, 'source')])
  await sideLogin(migration, 'source')
  const calls = (await aws.emulator.calls()).slice(from)
  expect(calls.filter(({ operation }) => operation === 'AssumeRole')).toEqual([])
  const all = (await aws.emulator.calls()).filter(({ operation }) => operation === 'AssumeRole')
  expect(all.map(({ request }) => request)).toEqual([
    expect.objectContaining({ RoleArn: role(left), RoleSessionName: 'aurora-migration-4711' }),
    expect.objectContaining({ RoleArn: role(right), RoleSessionName: 'aurora-migration-4711' }),
  ])
})

test('an address in the secret is used as it is, and RDS is not asked', async () => {
  const from = await callsSoFar()
  const migration = migrationOf(`secret: whole, ${rdsLeft}`)
  expect(await sideLogin(migration, 'source')).toMatchObject({
    host: 'db.example',
    port: 5432,
    database: 'shop',
    password: 'whole-on-the-left',
  })
  expect(await callers('rds', 'DescribeDBInstances', from)).toEqual([])
})

test('a secret without an address, and no server to ask for it, is refused with what is missing', async () => {
  const migration = migrationOf(`secret: managed, database: shop, aws: ${leftAws}`)
  await expect(sideLogin(migration, 'source')).rejects.toMatchObject({
    code: 'precondition',
    message: 'the secret is not a database secret: host missing or wrong',
    problems: [{ field: 'source.secret' }],
  })
})

test('the logins of DMS are read where DMS is, and have the address of their side', async () => {
  const from = await callsSoFar()
  const migration = migrationOf(`secret: managed, database: shop, ${rdsLeft}`)
  expect(await dmsSecret(migration, 'source')).toMatchObject({
    host: 'shop-postgres.example',
    port: 6001,
    username: 'dms_source',
  })
  expect(await dmsSecret(migration, 'target')).toMatchObject({
    host: 'shop-aurora.example',
    username: 'dms_target',
  })
  const calls = (await aws.emulator.calls()).slice(from)
  const ofDms = calls.filter(({ request }) => JSON.stringify(request).includes('dms-'))
  expect(ofDms.map(({ account }) => account)).toEqual([right, right])
})

test('without an account of its own a side is in the job’s', async () => {
  const from = await callsSoFar()
  const migration = migrationOf('secret: managed, database: shop, rds-instance: absent', 'url-env: SHOP_URL')
  await expect(sideLogin(migration, 'source')).rejects.toMatchObject({ code: 'precondition' })
  expect(await callers('secretsmanager', 'GetSecretValue', from)).toEqual(['123456789012 eu-west-1'])
  const accounts = [sideAccount(migration, 'source'), dmsAccount(migration), switchAccount(migration)]
  expect(accounts).toEqual([{}, {}, {}])
  expect(awsClientOptions().credentials).toBeUndefined()
})

test('other clients of a side sign as its role, too', async () => {
  const from = await callsSoFar()
  const migration = migrationOf(`secret: managed, database: shop, ${rdsLeft}`)
  for (const account of [sideAccount(migration, 'source'), dmsAccount(migration)]) {
    const client = new CloudWatchClient(awsClientOptions(account))
    await client.send(new DescribeAlarmsCommand({}))
    client.destroy()
  }
  expect(await callers('cloudwatch', 'DescribeAlarms', from)).toEqual([
    `${left} eu-west-1`,
    `${right} eu-central-1`,
  ])
})

test('a role that may not be assumed is named, with what to allow', async () => {
  const absent = role(left, 'absent')
  const migration = migrationOf(
    `secret: managed, database: shop, aws: { region: eu-west-1, role: '${absent}' }`,
  )
  await expect(sideLogin(migration, 'source')).rejects.toMatchObject({
    code: 'precondition',
    message: expect.stringContaining('the role cannot be assumed') as string,
    remedy: expect.stringContaining('sts:AssumeRole') as string,
    problems: [{ field: 'aws.role', value: absent }],
  })
})

test('a role that may not describe the server is told what to allow', async () => {
  const blind = `{ region: eu-west-1, role: '${role(left, 'blind')}' }`
  const migration = migrationOf(`secret: managed, database: shop, rds-instance: shop-postgres, aws: ${blind}`)
  await expect(sideLogin(migration, 'source')).rejects.toMatchObject({
    remedy: expect.stringContaining('rds:DescribeDBInstances') as string,
  })
})

test('an IAM login signs a token for each connection, in the region of its side', async () => {
  const migration = migrationOf(`iam: { user: migrator }, database: shop, ${rdsLeft}`)
  const given = await sideLogin(migration, 'source')
  expect(given).toMatchObject({
    host: 'shop-postgres.example',
    port: 6001,
    database: 'shop',
    user: 'migrator',
    tls: 'verify-full',
  })
  const { password } = given
  if (typeof password === 'string') throw new Error('a token ends in 15 minutes; a text would stay')
  const token = new URL(`https://${await password()}`)
  expect(`${token.host}${token.pathname}`).toBe('shop-postgres.example:6001/')
  expect(Object.fromEntries(token.searchParams)).toMatchObject({
    Action: 'connect',
    DBUser: 'migrator',
    'X-Amz-Expires': '900',
    'X-Amz-Credential': expect.stringMatching(/^ASIA\w+\/\d{8}\/eu-west-1\/rds-db\/aws4_request$/u) as string,
  })
})

test('an IAM login may name another host, then RDS is not asked', async () => {
  const from = await callsSoFar()
  const migration = migrationOf(`iam: { user: migrator, host: proxy.example, port: 6543 }, database: shop`)
  expect(await sideLogin(migration, 'source')).toMatchObject({ host: 'proxy.example', port: 6543 })
  expect(await callsSoFar()).toBe(from)
})

test('a URL from the environment needs nothing of AWS', async () => {
  const from = await callsSoFar()
  const migration = migrationOf('url-env: SHOP_URL')
  await expect(sideLogin(migration, 'source')).rejects.toThrow('the environment variable SHOP_URL is empty')
  process.env['SHOP_URL'] = 'postgres://migrator:p%40ss-word@db.example:6432/shop'
  expect(await sideLogin(migration, 'source')).toMatchObject({
    host: 'db.example',
    port: 6432,
    database: 'shop',
    password: 'p@ss-word',
  })
  expect(await callsSoFar()).toBe(from)
})

test('a password that is a function is asked again for each connection', async () => {
  const server = await group.start({ name: 'source', major: 15 })
  const url = new URL(server.superuserUrl)
  let asked = 0
  const password = () => {
    asked += 1
    return Promise.resolve(decodeURIComponent(url.password))
  }
  const { signal } = new AbortController()
  const given = { host: server.host, port: server.port, database: 'postgres', user: url.username, password }
  for (const label of ['first', 'second']) {
    const session = await openSession({ ...given, tls: 'disable' }, { label, application: 'logins', signal })
    expect(await session.query('select 1 as one')).toEqual([{ one: 1 }])
    await session.close()
  }
  expect(asked).toBe(2)

  const wrong = { ...given, tls: 'disable' as const, password: () => Promise.resolve('no token') }
  const options = { label: 'source', application: 'logins', signal }
  await expect(openSession(wrong, options)).rejects.toMatchObject({
    code: 'precondition',
    remedy: expect.stringContaining('GRANT rds_iam TO') as string,
  })
  const denied = new MigrationError('precondition', 'the role cannot be assumed')
  await expect(openSession({ ...wrong, password: () => Promise.reject(denied) }, options)).rejects.toBe(
    denied,
  )
})
