import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { Client, escapeIdentifier, escapeLiteral } from 'pg'
import type { DatabaseLogin } from '../../shared/postgres/session.ts'
import { openServerGroup, type PostgresServer } from '../postgres/server-group.ts'
import { createSampleDatabase, randomPasswords, type RolePasswords } from '../workload/sample-database.ts'

export type Side = 'source' | 'target'

/** PostgreSQL 15 and 17 with three tables in a database `shop`, which can be as it was at a kept stage within a moment. */
export interface ChaosServers {
  readonly source: PostgresServer
  readonly target: PostgresServer
  readonly passwords: RolePasswords
  /** The migration's own login, past every proxy. */
  login(side: Side): DatabaseLogin
  /** A superuser's URL of the database. */
  url(side: Side): string
  /** Runs SQL as a superuser, in a session of its own. */
  sql(side: Side, text: string): Promise<Record<string, unknown>[]>
  /** Keeps both databases as they are now under the name of a stage; nobody may be connected. `shop` is gone afterwards. */
  keep(stage: string): Promise<void>
  /** Ends all sessions and makes both databases what they were at the stage, slots, logins and rights to connect included. */
  reset(stage: string): Promise<void>
  /** Has a process end with the servers, however this one ends: a stopped one would stay for ever. */
  watch(pid: number): void
  close(): Promise<void>
}

const read = (name: string) => readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8')
const texts = {
  sample: read('sample'),
  grants: read('sample-grants'),
  sourceGrants: read('sample-grants-source'),
  targetGrants: read('sample-grants-target'),
  rows: read('sample-rows'),
  databaseGrants: readFileSync(new URL('../workload/sample/grants-database.sql', import.meta.url), 'utf8'),
  keep: read('keep-database'),
  endSessions: read('end-sessions'),
}

/** What a copy of a database does not carry. */
interface Kept {
  readonly acl: string | null
  readonly settings: readonly { readonly role: string; readonly config: string }[]
  readonly logins: Readonly<Record<string, boolean>>
  readonly slots: readonly { readonly name: string; readonly plugin: string }[]
}

const sides = ['source', 'target'] as const

/** Starts both and makes the sample, its rows on the source alone. */
export async function openChaosServers(label: string): Promise<ChaosServers> {
  const group = await openServerGroup(label)
  try {
    // An autovacuum of the server's own would come at another moment in every run; a commit point that a crash undoes
    // would be none.
    const settings = { autovacuum: 'off', fsync: 'on', max_wal_size: '2GB', checkpoint_timeout: '30min' }
    const [source, target] = await Promise.all([
      group.start({ name: 'source', major: 15, settings }),
      group.start({ name: 'target', major: 17, settings }),
    ])
    const servers = { source, target }
    const passwords = randomPasswords()
    const url = (side: Side, database = 'shop') => {
      const changed = new URL(servers[side].superuserUrl)
      changed.pathname = `/${database}`
      return changed.href
    }
    const on = async (side: Side, text: string, database = 'shop') => run(url(side, database), text)
    await Promise.all(
      sides.map(async (side) => {
        const { superuserUrl } = servers[side]
        await createSampleDatabase({ superuserUrl, side, passwords, scale: 1, withoutSchema: true })
        await on(side, `set role shop_owner; ${texts.sample}; reset role; ${texts.grants}`)
        await on(side, side === 'target' ? texts.targetGrants : `${texts.sourceGrants}; ${texts.rows}`)
      }),
    )
    const kept = new Map<string, Kept>()
    return {
      source,
      target,
      passwords,
      url,
      login: (side) => ({
        host: servers[side].host,
        port: servers[side].port,
        database: 'shop',
        user: 'migrator',
        password: passwords.migrator,
        tls: 'disable',
      }),
      sql: async (side, text) => on(side, text),
      keep: async (stage) => {
        for (const side of sides) {
          await on(side, texts.endSessions, 'postgres')
          const [row] = await on(side, texts.keep)
          kept.set(`${side} ${stage}`, JSON.parse(String(row?.['kept'])) as Kept)
          await dropSlots((text) => on(side, text, 'postgres'))
          await on(side, `alter database shop rename to ${escapeIdentifier(`shop_${stage}`)}`, 'postgres')
        }
      },
      reset: async (stage) => {
        await Promise.all(
          sides.map(async (side) => {
            const was = kept.get(`${side} ${stage}`)
            if (was === undefined) throw new Error(`the stage ${stage} was not kept`)
            await dropSlots((text) => on(side, text, 'postgres'))
            await on(side, 'drop database if exists shop with (force)', 'postgres')
            await on(
              side,
              `create database shop owner shop_owner template ${escapeIdentifier(`shop_${stage}`)}`,
              'postgres',
            )
            await on(side, restoring(was))
            // PostgreSQL logs sequences ahead, and a copy counts on what only the original's log says: a crash before the
            // next checkpoint would set them back.
            await on(side, 'checkpoint', 'postgres')
            // Not in a transaction that has written.
            for (const slot of was.slots)
              await on(
                side,
                `select pg_create_logical_replication_slot(${escapeLiteral(slot.name)}, ${escapeLiteral(slot.plugin)})`,
              )
          }),
        )
      },
      watch: (pid) => group.watch(pid),
      close: () => group.close(),
    }
  } catch (error) {
    await group.close()
    throw error
  }
}

/** The statements that give a fresh copy what it does not carry. */
function restoring({ acl, settings, logins }: Kept): string {
  const database = "(select oid from pg_database where datname = 'shop')"
  return [
    texts.databaseGrants,
    // No GRANT says as exactly who granted what; a superuser may write the catalogue of a test's server.
    `update pg_database set datacl = ${acl === null ? 'null' : `${escapeLiteral(acl)}::aclitem[]`} where datname = 'shop'`,
    ...settings.map(
      ({ role, config }) =>
        `insert into pg_db_role_setting values (${database}, ${escapeLiteral(role)}::oid, ${escapeLiteral(config)}::text[])`,
    ),
    ...Object.entries(logins).map(
      ([role, canLogin]) => `alter role ${escapeIdentifier(role)} ${canLogin ? 'login' : 'nologin'}`,
    ),
  ].join(';\n')
}

/** Those of a task that has just ended are in use for a moment more. */
async function dropSlots(run: (text: string) => Promise<Record<string, unknown>[]>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const left = await run('select slot_name, active, active_pid from pg_replication_slots')
    if (left.length === 0) return
    if (attempt > 300) throw new Error(`slots in use: ${JSON.stringify(left)}`)
    for (const { slot_name: slot, active, active_pid: pid } of left)
      await run(
        active === true
          ? `select pg_terminate_backend(${Number(pid)})`
          : `select pg_drop_replication_slot(${escapeLiteral(String(slot))})`,
      ).catch(() => undefined)
    await delay(10)
  }
}

async function run(url: string, text: string): Promise<Record<string, unknown>[]> {
  // Sessions of a database that was left start read-only; the lab's own must not.
  const options = '-c default_transaction_read_only=off'
  const client = new Client({ connectionString: url, application_name: 'chaos', options })
  client.on('error', () => undefined)
  await client.connect()
  try {
    const result: unknown = await client.query<Record<string, unknown>>(text)
    const last = (Array.isArray(result) ? result.at(-1) : result) as { rows: Record<string, unknown>[] }
    return last.rows
  } finally {
    await client.end()
  }
}
