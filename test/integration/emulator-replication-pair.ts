import { Client } from 'pg'
import {
  quirkSettings,
  startReplication,
  type Checkpoint,
  type DatabaseAddress,
  type Quirk,
  type ReplicationEnd,
  type ReplicationJob,
  type RunningReplication,
  type TaskLogLine,
} from '../emulator/replication/replication-job.ts'
import { openServerGroup, type PostgresServer, type ServerGroup } from '../postgres/server-group.ts'

const PASSWORD = 'onlyForTestsOfTheRowMover1'

/** A PostgreSQL 15 source and a 17 target with DMS's two users; every test gets a database of its own on both. */
export interface ServerPair {
  readonly source: PostgresServer
  readonly target: PostgresServer
  close(): Promise<void>
}

export async function openServerPair(label: string): Promise<ServerPair> {
  const group: ServerGroup = await openServerGroup(label)
  const [source, target] = await Promise.all([
    group.start({ name: 'source', major: 15 }),
    group.start({ name: 'target', major: 17 }),
  ])
  const admin = await connect(source.superuserUrl)
  await admin.query(
    `CREATE ROLE dms_source LOGIN REPLICATION PASSWORD '${PASSWORD}'; GRANT pg_read_all_data TO dms_source`,
  )
  await admin.end()
  const targetAdmin = await connect(target.superuserUrl)
  await targetAdmin.query(
    `CREATE ROLE dms_target LOGIN PASSWORD '${PASSWORD}'; GRANT SET ON PARAMETER session_replication_role TO dms_target`,
  )
  await targetAdmin.end()
  return { source, target, close: () => group.close() }
}

/** One database name on both servers. */
export interface DatabasePair {
  readonly database: string
  readonly source: Client
  readonly target: Client
  address(side: 'source' | 'target'): DatabaseAddress
  close(): Promise<void>
}

/** Creates the database on both sides and runs the schema there; DMS's user may write on the target and own what it makes. */
export async function createDatabasePair(
  pair: ServerPair,
  database: string,
  schema: { both?: string; source?: string; target?: string },
): Promise<DatabasePair> {
  for (const server of [pair.source, pair.target]) {
    const admin = await connect(server.superuserUrl)
    await admin.query(`CREATE DATABASE ${database}`)
    await admin.end()
  }
  const source = await openClient(pair.source, database)
  const target = await openClient(pair.target, database)
  await source.query(`${schema.both ?? ''};${schema.source ?? ''}`)
  await target.query(`${schema.both ?? ''};${schema.target ?? ''}`)
  await target.query(`
    DO $$ DECLARE s name; BEGIN
      FOR s IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
        EXECUTE format('GRANT USAGE, CREATE ON SCHEMA %I TO dms_target', s);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA %I TO dms_target', s);
      END LOOP; END $$;
    GRANT CREATE ON DATABASE ${database} TO dms_target`)
  return {
    database,
    source,
    target,
    address: (side) => ({
      host: '127.0.0.1',
      port: side === 'source' ? pair.source.port : pair.target.port,
      database,
      user: side === 'source' ? 'dms_source' : 'dms_target',
      password: PASSWORD,
      tls: false,
      ...(side === 'target' ? { afterConnectScript: 'SET session_replication_role = replica' } : {}),
      captureDdls: false,
      failTasksOnLobTruncation: false,
      trimSpaceInChar: true,
      executeTimeoutSeconds: 60,
    }),
    async close() {
      await Promise.all([source.end(), target.end()])
    },
  }
}

export interface TaskOptions {
  readonly job?: Partial<ReplicationJob>
  readonly quirks?: Partial<Record<Quirk, boolean>>
  readonly settings?: Record<string, Record<string, unknown>>
}

export interface TestTask {
  readonly replication: RunningReplication
  readonly log: readonly TaskLogLine[]
  readonly job: ReplicationJob
  checkpoint(): Checkpoint | undefined
  ended: Promise<ReplicationEnd>
}

export const SELECT_ALL = {
  rules: [
    {
      'rule-type': 'selection',
      'rule-id': '1',
      'rule-name': 'all',
      'object-locator': { 'schema-name': 'shop', 'table-name': '%' },
      'rule-action': 'include',
    },
  ],
}

/** Starts a full-load-and-cdc task over the pair, unless told otherwise. */
export function startTask(databases: DatabasePair, options: TaskOptions = {}): TestTask {
  const log: TaskLogLine[] = []
  let checkpoint: Checkpoint | undefined
  const ended = Promise.withResolvers<ReplicationEnd>()
  const job: ReplicationJob = {
    taskArn: 'arn:aws:dms:eu-central-1:123456789012:task:TESTTASK',
    taskIdentifier: 'test-task',
    externalId: 'TESTTASK',
    migrationType: 'full-load-and-cdc',
    startType: 'start-replication',
    source: databases.address('source'),
    target: databases.address('target'),
    tableMappings: SELECT_ALL,
    taskSettings: {
      ...options.settings,
      FullLoadSettings: { TargetTablePrepMode: 'DO_NOTHING', ...options.settings?.['FullLoadSettings'] },
      ErrorBehavior: { RecoverableErrorInterval: 0.1, ...options.settings?.['ErrorBehavior'] },
    },
    quirks: quirkSettings(options.quirks),
    replicationDelayMs: () => 0,
    fault: () => Promise.resolve(),
    ...options.job,
  }
  const replication = startReplication(job, {
    checkpoint(value) {
      checkpoint = structuredClone(value)
    },
    ended: (end) => ended.resolve(end),
    running: () => undefined,
    log: (line) => log.push(line),
  })
  return { replication, log, job, checkpoint: () => checkpoint, ended: ended.promise }
}

/** Waits until the condition holds; fails with what it last saw after ten seconds. */
export async function until<T>(
  look: () => Promise<T> | T,
  holds: (value: T) => boolean,
  ms = 10_000,
): Promise<T> {
  const deadline = Date.now() + ms
  for (;;) {
    const value = await look()
    if (holds(value)) return value
    if (Date.now() > deadline)
      throw new Error(`Waited ${ms} ms in vain; last seen: ${JSON.stringify(value).slice(0, 2000)}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Content of a table, rows as text, sorted. */
export async function content(client: Client, table: string): Promise<string[]> {
  const { rows } = await client.query<{ row: string }>(
    `SELECT whole_row::text AS row FROM ${table} whole_row ORDER BY 1`,
  )
  return rows.map(({ row }) => row)
}

/** Waits until a table is equal on both sides, as it stands on the source now. */
export async function untilEqual(databases: DatabasePair, table: string): Promise<void> {
  const expected = await content(databases.source, table)
  await until(
    async () => differences(expected, await content(databases.target, table)),
    (found) => found.length === 0,
  )
}

/** The first differences between two sorted lists, for people: `-` is missing, `+` is too much. */
function differences(expected: readonly string[], actual: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const row of expected) counts.set(row, (counts.get(row) ?? 0) + 1)
  for (const row of actual) counts.set(row, (counts.get(row) ?? 0) - 1)
  const found = [...counts].filter(([, count]) => count !== 0)
  const lines = found.slice(0, 10).map(([row, count]) => `${count > 0 ? '-' : '+'} ${row.slice(0, 200)}`)
  return found.length > 10 ? [...lines, `and ${found.length - 10} more`] : lines
}

/** A superuser's session in a database of one server. */
export async function openClient(server: PostgresServer, database: string): Promise<Client> {
  return connect(inDatabase(server.superuserUrl, database))
}

async function connect(url: string): Promise<Client> {
  const client = new Client(url)
  // A server that a test stops takes the test's own session with it.
  client.on('error', () => undefined)
  await client.connect()
  return client
}

function inDatabase(url: string, database: string): string {
  const result = new URL(url)
  result.pathname = `/${database}`
  return result.href
}
