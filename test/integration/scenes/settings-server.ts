import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { controlSchemaSql } from '../../../shared/target/control-changes.ts'
import { openServerGroup, type PostgresServer } from '../../postgres/server-group.ts'
import { createSampleDatabase, randomPasswords, type RolePasswords } from '../../workload/sample-database.ts'

/** The server of the scenes `settings`, `copy` (its database `latin`) and `standby`. */
export interface SettingsServer {
  readonly server: PostgresServer
  readonly passwords: RolePasswords
  /** Lets transactions pass, and makes the control schema and the database `latin`. */
  grow(): Promise<void>
  /** Runs SQL as superuser, statement by statement on one connection. */
  run(database: 'shop' | 'latin', statements: readonly string[]): Promise<void>
  /**
   * Restarts it with room for few locks, with which it could not have been filled, and for few connections, and waits for
   * pg_prewarm's worker.
   */
  starve(): Promise<void>
  /** Restarts it as a standby without a primary: it recovers for ever, and answers whoever reads. */
  recover(): Promise<void>
  close(): Promise<void>
}

/** What no migration should meet. */
const settings = {
  wal_level: 'replica',
  max_replication_slots: '1',
  max_wal_senders: '1',
  wal_sender_timeout: '5000',
  max_slot_wal_keep_size: '1',
  fsync: 'off',
  ssl: 'off',
  shared_preload_libraries: 'pg_prewarm',
  max_prepared_transactions: '1',
  autovacuum: 'off',
  autovacuum_freeze_max_age: '100000',
}

/** More than nine tenths of autovacuum_freeze_max_age, and not all of it. */
const transactions = 92_000

export async function openSettingsServer(): Promise<SettingsServer> {
  const group = await openServerGroup('preflight-settings')
  const opened: Client[] = []
  try {
    const server = await group.start({ name: 'settings', major: 15, settings, withoutContrib: true })
    const connect = async (database: string): Promise<Client> => {
      const url = new URL(server.superuserUrl)
      url.pathname = `/${database}`
      const client = new Client({ connectionString: url.href })
      client.on('error', () => undefined)
      await client.connect()
      opened.push(client)
      return client
    }
    const run = async (database: string, statements: readonly string[]): Promise<void> => {
      const client = await connect(database)
      for (const statement of statements) await client.query(statement)
      await client.end()
    }
    const { superuserUrl } = server
    const passwords = randomPasswords()
    await createSampleDatabase({ superuserUrl, side: 'source', passwords, scale: 0.02, rolesOfBoth: true })
    return {
      server,
      passwords,
      run,
      grow: async () => {
        await run('shop', grownOld)
        await run('shop', [await freezeOthers(await connect('shop')), ...control])
        await run('postgres', ["create database latin encoding 'LATIN1' locale 'C' template template0"])
      },
      starve: async () => {
        await run('postgres', [
          'alter system set max_locks_per_transaction = 32',
          'alter system set max_connections = 12',
        ])
        rejectDms(server.dataFolder)
        await server.restart()
        await run('shop', [workerWaits])
      },
      recover: async () => {
        await server.stop()
        writeFileSync(join(server.dataFolder, 'standby.signal'), '')
        await server.start()
      },
      close: async () => {
        await Promise.all(opened.map((client) => client.end()))
        await group.close()
      },
    }
  } catch (error) {
    await group.close()
    throw error
  }
}

const grownOld = [
  'set synchronous_commit = off',
  `do $$ begin for n in 1..${transactions} loop perform pg_current_xact_id(); commit; end loop; end $$`,
]

/** The statement that leaves shop.orders alone old. */
async function freezeOthers(client: Client): Promise<string> {
  const { rows } = await client.query<{ tables: string }>(
    `select string_agg(format('%I.%I', schemaname, tablename), ', ') as tables from pg_tables
     where schemaname in ('shop', 'billing', 'Warehouse') and (schemaname, tablename) <> ('shop', 'orders')`,
  )
  await client.end()
  return `vacuum (freeze) ${rows[0]?.tables ?? ''}`
}

/** The control schema as the migration itself makes it. */
const control = ['set role migrator', controlSchemaSql('target'), 'reset role']

/** Ends when pg_prewarm's worker waits for a lock, or after twenty seconds. */
const workerWaits = `do $$ begin
  for n in 1..2000 loop
    exit when exists (select from pg_stat_activity where backend_type = 'autoprewarm worker' and wait_event_type = 'Lock');
    perform pg_sleep(0.01);
    perform pg_stat_clear_snapshot();
  end loop;
end $$`

/** The first line of pg_hba.conf that fits refuses DMS's user. */
function rejectDms(dataFolder: string): void {
  const file = join(dataFolder, 'pg_hba.conf')
  writeFileSync(file, `host shop dms_source 0.0.0.0/0 reject\n${readFileSync(file, 'utf8')}`)
}
