import { Client } from 'pg'
import { openServerGroup, type PostgresServer } from '../postgres/server-group.ts'
import { SAMPLE_DATABASE } from '../workload/sample-layout.ts'

/** URLs of one database on both sides. */
export interface DatabaseUrls {
  readonly sourceUrl: string
  readonly targetUrl: string
}

type Row = Record<string, unknown>

/** Two servers that a rehearsal is given, so that they are still there when it has ended. */
export interface GivenServers {
  /** `--source-url` and `--target-url`. */
  readonly flags: readonly string[]
  /** The superuser's URLs of the sample database. */
  readonly sample: DatabaseUrls
  /** Copies the sample database, on which nobody may work at the time. */
  copySample(name: string): Promise<DatabaseUrls>
  /** Runs one statement in the sample database as superuser, whom no fence or guard stops. */
  sql(side: 'source' | 'target', statement: string, values?: readonly unknown[]): Promise<Row[]>
  close(): Promise<void>
}

/** Starts a 15 and a 17 with settings that a migration accepts, unless `settings` say otherwise. */
export async function openGivenServers(
  label: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<GivenServers> {
  const group = await openServerGroup(label)
  const start = (name: string, major: 15 | 17): Promise<PostgresServer> =>
    group.start({ name, major, settings: { fsync: 'on', ...settings } })
  const servers = await Promise.all([start('source', 15), start('target', 17)])
  const [source, target] = servers
  const urls = (database: string): DatabaseUrls => ({
    sourceUrl: inDatabase(source.superuserUrl, database),
    targetUrl: inDatabase(target.superuserUrl, database),
  })
  const sample = urls(SAMPLE_DATABASE)
  return {
    flags: ['--source-url', source.superuserUrl, '--target-url', target.superuserUrl],
    sample,
    async copySample(name) {
      for (const { superuserUrl } of servers)
        await query(superuserUrl, `create database ${name} template ${SAMPLE_DATABASE}`, [])
      return urls(name)
    },
    sql: (side, statement, values = []) =>
      query(side === 'source' ? sample.sourceUrl : sample.targetUrl, statement, values),
    close: () => group.close(),
  }
}

async function query(url: string, statement: string, values: readonly unknown[]): Promise<Row[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('set session_replication_role = replica; set default_transaction_read_only = off')
    return (await client.query<Row>(statement, [...values])).rows
  } finally {
    await client.end()
  }
}

function inDatabase(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}
