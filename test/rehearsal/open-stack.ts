import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  startEmulator,
  type EmulatorConfig,
  type EmulatorKnobs,
  type RunningEmulator,
} from '../emulator/start-emulator.ts'
import { openServerGroup, type ServerGroup } from '../postgres/server-group.ts'
import { APPLICATION_SECRET, SAMPLE_DATABASE } from '../workload/sample-layout.ts'
import { createSampleDatabase, randomPasswords, type RolePasswords } from '../workload/sample-database.ts'
import { serverFacts, type ServerFacts } from './server-facts.ts'

export interface StackOptions {
  /** Where the emulator keeps its state and everything logs. */
  readonly folder: string
  /** Size of the sample: 1 is about 50 MB. */
  readonly scale: number
  /** URLs of superusers of servers that are there already; without them two servers of our own are started. */
  readonly sourceUrl?: string
  readonly targetUrl?: string
  readonly knobs?: Partial<EmulatorKnobs>
  readonly signal?: AbortSignal
  readonly onStep?: (step: string) => void
}

/** Two PostgreSQL servers with the sample database, and AWS as far as the actions use it. */
export interface Stack {
  readonly group: ServerGroup
  readonly emulator: RunningEmulator
  readonly passwords: RolePasswords
  readonly source: ServerFacts
  readonly target: ServerFacts
  /** URL of a role in the sample database of one side. */
  url(side: 'source' | 'target', role: keyof RolePasswords): string
  /** URL of the superuser in the sample database: for the judge, never for the actions. */
  superuserUrl(side: 'source' | 'target'): string
  close(): Promise<void>
}

/** How long the emulator may take to end its tasks; then it is killed with the rest. */
const emulatorEndMs = 3000

/** The account that the emulator plays. */
const account = '123456789012'
const region = 'eu-west-1'

/**
 * Brings the local stack up: servers of two majors (or the ones given), roles, sample, emulator with the secrets that
 * the migration file names. On failure everything that was started is ended again.
 */
export async function openStack(options: StackOptions): Promise<Stack> {
  mkdirSync(options.folder, { recursive: true })
  const given =
    options.sourceUrl === undefined || options.targetUrl === undefined
      ? undefined
      : await factsOfGiven(options.sourceUrl, options.targetUrl)
  const group = await openServerGroup('rehearsal')
  try {
    const { scale, signal } = options
    signal?.throwIfAborted()
    const { source, target } = given ?? (await startServers(group, options.onStep))
    signal?.throwIfAborted()
    const passwords = randomPasswords()
    options.onStep?.('creating the sample database')
    const sample = { passwords, scale, ...(signal === undefined ? {} : { signal }) }
    await Promise.all([
      createSampleDatabase({ superuserUrl: source.url, side: 'source', ...sample }),
      createSampleDatabase({ superuserUrl: target.url, side: 'target', ...sample }),
    ])
    options.onStep?.('starting AWS')
    const emulator = await startEmulator({
      stateFolder: join(options.folder, 'aws'),
      config: emulatorConfig(source.facts, target.facts, passwords, options.knobs ?? {}),
      logFile: join(options.folder, 'aws.log'),
    })
    group.watch(emulator.pid)
    return {
      group,
      emulator,
      passwords,
      source: source.facts,
      target: target.facts,
      url: (side, role) => roleUrl(side === 'source' ? source.facts : target.facts, role, passwords[role]),
      superuserUrl: (side) => inSample(side === 'source' ? source.url : target.url),
      close: async () => {
        await Promise.race([emulator.stop(), sleep(emulatorEndMs, undefined, { ref: false })])
        await group.close()
      },
    }
  } catch (error) {
    await group.close()
    throw error
  }
}

interface Server {
  readonly url: string
  readonly facts: ServerFacts
}

async function factsOfGiven(
  sourceUrl: string,
  targetUrl: string,
): Promise<{ source: Server; target: Server }> {
  const [source, target] = await Promise.all([
    serverFacts(sourceUrl, '--source-url'),
    serverFacts(targetUrl, '--target-url'),
  ])
  if (source.host === target.host && source.port === target.port)
    throw new Error('--source-url and --target-url name the same server')
  return { source: { url: sourceUrl, facts: source }, target: { url: targetUrl, facts: target } }
}

async function startServers(
  group: ServerGroup,
  onStep: StackOptions['onStep'],
): Promise<{ source: Server; target: Server }> {
  onStep?.('starting two PostgreSQL servers')
  const [source, target] = await Promise.all([
    startServer(group, 'source', 15),
    startServer(group, 'target', 17),
  ])
  return { source, target }
}

/** fsync stays on: the cutover refuses a source whose fence could vanish in a crash. */
async function startServer(group: ServerGroup, name: string, major: 15 | 17): Promise<Server> {
  const { superuserUrl } = await group.start({
    name,
    major,
    settings: { fsync: 'on', shared_buffers: '256MB', max_wal_size: '2GB' },
  })
  return { url: superuserUrl, facts: await serverFacts(superuserUrl, `the ${name}`) }
}

function inSample(url: string): string {
  const changed = new URL(url)
  changed.pathname = `/${SAMPLE_DATABASE}`
  return changed.href
}

function roleUrl(server: ServerFacts, user: string, password: string): string {
  return `postgres://${user}:${password}@${server.host}:${server.port}/${SAMPLE_DATABASE}`
}

function emulatorConfig(
  source: ServerFacts,
  target: ServerFacts,
  passwords: RolePasswords,
  knobs: Partial<EmulatorKnobs>,
): EmulatorConfig {
  const secret = (server: ServerFacts, username: keyof RolePasswords) => ({
    engine: 'postgres',
    host: server.host,
    port: server.port,
    username,
    password: passwords[username],
    dbname: SAMPLE_DATABASE,
  })
  const address = (server: ServerFacts) => ({
    address: server.host,
    port: server.port,
    engineVersion: server.version,
    databaseName: SAMPLE_DATABASE,
  })
  return {
    account,
    region,
    knobs,
    rds: {
      instances: [
        {
          identifier: 'shop-postgres',
          ...address(source),
          parameterGroups: ['shop-postgres'],
          monitorUrl: roleUrl(source, 'migrator', passwords.migrator),
        },
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
          members: ['shop-aurora-1'],
          parameterGroup: 'shop-aurora',
        },
      ],
      parameterGroups: [
        {
          name: 'shop-postgres',
          family: `postgres${source.major}`,
          kind: 'instance',
          parameters: { 'rds.logical_replication': '1' },
        },
        {
          name: 'shop-aurora',
          family: `aurora-postgresql${target.major}`,
          kind: 'cluster',
          parameters: { 'rds.logical_replication': '1' },
        },
      ],
    },
    secrets: {
      'shop/source/migrator': secret(source, 'migrator'),
      'shop/target/migrator': secret(target, 'migrator'),
      'shop/source/dms': secret(source, 'dms_source'),
      'shop/target/dms': secret(target, 'dms_target'),
      [APPLICATION_SECRET]: secret(source, 'shop_app'),
    },
    replicationInstances: [{ identifier: 'shop-replication' }],
  }
}
