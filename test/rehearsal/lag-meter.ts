import { Client } from 'pg'

/** How far the target was behind at one moment. */
export interface LagSample {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Bytes of the source's WAL that no slot of the sample had confirmed. */
  readonly bytes: number
}

/** How far the target is behind, for the live view and the report. */
export interface LagMeter {
  /** Undefined where there is no slot. */
  bytes(): number | undefined
  /** Everything that was seen, oldest first. */
  samples(): readonly LagSample[]
  end(): void
}

const periodMs = 250

/** A number for people: as text it would need a division of LSNs. It is far below 2^53. */
const statement = `select max(pg_wal_lsn_diff(pg_current_wal_insert_lsn(), confirmed_flush_lsn))::float8 as bytes
from pg_replication_slots where database = $1`

/** Looks at the source four times a second, in a session outside of the sample; a server that ends is no error. */
export function openLagMeter(superuserUrl: string, database: string): LagMeter {
  const url = new URL(superuserUrl)
  url.pathname = '/postgres'
  const client = new Client({ connectionString: url.href, application_name: 'rehearsal' })
  client.on('error', () => undefined)
  const samples: LagSample[] = []
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
        if (bytes !== undefined) samples.push({ at: Date.now(), bytes: Math.max(0, bytes) })
      })
      .then(done, () => undefined)
  }, periodMs)
  return {
    bytes: () => bytes,
    samples: () => samples,
    end: () => {
      clearInterval(timer)
      client.end().catch(() => undefined)
    },
  }
}
