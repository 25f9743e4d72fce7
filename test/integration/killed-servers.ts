import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { DatabaseLogin } from '../../shared/postgres/session.ts'
import { openServerGroup, type PostgresServer } from '../postgres/server-group.ts'
import { createSampleDatabase, randomPasswords, type RolePasswords } from '../workload/sample-database.ts'
import { query } from './rds-lab.ts'

type Side = 'source' | 'target'

/** PostgreSQL 15 and 17, whose database `shop` can be as it was at first within a moment. */
export interface KilledServers {
  readonly source: PostgresServer
  readonly target: PostgresServer
  readonly passwords: RolePasswords
  /** The migration's login past every proxy. */
  login(side: Side): DatabaseLogin
  /** Both databases as they were made, without slots; the target's with its schema, or empty; then `also` is run on both. */
  begin(schemaThere: boolean, also?: string): Promise<void>
  /** Everything that is there, a line each; on `port` where it is a copy of that side's server. */
  state(side: Side, port?: number): Promise<string[]>
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
      begin: async (schemaThere, also = '') => {
        await Promise.all([
          begin('source', 'shop_first', also),
          begin('target', schemaThere ? 'shop_first' : 'shop_bare', also),
        ])
      },
      state: async (side, port) => {
        const lines = await on(side, texts.state, 'shop', port)
        const journal = "select to_regclass('aurora_migration.journal') as journal"
        const [there] = await on(side, journal, 'shop', port)
        const control = there?.['journal'] === null ? [] : await on(side, texts.controlState, 'shop', port)
        return [...lines, ...control].map(({ line }) => String(line))
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
