import { Client } from 'pg'

/** How far the target is behind, for the live view. */
export interface LagMeter {
  /** Bytes of the source's WAL that no slot of the sample has confirmed; undefined where there is no slot. */
  bytes(): number | undefined
  end(): void
}

const periodMs = 500

/** A number for people: as text it would need a division of LSNs. It is far below 2^53. */
const statement = `select max(pg_wal_lsn_diff(pg_current_wal_insert_lsn(), confirmed_flush_lsn))::float8 as bytes
from pg_replication_slots where database = $1`

/** Looks at the source twice a second, in a session outside of the sample; a server that ends is no error. */
export function openLagMeter(superuserUrl: string, database: string): LagMeter {
  const url = new URL(superuserUrl)
  url.pathname = '/postgres'
  const client = new Client({ connectionString: url.href, application_name: 'rehearsal' })
  client.on('error', () => undefined)
  let bytes: number | undefined
  let busy = true
  const done = (): void => {
    busy = false
  }
  client.connect().then(done, () => undefined)
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    client
      .query<{ bytes: number | null }>(statement, [database])
      .then(({ rows }) => {
        bytes = rows[0]?.bytes ?? undefined
      })
      .then(done, () => undefined)
  }, periodMs)
  return {
    bytes: () => bytes,
    end: () => {
      clearInterval(timer)
      client.end().catch(() => undefined)
    },
  }
}
