import { Client } from 'pg'

/** What the stack must know of a server. */
export interface ServerFacts {
  readonly host: string
  readonly port: number
  /** `15.18`. */
  readonly version: string
  readonly major: number
}

/** Reads a server's version; host and port are those of the URL. */
export async function serverFacts(url: string): Promise<ServerFacts> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ version: string; number: number }>(
      `select split_part(current_setting('server_version'), ' ', 1) as version, current_setting('server_version_num')::int as number`,
    )
    const [row] = rows
    if (row === undefined) throw new Error('the server did not tell its version')
    const parsed = new URL(url)
    return {
      host: parsed.hostname,
      port: Number(parsed.port || '5432'),
      version: row.version,
      major: Math.floor(row.number / 10_000),
    }
  } finally {
    await client.end()
  }
}
