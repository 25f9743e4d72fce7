import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import type { DatabaseLogin } from '../../shared/postgres/session.ts'
import { openServerGroup, type PostgresServer } from '../postgres/server-group.ts'
import { createSampleDatabase, randomPasswords, type RolePasswords } from '../workload/sample-database.ts'
import { query } from './rds-lab.ts'

type Side = 'source' | 'target'

/** How a scene begins. */
export interface Scene {
  /** The target's database has its schema, or is empty. */
  readonly schemaThere: boolean
  /** SQL that a superuser runs on both first. */
  readonly also: string
  /** The target has the source's rows too; the source has a slot, the only one, that was made before. */
  readonly loaded: boolean
}

/** PostgreSQL 15 and 17, whose database `shop` can be as it was at first within a moment. */
export interface KilledServers {
  readonly source: PostgresServer
  readonly target: PostgresServer
  readonly passwords: RolePasswords
  /** The migration's login past every proxy. */
  login(side: Side): DatabaseLogin
  /** Both databases as they were made. */
  begin(scene: Scene): Promise<{ readonly slot: { readonly name: string; readonly lsn: string } | undefined }>
  /** Everything that is there, a line each; on `port` where it is a copy of that side's server. */
  state(side: Side, port?: number): Promise<string[]>
  /** Process ids of clients of the database that have an application_name. */
  sessions(side: Side, application: string): Promise<number[]>
  /** Opens a session of the migration's login; the caller closes it. */
  connect(side: Side, application: string): Promise<Client>
  /** How many rows were ever inserted, updated and deleted in the database. */
  rowsWritten(side: Side): Promise<string>
  close(): Promise<void>
}

const sql = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
const texts = {
  objects: sql('killed-sample.sql'),
  sourceOnly: sql('killed-source-only.sql'),
  rows: sql('killed-sample-rows.sql'),
  grants: sql('killed-sample-grants.sql'),
  databaseGrants: sql('../workload/sample/grants-database.sql'),
  state: sql('killed-state.sql'),
  controlState: sql('killed-control-state.sql'),
}

/** Starts both and makes the databases that every scene is copied from. */
export async function openKilledServers(label: string): Promise<KilledServers> {
  const group = await openServerGroup(label)
  try {
    // An autovacuum worker in a template would keep it from being copied.
    const settings = { autovacuum: 'off' }
    const [source, target] = await Promise.all([
      group.start({ name: 'source', major: 15, settings }),
      group.start({ name: 'target', major: 17, settings }),
    ])
    const servers = { source, target }
    const passwords = randomPasswords()
    const on = async (side: Side, text: string, database = 'shop', port = servers[side].port) => {
      const url = new URL(servers[side].superuserUrl)
      url.port = String(port)
      url.pathname = `/${database}`
      return query(url.href, text)
    }
    const make = async (side: Side) => {
      const { superuserUrl } = servers[side]
      await createSampleDatabase({
        superuserUrl,
        side,
        passwords,
        scale: 1,
        withoutSchema: true,
        rolesOfBoth: side === 'source',
      })
      if (side === 'target') await on(side, 'create database shop_bare template shop', 'postgres')
      await on(side, `set role shop_owner; ${texts.objects}; reset role`)
      await on(side, texts.grants)
      if (side === 'source') await on(side, `${texts.sourceOnly}; ${texts.rows}`)
      await on(side, 'alter database shop rename to shop_first', 'postgres')
    }
    await Promise.all([make('source'), make('target')])

    const begin = async (side: Side, template: string, also: string) => {
      await dropSlots(servers[side])
      await resetReplicaRole((text) => on(side, text, 'postgres'))
      await on(side, 'drop database if exists shop with (force)', 'postgres')
      if (side === 'target') await on(side, 'drop role if exists reporter', 'postgres')
      await on(side, `create database shop owner shop_owner template ${template}`, 'postgres')
      await on(side, texts.databaseGrants)
      if (also !== '') await on(side, also)
    }
    return {
      source,
      target,
      passwords,
      login: (side) => ({
        host: servers[side].host,
        port: servers[side].port,
        database: 'shop',
        user: 'migrator',
        password: passwords.migrator,
        tls: 'disable',
      }),
      begin: async ({ schemaThere, also, loaded }) => {
        await Promise.all([
          begin('source', 'shop_first', also),
          begin('target', schemaThere ? 'shop_first' : 'shop_bare', also),
        ])
        if (!loaded) return { slot: undefined }
        const name = 'made_before'
        await on('source', `select pg_create_logical_replication_slot('${name}', 'test_decoding')`)
        const [row] = await on('source', 'select pg_current_wal_lsn()::text as lsn')
        await on('target', texts.rows)
        return { slot: { name, lsn: String(row?.['lsn']) } }
      },
      state: async (side, port) => {
        const lines = await on(side, texts.state, 'shop', port)
        const journal = "select to_regclass('aurora_migration.journal') as journal"
        const [there] = await on(side, journal, 'shop', port)
        const control = there?.['journal'] === null ? [] : await on(side, texts.controlState, 'shop', port)
        return [...lines, ...control].map(({ line }) => String(line))
      },
      sessions: async (side, application) => {
        const rows = await on(
          side,
          `select pid from pg_stat_activity where application_name = '${application}'`,
        )
        return rows.map(({ pid }) => Number(pid))
      },
      connect: async (side, application) => {
        const client = new Client({
          host: servers[side].host,
          port: servers[side].port,
          database: 'shop',
          user: 'migrator',
          password: passwords.migrator,
          application_name: application,
        })
        await client.connect()
        return client
      },
      rowsWritten: async (side) => {
        const [row] = await on(
          side,
          "select format('%s %s %s', tup_inserted, tup_updated, tup_deleted) as written from pg_stat_database where datname = 'shop'",
        )
        return String(row?.['written'])
      },
      close: () => group.close(),
    }
  } catch (error) {
    await group.close()
    throw error
  }
}

/** What a parameter group left behind in the server. */
async function resetReplicaRole(run: (text: string) => Promise<Record<string, unknown>[]>): Promise<void> {
  const role = "select reset_val as role from pg_settings where name = 'session_replication_role'"
  for (let attempt = 1; (await run(role))[0]?.['role'] !== 'origin'; attempt += 1) {
    if (attempt > 200) throw new Error('sessions still start as replicas')
    await run('alter system reset session_replication_role')
    await run('select pg_reload_conf()')
    await delay(10)
  }
}

/** Those of a task that has just ended are in use for a moment more. */
async function dropSlots(server: PostgresServer): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const left = await query(
      server.superuserUrl,
      'select pg_terminate_backend(active_pid) from pg_replication_slots where active_pid is not null; select slot_name, active from pg_replication_slots',
    ).then(() => query(server.superuserUrl, 'select slot_name, active from pg_replication_slots'))
    if (left.length === 0) return
    if (attempt > 200) throw new Error(`slots in use: ${JSON.stringify(left)}`)
    for (const { slot_name: slot, active } of left)
      if (active === false)
        await query(server.superuserUrl, `select pg_drop_replication_slot('${String(slot)}')`).catch(
          () => undefined,
        )
    await delay(10)
  }
}
