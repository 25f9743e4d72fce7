import type { EmulatedAccount } from '../emulator/config.ts'
import type { EmulatorConfig, EmulatorKnobs } from '../emulator/start-emulator.ts'
import { APPLICATION_SECRET, SAMPLE_DATABASE } from '../workload/sample-layout.ts'
import type { RolePasswords } from '../workload/sample-database.ts'
import type { StackServer } from './stack-servers.ts'
import type { StackShape } from './strategies.ts'

const region = 'eu-west-1'

/** What AWS knows of the stack: its servers, secrets and replication instances, in one account or two. */
export function emulatedAws(
  shape: StackShape,
  servers: { readonly source: StackServer; readonly target: StackServer | undefined },
  passwords: RolePasswords,
  knobs: Partial<EmulatorKnobs>,
): EmulatorConfig {
  const { source, target } = servers
  const { account: sourceAccount } = shape.source
  const secret = (server: StackServer | undefined, username: keyof RolePasswords) => ({
    engine: 'postgres',
    // A server that is not made yet has no address; who reads the secret asks RDS.
    ...(server === undefined ? {} : { host: server.facts.host, port: server.facts.port }),
    username,
    password: passwords[username],
    dbname: SAMPLE_DATABASE,
  })
  const sourceSecrets = { 'shop/source/migrator': secret(source, 'migrator') }
  const sourceRds = rdsOfSource(shape, source, passwords)
  const rdsOfTarget = shape.target.rds && target !== undefined ? targetRds(target) : noServers
  const apart = sourceAccount !== undefined
  const account: EmulatorConfig = {
    account: shape.account,
    region,
    knobs,
    rds: apart ? rdsOfTarget : mergeRds(sourceRds, rdsOfTarget),
    secrets: {
      ...(apart ? {} : sourceSecrets),
      'shop/target/migrator': secret(target, 'migrator'),
      'shop/source/dms': secret(source, 'dms_source'),
      'shop/target/dms': secret(target, 'dms_target'),
      'shop/source/dms-reverse': secret(source, 'dms_reverse_source'),
      'shop/target/dms-reverse': secret(target, 'dms_reverse_target'),
      [APPLICATION_SECRET]: secret(source, 'shop_app'),
    },
    replicationInstances: shape.replicationInstances.map((identifier) => ({ identifier })),
    // What else the examples switch.
    parameters: { '/shop/db/host': source.facts.host },
    hostedZones: [
      {
        id: 'Z0123456789ABCDEFGHIJ',
        name: 'shop.internal',
        records: ['db', 'db-read'].map((name) => ({
          name: `${name}.shop.internal`,
          ttl: 5,
          values: ['source.shop.internal'],
        })),
      },
    ],
  }
  if (!apart) return account
  return { ...account, ...accountsApart(shape.account, sourceAccount, { sourceRds, sourceSecrets }) }
}

type Rds = EmulatorConfig['rds']

const noServers: Rds = { instances: [], clusters: [] }

function mergeRds(one: Rds, other: Rds): Rds {
  return {
    instances: [...(one.instances ?? []), ...(other.instances ?? [])],
    clusters: [...(one.clusters ?? []), ...(other.clusters ?? [])],
    parameterGroups: [...(one.parameterGroups ?? []), ...(other.parameterGroups ?? [])],
  }
}

function address({ facts }: StackServer) {
  return {
    address: facts.host,
    port: facts.port,
    engineVersion: facts.version,
    databaseName: SAMPLE_DATABASE,
  }
}

function rdsOfSource({ source: shape }: StackShape, source: StackServer, passwords: RolePasswords): Rds {
  if (shape.rds === 'none') return noServers
  const { host, port, major } = source.facts
  const monitorUrl = `postgres://migrator:${passwords.migrator}@${host}:${port}/${SAMPLE_DATABASE}`
  const server = source.data === undefined ? {} : { server: source.data }
  const logical = { 'rds.logical_replication': '1' }
  if (shape.rds === 'instance') {
    const group = { name: shape.identifier, family: `postgres${major}`, kind: 'instance' as const }
    return {
      instances: [
        {
          identifier: shape.identifier,
          ...address(source),
          ...server,
          parameterGroups: [group.name],
          monitorUrl,
        },
      ],
      clusters: [],
      parameterGroups: [{ ...group, parameters: logical }],
    }
  }
  const group = {
    name: shape.identifier,
    family: `aurora-postgresql${major}`,
    kind: 'cluster' as const,
    parameters: logical,
  }
  const member = `${shape.identifier}-1`
  return {
    instances: [
      {
        identifier: member,
        ...address(source),
        engine: 'aurora-postgresql',
        clusterIdentifier: shape.identifier,
        monitorUrl,
      },
    ],
    clusters: [
      {
        identifier: shape.identifier,
        ...address(source),
        ...server,
        parameterGroup: group.name,
        members: [member],
      },
    ],
    parameterGroups: [group],
  }
}

function targetRds(target: StackServer): Rds {
  return {
    instances: [
      {
        identifier: 'shop-aurora-1',
        ...address(target),
        engine: 'aurora-postgresql',
        clusterIdentifier: 'shop-aurora',
      },
    ],
    clusters: [
      {
        identifier: 'shop-aurora',
        ...address(target),
        parameterGroup: 'shop-aurora',
        members: ['shop-aurora-1'],
      },
    ],
    parameterGroups: [
      {
        name: 'shop-aurora',
        family: `aurora-postgresql${target.facts.major}`,
        kind: 'cluster',
        // For the way back.
        parameters: { 'rds.logical_replication': '1' },
      },
    ],
  }
}

/** The source's account shares its cluster, and the key that it is encrypted with, with the target's. */
function accountsApart(
  targetAccount: string,
  sourceAccount: string,
  source: { readonly sourceRds: Rds; readonly sourceSecrets: EmulatorConfig['secrets'] },
): Pick<EmulatorConfig, 'accounts' | 'keys'> {
  const key = `arn:aws:kms:${region}:${sourceAccount}:key/99999999-8888-7777-6666-555555555555`
  const clusters = (source.sourceRds.clusters ?? []).map((cluster) => ({ ...cluster, kmsKeyId: key }))
  const other: EmulatedAccount = {
    account: sourceAccount,
    rds: { ...source.sourceRds, clusters },
    secrets: source.sourceSecrets,
    keys: [{ id: '99999999-8888-7777-6666-555555555555', policy: keyPolicy(sourceAccount, targetAccount) }],
    shares: [
      {
        name: 'shop',
        resources: clusters.map(
          ({ identifier }) => `arn:aws:rds:${region}:${sourceAccount}:cluster:${identifier}`,
        ),
        principals: [targetAccount],
      },
    ],
  }
  return {
    accounts: [other],
    keys: [{ id: '11111111-2222-3333-4444-555555555555' }],
  }
}

function keyPolicy(owner: string, account: string): Record<string, unknown> {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${owner}:root` },
        Action: 'kms:*',
        Resource: '*',
      },
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: ['kms:DescribeKey', 'kms:CreateGrant', 'kms:Decrypt'],
        Resource: '*',
      },
    ],
  }
}
