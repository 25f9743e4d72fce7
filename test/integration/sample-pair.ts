import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { planDigest } from '../../shared/migration/digest.ts'
import { plainDecisions } from '../../shared/migration/plan-decisions.ts'
import { buildPlan } from '../../shared/migration/build-plan.ts'
import { parseMigration } from '../../shared/migration/migration-file.ts'
import type { Plan } from '../../shared/migration/plan.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { readSourceCatalogue } from '../../shared/postgres/catalogue.ts'
import { openSession, type DatabaseLogin, type Session } from '../../shared/postgres/session.ts'
import type { Log } from '../../shared/runtime/log.ts'
import { openServerGroup, type PostgresServer, type ServerGroup } from '../postgres/server-group.ts'
import { createSampleDatabase, randomPasswords, type RolePasswords } from '../workload/sample-database.ts'

/** The sample database on two real servers, 15 and 17, as a migration meets it. */
export interface SamplePair {
  readonly source: PostgresServer
  readonly target: PostgresServer
  readonly passwords: RolePasswords
  readonly migration: Migration
  /** The migration's own login on one side. */
  login(side: 'source' | 'target'): DatabaseLogin
  /** A session of the migration's login; closed with the pair. */
  session(side: 'source' | 'target', settings?: Readonly<Record<string, string>>): Promise<Session>
  /** Runs SQL as the superuser in the sample database. */
  sql(
    side: 'source' | 'target',
    statement: string,
    values?: readonly unknown[],
  ): Promise<Record<string, unknown>[]>
  close(): Promise<void>
}

/** A migration file for the sample database; `extra` is appended as it is. */
export function sampleMigrationFile(extra = ''): string {
  return `name: shop
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
tables:
  include: ['shop.%', 'billing.%', 'Warehouse.%']
cutover:
  application-roles: [shop_app, shop_batch]
  switch: [{ secret: shop/app }]
${extra}`
}

/** Starts both servers and makes the sample on them. */
export async function openSamplePair(label: string, scale = 0.02): Promise<SamplePair> {
  const group: ServerGroup = await openServerGroup(label)
  const sessions: Session[] = []
  try {
    const [source, target] = await Promise.all([
      group.start({ name: 'source', major: 15 }),
      group.start({ name: 'target', major: 17 }),
    ])
    const passwords = randomPasswords()
    await Promise.all([
      createSampleDatabase({ superuserUrl: source.superuserUrl, side: 'source', passwords, scale }),
      createSampleDatabase({ superuserUrl: target.superuserUrl, side: 'target', passwords, scale }),
    ])
    const servers = { source, target }
    const superusers = {
      source: await superuserClient(source),
      target: await superuserClient(target),
    }
    const login = (side: 'source' | 'target'): DatabaseLogin => ({
      host: servers[side].host,
      port: servers[side].port,
      database: 'shop',
      user: 'migrator',
      password: passwords.migrator,
      tls: 'disable',
    })
    return {
      source,
      target,
      passwords,
      migration: parseMigration(sampleMigrationFile(), 'shop.yml'),
      login,
      session: async (side, settings = {}) => {
        const session = await openSession(login(side), {
          label: side,
          application: `test ${randomUUID().slice(0, 8)}`,
          signal: new AbortController().signal,
          settings,
        })
        sessions.push(session)
        return session
      },
      sql: async (side, statement, values = []) =>
        (await superusers[side].query<Record<string, unknown>>(statement, [...values])).rows,
      close: async () => {
        await Promise.all(sessions.map((session) => session.close()))
        await Promise.all(Object.values(superusers).map((client) => client.end()))
        await group.close()
      },
    }
  } catch (error) {
    await group.close()
    throw error
  }
}

async function superuserClient(server: PostgresServer): Promise<Client> {
  const url = new URL(server.superuserUrl)
  url.pathname = '/shop'
  const client = new Client({ connectionString: url.href })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

/** The plan of the sample as preflight builds it. */
export async function samplePlan(
  source: Session,
  migration: Migration,
): Promise<{ readonly plan: Plan; readonly digest: string }> {
  const catalogue = await readSourceCatalogue(source, migration)
  const plan = buildPlan(migration, {
    source: catalogue,
    decisions: plainDecisions(catalogue.planned, 128),
  })
  return { plan, digest: planDigest(plan) }
}

/** A log that keeps its lines. */
export function keptLog(): Log & { readonly lines: string[] } {
  const lines: string[] = []
  return {
    lines,
    line: (text) => lines.push(text),
    debug: () => undefined,
    warn: (text) => lines.push(text),
    group: (_title, work) => work(),
  }
}

/** Everything that a schema dump would show, and every row of the control schema: equal means that nothing was written. */
export async function wholeState(pair: SamplePair, side: 'source' | 'target'): Promise<string> {
  const catalogues = [
    'pg_class',
    'pg_attribute',
    'pg_constraint',
    'pg_index',
    'pg_trigger',
    'pg_proc',
    'pg_type',
    'pg_namespace',
    'pg_sequence',
    'pg_rewrite',
    'pg_inherits',
    'pg_attrdef',
    'pg_database',
    'pg_db_role_setting',
    'pg_authid',
    'pg_auth_members',
    'pg_default_acl',
    'pg_description',
    'pg_policy',
    'pg_event_trigger',
    'pg_extension',
  ]
  const parts: string[] = []
  for (const catalogue of catalogues) {
    // What vacuum and statistics move by themselves is left out.
    const moving =
      "'relpages,reltuples,relallvisible,relfrozenxid,relminmxid,datfrozenxid,datminmxid,relhasindex'"
    const [row] = await pair.sql(
      side,
      `select md5(coalesce(string_agg(hash, '' order by hash), '')) as hash from (select md5((to_jsonb(c) - string_to_array(${moving}, ','))::text) as hash from pg_catalog.${catalogue} c) as rows`,
    )
    parts.push(`${catalogue} ${String(row?.['hash'])}`)
  }
  const tables = await pair.sql(
    side,
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname ~ '^aurora_migration' order by 1",
  )
  for (const { name } of tables) {
    const [row] = await pair.sql(
      side,
      `select md5(coalesce(string_agg(t::text, '' order by t::text), '')) as hash from ${String(name)} t`,
    )
    parts.push(`${String(name)} ${String(row?.['hash'])}`)
  }
  return parts.join('\n')
}
