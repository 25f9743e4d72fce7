import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { escapeLiteral } from 'pg'
import type { Client } from 'pg'
import { openJudged, readSequences } from './judged-database.ts'
import { SAMPLE_DATABASE } from './sample-layout.ts'

const unfinishedTableSyncs = readSql('unfinished-table-syncs')
const endApplicationSessions = readSql('end-application-sessions')

function readSql(name: string): string {
  return readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8')
}

/** A migration of the sample by PostgreSQL's own logical replication, driven by hand. */
export interface NativeMigration {
  /** Locks the application out of the source, drains, moves the sequences, points clients at the target by `switchClients`. */
  cutOver(switchClients: () => void | Promise<void>): Promise<void>
  close(): Promise<void>
}

/** Copies all tables and follows the changes; resolved when every table is in step. URLs are superusers', database `shop`. */
export async function startNativeMigration(options: {
  readonly sourceUrl: string
  readonly targetUrl: string
}): Promise<NativeMigration> {
  const source = await openJudged(options.sourceUrl)
  const target = await openJudged(options.targetUrl)
  await source.client.query(
    'CREATE PUBLICATION hand_driven FOR TABLES IN SCHEMA shop, billing, "Warehouse" WITH (publish_via_partition_root = false)',
  )
  await target.client.query(
    `CREATE SUBSCRIPTION hand_driven CONNECTION ${escapeLiteral(options.sourceUrl)} PUBLICATION hand_driven`,
  )
  await until(async () => {
    const { rows } = await target.client.query<{ unfinished: number }>(unfinishedTableSyncs)
    return rows[0]?.unfinished === 0
  })
  return {
    async cutOver(switchClients) {
      await fence(source.client)
      await drain(source.client)
      const sequences = await readSequences(source)
      await target.client.query(
        `SELECT count(setval(format('%I.%I', split_part(e->>0, '.', 1), split_part(e->>0, '.', 2))::regclass, (e->>1)::bigint, (e->>2)::boolean))
         FROM json_array_elements($1::json) AS e`,
        [JSON.stringify(sequences.map((state) => [state.name, String(state.last), state.isCalled]))],
      )
      await switchClients()
      await target.client.query('DROP SUBSCRIPTION hand_driven')
    },
    async close() {
      await source.client.end()
      await target.client.end()
    },
  }
}

/** Nobody comes in any more; then those inside are ended; then they are awaited, as a backend that commits still commits. */
async function fence(source: Client): Promise<void> {
  await source.query(`REVOKE CONNECT ON DATABASE ${SAMPLE_DATABASE} FROM PUBLIC, shop_app, shop_batch`)
  await until(async () => {
    const { rows } = await source.query<{ sessions: number }>(endApplicationSessions)
    return rows[0]?.sessions === 0
  })
}

/** Until the target has made durable all that the source had written at this moment. */
async function drain(source: Client): Promise<void> {
  const { rows } = await source.query<{ lsn: string }>('SELECT pg_current_wal_insert_lsn() AS lsn')
  await until(async () => {
    const { rowCount } = await source.query(
      `SELECT FROM pg_replication_slots WHERE slot_name = 'hand_driven' AND confirmed_flush_lsn >= $1::pg_lsn`,
      [rows[0]?.lsn],
    )
    return rowCount === 1
  })
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20)
}
