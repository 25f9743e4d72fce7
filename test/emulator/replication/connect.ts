import { checkServerIdentity, type ConnectionOptions } from 'node:tls'
import { Client, type ClientConfig } from 'pg'
import type { DatabaseAddress } from './job-contract.ts'

/** DMS's sessions carry no documented name; this one lets a reader of pg_stat_activity tell them apart. */
export const APPLICATION_NAME = 'AWS Database Migration Service'

/** Settings that make text output independent of server and role defaults. */
const SESSION_OPTIONS = [
  'timezone=UTC',
  'datestyle=ISO',
  'intervalstyle=postgres',
  'bytea_output=hex',
  'standard_conforming_strings=on',
  'extra_float_digits=1',
  'xmloption=content',
].map((setting) => `-c ${setting}`)

const CONNECT_TIMEOUT_MS = 10_000

/** PostgreSQL cuts application_name to this length. */
const NAME_LENGTH = 63

/** The application_name of a task's sessions starts so, whatever their component; the space ends the id. */
export function taskSessionName(externalId: string): string {
  return `${APPLICATION_NAME} ${externalId} `.slice(0, NAME_LENGTH)
}

function tlsOptions(address: DatabaseAddress): ConnectionOptions {
  const verification = address.tlsVerification
  if (verification === undefined) return { rejectUnauthorized: false }
  return {
    rejectUnauthorized: true,
    ca: verification.certificate,
    checkServerIdentity: (_host, certificate) =>
      verification.host ? checkServerIdentity(address.host, certificate) : undefined,
  }
}

/** Connection settings of pg for one side; `component` ends up in application_name. */
export function clientConfig(address: DatabaseAddress, component: string): ClientConfig {
  return {
    host: address.host,
    port: address.port,
    database: address.database,
    user: address.user,
    password: address.password,
    ...(address.tls ? { ssl: tlsOptions(address) } : {}),
    application_name: `${APPLICATION_NAME} ${component}`.slice(0, NAME_LENGTH),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    options: SESSION_OPTIONS.join(' '),
  }
}

/** Opens a session; on the target (`afterConnect`) the endpoint's AfterConnectScript runs first, as on every session of DMS. */
async function open(address: DatabaseAddress, component: string, afterConnect: boolean): Promise<Client> {
  const client = new Client(clientConfig(address, component))
  // A lost idle session must not end the process; the next query on it reports the loss.
  client.on('error', () => undefined)
  await client.connect()
  if (afterConnect && address.afterConnectScript !== undefined && address.afterConnectScript.trim() !== '') {
    try {
      await client.query(address.afterConnectScript)
    } catch (error) {
      await client.end()
      throw error
    }
  }
  return client
}

/** A session on the source, text output in fixed formats, UTC. */
export async function openSource(address: DatabaseAddress, component: string): Promise<Client> {
  return open(address, component, false)
}

/** A session on the target, after AfterConnectScript. */
export async function openTarget(address: DatabaseAddress, component: string): Promise<Client> {
  return open(address, component, true)
}

/** Ends a session; one that is lost or busy already is simply dropped. */
export async function closeClient(client: Client): Promise<void> {
  try {
    await client.end()
  } catch {
    // The session is gone, which is what was wanted.
  }
}

/** Connects and asks for one row, as DMS's connection test does. Throws with PostgreSQL's or the network's message. */
export async function testConnection(address: DatabaseAddress): Promise<void> {
  const client = await openTarget(address, 'connection test')
  try {
    await client.query('SELECT 1')
  } finally {
    await closeClient(client)
  }
}

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_STREAM_PREMATURE_CLOSE',
])

/** True for errors that go away by themselves when the other side is back: network, shutdown, crash recovery, too many clients, a slot still held. */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (NETWORK_CODES.has(code)) return true
  if (/^08|^57P0|^53300$|^28|^55006$/.test(code)) return true
  return (
    code === '' &&
    /connection terminated|connection ended|not queryable|timeout expired|connection error/i.test(
      error.message,
    )
  )
}
