import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  DatabaseMigrationServiceClient,
  DeleteReplicationTaskCommand,
  DescribeReplicationTasksCommand,
  StopReplicationTaskCommand,
} from '@aws-sdk/client-database-migration-service'
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { Client, escapeIdentifier } from 'pg'
import { startEmulator, type RunningEmulator } from '../emulator/start-emulator.ts'
import { sampleMigrationFile } from '../integration/sample-pair.ts'
import { openServerGroup, type PostgresServer } from '../postgres/server-group.ts'
import { createSampleDatabase, randomPasswords, type RolePasswords } from '../workload/sample-database.ts'

const kept = 'shop_kept'
const makeTables = readFileSync(new URL('./sql/make-cutover-tables.sql', import.meta.url), 'utf8')
const grants = readFileSync(new URL('../workload/sample/grants-database.sql', import.meta.url), 'utf8')

export type Side = 'source' | 'target'

/** Two servers (15 and 17) and the emulator, on which one migration after the other is made and cut over. */
export interface CutoverServers {
  readonly source: PostgresServer
  readonly target: PostgresServer
  readonly passwords: RolePasswords
  readonly emulator: RunningEmulator
  readonly secrets: SecretsManagerClient
  readonly dms: DatabaseMigrationServiceClient
  /** The migration file, and a folder for what a run leaves. */
  readonly file: string
  readonly folder: string
  /** A superuser's URL of the sample database. */
  url(side: Side): string
  /** A superuser's connection to the sample database; the caller ends it. */
  connect(side: Side): Promise<Client>
  /** Both databases as before any migration, no task and no slot left, clients pointed at the source. */
  renew(): Promise<void>
  /** Points clients at a side by one call, as a careful hand would. */
  pointClientsAt(side: Side): Promise<void>
  close(): Promise<void>
}

/** Opens everything. 20 tables, 500 sequences; both servers write through to the disk. */
export async function openCutoverServers(): Promise<CutoverServers> {
  const folder = await mkdtemp(join(tmpdir(), 'cutover bench '))
  const group = await openServerGroup('cutover bench')
  try {
    // As a server that is written to: the tests' own default is quicker than any real one.
    const settings = { fsync: 'on', shared_buffers: '256MB', max_wal_size: '4GB' }
    const [source, target] = await Promise.all([
      group.start({ name: 'source', major: 15, settings }),
      group.start({ name: 'target', major: 17, settings }),
    ])
    const servers = { source, target }
    const passwords = randomPasswords()
    await Promise.all([keepSample(source, 'source', passwords), keepSample(target, 'target', passwords)])
    const secret = (side: Side, username: keyof RolePasswords) => ({
      engine: 'postgres',
      host: servers[side].host,
      port: servers[side].port,
      username,
      password: passwords[username],
      dbname: 'shop',
    })
    const emulator = await startEmulator({
      stateFolder: join(folder, 'emulator'),
      logFile: join(folder, 'emulator.log'),
      config: {
        account: '123456789012',
        region: 'eu-west-1',
        knobs: { controlPlaneDelayMs: 50, metricDelayMs: 0, metricPeriodMs: 200 },
        rds: { instances: [], clusters: [] },
        secrets: {
          'shop/source': secret('source', 'migrator'),
          'shop/target': secret('target', 'migrator'),
          'shop/dms-source': secret('source', 'dms_source'),
          'shop/dms-target': secret('target', 'dms_target'),
          'shop/dms-reverse-source': secret('source', 'dms_reverse_source'),
          'shop/dms-reverse-target': secret('target', 'dms_reverse_target'),
          'shop/app': secret('source', 'shop_app'),
        },
        replicationInstances: [{ identifier: 'rehearsal' }],
      },
    })
    const environment = emulator.environment()
    const aws = {
      endpoint: emulator.url,
      region: 'eu-west-1',
      credentials: {
        accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
      },
    }
    const secrets = new SecretsManagerClient(aws)
    const dms = new DatabaseMigrationServiceClient(aws)
    const file = join(folder, 'shop.yml')
    await writeFile(
      file,
      sampleMigrationFile('  freeze-budget: 20s\n  watch: 200ms\n').replace(
        'ssl-mode: none',
        'ssl-mode: none\n  validation: false',
      ),
    )
    const pointClientsAt = async (side: Side) => {
      await secrets.send(
        new PutSecretValueCommand({
          SecretId: 'shop/app',
          SecretString: JSON.stringify(secret(side, 'shop_app')),
        }),
      )
    }
    const url = (side: Side) => databaseUrl(servers[side], 'shop')
    return {
      ...servers,
      passwords,
      emulator,
      secrets,
      dms,
      file,
      folder,
      url,
      connect: (side) => connect(url(side)),
      pointClientsAt,
      renew: async () => {
        await dropTasks(dms)
        // The subscriber first: it holds the publisher's slot.
        await renewDatabase(target, 'target')
        await renewDatabase(source, 'source')
        await pointClientsAt('source')
      },
      close: async () => {
        secrets.destroy()
        dms.destroy()
        await emulator.stop()
        await group.close()
        await rm(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await group.close()
    throw error
  }
}

function databaseUrl(server: PostgresServer, database: string): string {
  const url = new URL(server.superuserUrl)
  url.pathname = `/${database}`
  return url.href
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: 'cutover bench' })
  // What a lost connection does to the query under way is what counts.
  client.on('error', () => undefined)
  await client.connect()
  return client
}

async function using(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = await connect(url)
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

/** Makes the sample once, under another name; each run gets a copy of it. */
async function keepSample(server: PostgresServer, side: Side, passwords: RolePasswords): Promise<void> {
  await createSampleDatabase({ superuserUrl: server.superuserUrl, side, passwords, scale: 0.1 })
  await using(databaseUrl(server, 'shop'), async (client) => {
    await client.query(makeTables)
  })
  await using(server.superuserUrl, async (client) => {
    await client.query(`ALTER DATABASE shop RENAME TO ${escapeIdentifier(kept)}`)
  })
}

async function renewDatabase(server: PostgresServer, side: Side): Promise<void> {
  await using(server.superuserUrl, async (client) => {
    const { rows } = await client.query<{ there: boolean }>(
      `SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'shop') AS there`,
    )
    if (rows[0]?.there === true) {
      await dropSubscriptions(databaseUrl(server, 'shop'))
      await dropSlots(client)
      await client.query('DROP DATABASE shop WITH (FORCE)')
    }
    await client.query(`CREATE DATABASE shop TEMPLATE ${escapeIdentifier(kept)} OWNER shop_owner`)
    if (side === 'target') await client.query('ALTER ROLE dms_target LOGIN')
  })
  // A copy has not the rights on the database itself.
  await using(databaseUrl(server, 'shop'), async (client) => {
    await client.query(grants)
    await client.query('CHECKPOINT')
  })
}

async function dropSubscriptions(url: string): Promise<void> {
  await using(url, async (client) => {
    const { rows } = await client.query<{ subname: string }>(
      'SELECT subname FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())',
    )
    for (const { subname } of rows) await client.query(`DROP SUBSCRIPTION ${escapeIdentifier(subname)}`)
  })
}

async function dropSlots(client: Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ name: string; pid: number | null }>(
      `SELECT slot_name AS name, active_pid AS pid FROM pg_replication_slots WHERE database = 'shop'`,
    )
    if (rows.length === 0) return
    for (const { name, pid } of rows) {
      if (pid === null) await client.query('SELECT pg_drop_replication_slot($1)', [name])
      else await client.query('SELECT pg_terminate_backend($1)', [pid])
    }
    await delay(50)
  }
}

async function dropTasks(dms: DatabaseMigrationServiceClient): Promise<void> {
  for (;;) {
    const { ReplicationTasks: tasks = [] } = await dms.send(new DescribeReplicationTasksCommand({}))
    if (tasks.length === 0) return
    for (const { ReplicationTaskArn, Status } of tasks) {
      if (Status === 'running') await dms.send(new StopReplicationTaskCommand({ ReplicationTaskArn }))
      if (Status === 'stopped' || Status === 'failed' || Status === 'ready')
        await dms.send(new DeleteReplicationTaskCommand({ ReplicationTaskArn }))
    }
    await delay(50)
  }
}
