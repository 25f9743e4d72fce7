import { readFileSync } from 'node:fs'
import { Client } from 'pg'
import { parseMigration } from '../../shared/migration/migration-file.ts'
import { cleanFacts, known, noRds } from '../../shared/preflight/clean-facts.ts'
import { runChecks } from '../../shared/preflight/finding.ts'
import { inspect, type OutsideFacts } from '../../shared/preflight/inspect.ts'
import { checks } from '../../shared/preflight/registry.ts'
import { verdictOf, type Verdict } from '../../shared/preflight/verdict.ts'
import { openSession, type Session } from '../../shared/postgres/session.ts'
import { openServerGroup, type PostgresServer } from '../postgres/server-group.ts'
import { createSampleDatabase, randomPasswords, type RolePasswords } from '../workload/sample-database.ts'

const createTables = readFileSync(new URL('./sql/create-preflight-tables.sql', import.meta.url), 'utf8')

type Side = 'source' | 'target'

/** Two servers that count statements, with the sample's roles and as many tables as are asked for. */
export interface PreflightDatabases {
  /** Makes the tables up to that number on both sides. */
  grow(tables: number): Promise<void>
  /** Preflight of them all: time until every fact is judged, and the statements that the servers counted. */
  preflight(): Promise<{
    readonly ms: number
    readonly statements: Record<Side, number>
    readonly verdict: Verdict
  }>
  /** What asks each table and each sequence of both sides by itself takes, in ms. */
  naive(): Promise<number>
  close(): Promise<void>
}

/** Opens both servers, 15 and 17, with the sample at its smallest. */
export async function openPreflightDatabases(
  label: string,
  signal: AbortSignal,
): Promise<PreflightDatabases> {
  const group = await openServerGroup(label)
  const settings = { shared_preload_libraries: 'pg_stat_statements', autovacuum: 'off' }
  const clients: Client[] = []
  try {
    const [source, target] = await Promise.all([
      group.start({ name: 'source', major: 15, settings }),
      group.start({ name: 'target', major: 17, settings }),
    ])
    const passwords = randomPasswords()
    const servers = { source, target }
    const supers: Record<Side, Client> = {
      source: await prepared(source, 'source', passwords, clients),
      target: await prepared(target, 'target', passwords, clients),
    }
    let made = 0
    return {
      grow: async (tables) => {
        await Promise.all(
          Object.entries(supers).map(([side, client]) => grow(client, side === 'target', made + 1, tables)),
        )
        made = tables
      },
      preflight: async () => {
        await Promise.all(
          Object.values(supers).map((client) => client.query('select public.pg_stat_statements_reset()')),
        )
        const started = performance.now()
        const verdict = await preflight(servers, passwords, signal)
        const ms = performance.now() - started
        return {
          ms,
          statements: { source: await counted(supers.source), target: await counted(supers.target) },
          verdict,
        }
      },
      naive: async () => {
        const started = performance.now()
        await Promise.all(
          (['source', 'target'] as const).map(async (side) => {
            const session = await migrator(servers[side], side, passwords, signal)
            try {
              await askEach(session)
            } finally {
              await session.close()
            }
          }),
        )
        return performance.now() - started
      },
      close: async () => {
        await Promise.all(clients.map((client) => client.end()))
        await group.close()
      },
    }
  } catch (error) {
    await group.close()
    throw error
  }
}

async function prepared(
  server: PostgresServer,
  side: Side,
  passwords: RolePasswords,
  clients: Client[],
): Promise<Client> {
  await createSampleDatabase({ superuserUrl: server.superuserUrl, side, passwords, scale: 0.02 })
  const url = new URL(server.superuserUrl)
  url.pathname = '/shop'
  const client = new Client({ connectionString: url.href })
  client.on('error', () => undefined)
  await client.connect()
  clients.push(client)
  await client.query('create extension pg_stat_statements schema public')
  return client
}

async function grow(client: Client, isTarget: boolean, from: number, to: number): Promise<void> {
  await client.query('set role shop_owner')
  await client.query("select set_config('bench.from', $1, false), set_config('bench.to', $2, false)", [
    String(from),
    String(to),
  ])
  await client.query(createTables)
  await client.query('reset role')
  await client.query(
    isTarget
      ? 'grant select, insert, update, delete, truncate on all tables in schema shop to dms_target'
      : 'grant select, insert, update, delete on all tables in schema shop to dms_reverse_source',
  )
}

async function migrator(
  server: PostgresServer,
  side: Side,
  passwords: RolePasswords,
  signal: AbortSignal,
): Promise<Session> {
  return openSession(
    {
      host: server.host,
      port: server.port,
      database: 'shop',
      user: 'migrator',
      password: passwords.migrator,
      tls: 'disable',
    },
    {
      label: side,
      application: 'bench preflight',
      signal,
      settings: { default_transaction_read_only: 'on', statement_timeout: '0' },
    },
  )
}

async function preflight(
  servers: Readonly<Record<Side, PostgresServer>>,
  passwords: RolePasswords,
  signal: AbortSignal,
): Promise<Verdict> {
  const source = await migrator(servers.source, 'source', passwords, signal)
  const target = await migrator(servers.target, 'target', passwords, signal)
  try {
    const outside: OutsideFacts = {
      ...cleanFacts(),
      source: { address: { host: servers.source.host, port: servers.source.port }, ...noRds },
      target: { address: { host: servers.target.host, port: servers.target.port }, ...noRds },
      switchTargets: [{ kind: 'secret', name: 'shop/app', found: known({ unfit: null }) }],
    }
    const migration = parseMigration(benchFile, 'shop.yml')
    const log = {
      line: () => undefined,
      debug: () => undefined,
      warn: () => undefined,
      group: <T>(_title: string, work: () => T) => work(),
    }
    const { facts } = await inspect(migration, { source, target }, outside, log)
    return verdictOf(runChecks(checks, facts))
  } finally {
    await source.close()
    await target.close()
  }
}

/** Calls of the migration's login; nested ones (of functions) count for the statement that made them. */
async function counted(client: Client): Promise<number> {
  const { rows } = await client.query<{ calls: number }>(
    "select coalesce(sum(s.calls), 0)::integer as calls from public.pg_stat_statements s where s.toplevel and s.userid = 'migrator'::regrole",
  )
  return rows[0]?.calls ?? 0
}

/** What a script would do: columns and keys of each table, then the value of each sequence, one query after the other. */
async function askEach(session: Session): Promise<void> {
  const tables = await session.query<{ table_schema: string; table_name: string }>(
    "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE' and table_schema in ('shop', 'billing', 'Warehouse')",
  )
  for (const { table_schema: schema, table_name: table } of tables) {
    await session.query(
      'select a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull from pg_attribute a where a.attrelid = format($1, $2::text, $3::text)::regclass and a.attnum > 0',
      ['%I.%I', schema, table],
    )
    await session.query(
      'select i.indexrelid::regclass, i.indisprimary, i.indkey from pg_index i where i.indrelid = format($1, $2::text, $3::text)::regclass',
      ['%I.%I', schema, table],
    )
  }
  const sequences = await session.query<{ schemaname: string; sequencename: string }>(
    "select n.nspname as schemaname, c.relname as sequencename from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'S' and n.nspname in ('shop', 'billing', 'Warehouse')",
  )
  for (const { schemaname, sequencename } of sequences)
    await session.query('select pg_sequence_last_value(format($1, $2::text, $3::text)::regclass)', [
      '%I.%I',
      schemaname,
      sequencename,
    ])
}

const benchFile = `name: shop
source: { secret: shop/source, tls: disable }
target: { secret: shop/target, tls: disable }
dms:
  replication-instance: rehearsal
  ssl-mode: none
  source: { secret: shop/dms-source, access-role: 'arn:aws:iam::000000000000:role/dms' }
  target: { secret: shop/dms-target, access-role: 'arn:aws:iam::000000000000:role/dms' }
  reverse:
    source: { secret: shop/dms-reverse-source, access-role: 'arn:aws:iam::000000000000:role/dms' }
    target: { secret: shop/dms-reverse-target, access-role: 'arn:aws:iam::000000000000:role/dms' }
tables: { include: ['shop.%', 'billing.%', 'Warehouse.%'] }
cutover: { application-roles: [shop_app, shop_batch], switch: [{ secret: shop/app }] }
`
