import { readFileSync } from 'node:fs'
import { Client } from 'pg'
import { createControlSchema } from '../../shared/control/statements.ts'
import type { FenceOrder } from '../../shared/cutover/fence.ts'
import { readLockTargets } from '../../shared/cutover/pause.ts'
import { armDeadMan, deadManSettings, type DeadMan } from '../../shared/cutover/read-only/dead-man.ts'
import { createPutBackFunctions, createReadOnlyFunctions } from '../../shared/cutover/read-only/statements.ts'
import { createFenceFunctions } from '../../shared/cutover/statements.ts'
import { openSession, type Session } from '../../shared/postgres/session.ts'
import { openServerGroup, type Major, type PostgresServer } from '../postgres/server-group.ts'

/** One server with a small database and everything that a fence is made of; the fences' statements are run on it directly. */
export interface FenceLab {
  readonly server: PostgresServer
  /** A session of the migration's login. */
  readonly session: (settings?: Readonly<Record<string, string>>) => Promise<Session>
  /** Runs SQL as the superuser, in a session of its own. */
  readonly sql: (statement: string, values?: readonly unknown[]) => Promise<Record<string, unknown>[]>
  /** A client of the application; whoever asks closes it, or the lab does. */
  readonly client: (user: string, options?: string) => Promise<Client>
  /** Can that role insert into the table, in a session of its own? Gives the SQLSTATE where not. */
  readonly write: (user: string, statement: string, before?: string) => Promise<string>
  /** A new generation of migration `shop` that is `paused`, as a run makes it, and the order of its fence. */
  readonly begin: (change?: Partial<FenceOrder>) => Promise<FenceOrder>
  readonly arm: (fence: FenceOrder, budgetMs: number) => Promise<DeadMan>
  readonly password: string
  readonly phase: () => Promise<unknown>
  /** Rights of tables, columns, schemas and database, and the database's settings, per grantor, line by line. */
  readonly rights: () => Promise<readonly string[]>
  /** Every table that is to be closed. */
  tables: FenceOrder['tables']
  readonly close: () => Promise<void>
}

const createSample = readFileSync(new URL('./read-only-lab.sql', import.meta.url), 'utf8')
const readRights = readFileSync(new URL('./read-only-rights.sql', import.meta.url), 'utf8')
const database = 'shop'
const password = 'Tx4mwQ81vLbHe02kRzUy'

export async function openFenceLab(
  major: Major,
  settings: Readonly<Record<string, string>> = {},
): Promise<FenceLab> {
  const group = await openServerGroup(`read-only fence ${major}`)
  const clients: Client[] = []
  const sessions: Session[] = []
  try {
    const server = await group.start({ name: 'source', major, settings: { fsync: 'on', ...settings } })
    const connect = async (url: string, options?: string) => {
      const client = new Client({ connectionString: url, ...(options === undefined ? {} : { options }) })
      client.on('error', () => undefined)
      await client.connect()
      clients.push(client)
      return client
    }
    const superuser = (name: string) => {
      const url = new URL(server.superuserUrl)
      url.pathname = `/${name}`
      return url.href
    }
    const first = await connect(superuser('postgres'))
    await first.query(`create database ${database}`)
    await first.end()
    const sql = async (statement: string, values: readonly unknown[] = []) => {
      const client = await connect(superuser(database))
      try {
        await client.query('set default_transaction_read_only = off')
        return (await client.query<Record<string, unknown>>(statement, [...values])).rows
      } finally {
        await client.end()
      }
    }
    const session = async (own: Readonly<Record<string, string>> = {}) => {
      const login = {
        host: server.host,
        port: server.port,
        database,
        user: 'migrator',
        password,
        tls: 'disable' as const,
      }
      const opened = await openSession(login, {
        label: 'source',
        application: 'aurora-migration cutover',
        signal: new AbortController().signal,
        settings: own,
      })
      sessions.push(opened)
      return opened
    }
    await sql(createSample)
    for (const role of ['shop_app', 'shop_batch', 'migrator', 'dms_source'])
      await sql(`alter role ${role} password '${password}'`)
    const migrator = await session()
    for (const statement of [
      createControlSchema,
      createFenceFunctions,
      createPutBackFunctions,
      createReadOnlyFunctions,
    ])
      await migrator.query(statement)
    await sql(`alter table aurora_migration.decision drop constraint decision_phase_check`)
    const planned = ['orders', 'lines', 'untouched', 'parts_2026'].map((table) => ({ schema: 'shop', table }))
    const { fenceTables } = await readLockTargets(migrator, planned)
    const lab: FenceLab = {
      server,
      session,
      sql,
      client: (user, options) => connect(server.url({ user, password }, database), options),
      write: async (user, statement, before = '') => {
        try {
          const client =
            user === 'superuser'
              ? await connect(superuser(database))
              : await connect(server.url({ user, password }, database))
          try {
            await client.query(`set statement_timeout = 5000; ${before}`)
            await client.query(statement)
            return 'written'
          } finally {
            await client.end()
          }
        } catch (error) {
          return error instanceof Error && 'code' in error ? String(error.code) : String(error)
        }
      },
      begin: async (change = {}) => {
        const [row] = await sql(
          `insert into aurora_migration.decision as d (migration, side, system_identifier, generation, run_id, run_attempt, phase, plan_digest)
           values ('shop', 'source', (select system_identifier::text from pg_control_system()), 1, '100', 1, 'paused', '')
           on conflict (migration) do update set generation = d.generation + 1, phase = 'paused', run_id = '100', direction = 'forward'
           returning generation::text as generation`,
        )
        return {
          migration: 'shop',
          side: 'source',
          generation: String(row?.generation),
          runId: '100',
          attempt: 1,
          tables: lab.tables,
          staleReads: 'refuse',
          keepConnect: ['migrator', 'dms_source'],
          ...change,
        }
      },
      arm: async (fence, budgetMs) =>
        armDeadMan(await session(deadManSettings), await session(), fence, budgetMs),
      password,
      phase: async () => (await sql('select phase from aurora_migration.decision'))[0]?.phase,
      rights: async () => (await sql(readRights)).map((row) => Object.values(row).join(' ')),
      tables: JSON.parse(fenceTables) as FenceOrder['tables'],
      close: async () => {
        await Promise.all(sessions.map((one) => one.close()))
        await Promise.all(clients.map((one) => one.end().catch(() => undefined)))
        await group.close()
      },
    }
    return lab
  } catch (error) {
    await group.close()
    throw error
  }
}
