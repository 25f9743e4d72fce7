import { readFileSync } from 'node:fs'
import { Client } from 'pg'

const sql = readFileSync(new URL('./sql/source-wal-usage.sql', import.meta.url), 'utf8')

/** Reads the WAL's size of one server over a session that it keeps; a lost session is opened again at the next reading. */
export class WalUsageReader {
  readonly #url: string
  #client: Client | undefined

  constructor(url: string) {
    this.#url = url
  }

  /** In bytes; undefined while the server does not answer. */
  async read(): Promise<{ walBytes: number; slotLagBytes: number } | undefined> {
    try {
      const client = (this.#client ??= await this.#connect())
      const { rows } = await client.query<{ wal_bytes: string; slot_lag_bytes: string }>(sql)
      return {
        walBytes: Number(rows[0]?.wal_bytes ?? 0),
        slotLagBytes: Number(rows[0]?.slot_lag_bytes ?? -1),
      }
    } catch {
      await this.close()
      return undefined
    }
  }

  async close(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    await client?.end().catch(() => undefined)
  }

  async #connect(): Promise<Client> {
    const client = new Client({
      connectionString: this.#url,
      connectionTimeoutMillis: 5000,
      application_name: 'rdsadmin metrics',
    })
    client.on('error', () => {
      this.#client = undefined
    })
    await client.connect()
    return client
  }
}
