import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import type { Catalogue } from '../../shared/migration/catalogue-model.ts'
import { lobKind, type LobMaximum } from '../../shared/migration/lob-columns.ts'
import { quoted } from '../../shared/migration/identifier.ts'
import { readCatalogue } from '../../shared/postgres/catalogue.ts'
import { openSession, type DatabaseLogin, type Session } from '../../shared/postgres/session.ts'
import { openServerGroup, type Major } from '../postgres/server-group.ts'

/** One server with tables of LOBs. */
export interface LobDatabase {
  readonly session: Session
  readonly login: DatabaseLogin
  readonly catalogue: Catalogue
  /** application_name of the session and of those opened from it. */
  readonly application: string
  /** Runs SQL on a connection that is not measured. */
  sql(statement: string): Promise<Record<string, string>[]>
  /** Another such connection; the caller ends it. */
  connect(): Promise<Client>
  close(): Promise<void>
}

/** Opens a server with what `statements` make in the schema `lobs`. */
export async function openLobDatabase(
  major: Major,
  statements: readonly string[],
  encoding = 'UTF8',
): Promise<LobDatabase> {
  const group = await openServerGroup(`lobs ${major}`)
  try {
    const server = await group.start({ name: 'source', major })
    const first = new Client({ connectionString: server.superuserUrl })
    await first.connect()
    await first.query(
      `create database lobs template template0 encoding '${encoding}' lc_collate 'C' lc_ctype 'C'`,
    )
    await first.end()
    const url = new URL(server.superuserUrl)
    url.pathname = '/lobs'
    const connect = async () => {
      const client = new Client({ connectionString: url.href })
      // A server that ends fails what is being asked, which says so.
      client.on('error', () => undefined)
      await client.connect()
      return client
    }
    // A connection of its own: at its end the server counts all that it did.
    const maker = await connect()
    for (const statement of ['create schema lobs', ...statements, 'vacuum analyze'])
      await maker.query(statement)
    await maker.end()
    const client = await connect()
    const application = `lobs ${randomUUID().slice(0, 8)}`
    const login: DatabaseLogin = {
      host: server.host,
      port: server.port,
      database: 'lobs',
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      tls: 'disable',
    }
    const session = await openSession(login, {
      label: 'source',
      application,
      signal: new AbortController().signal,
      settings: { default_transaction_read_only: 'on', lock_timeout: '2s' },
    })
    return {
      session,
      login,
      catalogue: await readCatalogue(session, { tables: { include: ['lobs.%'], exclude: [] } }),
      application,
      sql: async (statement) => (await client.query<Record<string, string>>(statement)).rows,
      connect,
      close: async () => {
        await session.close()
        await client.end()
        await group.close()
      },
    }
  } catch (error) {
    await group.close()
    throw error
  }
}

/** What DMS would count, from every value read and counted here, as `schema.table.column: bytes`. */
export async function countedHere(database: LobDatabase): Promise<string[]> {
  const counted: string[] = []
  for (const { schema, table, columns } of database.catalogue.planned) {
    for (const column of columns) {
      const kind = lobKind(column)
      if (kind === undefined) continue
      const value = kind === 'BLOB' ? `encode(${quoted(column.name)}, 'hex')` : `${quoted(column.name)}::text`
      const rows = await database.sql(
        `select ${value} as v from only ${quoted(schema)}.${quoted(table)} where ${quoted(column.name)} is not null`,
      )
      const largest = rows.reduce((most, { v = '' }) => Math.max(most, dmsSize(v, kind)), 0)
      counted.push(`${schema}.${table}.${column.name}: ${largest}`)
    }
  }
  return counted.sort()
}

function dmsSize(text: string, kind: 'BLOB' | 'CLOB' | 'NCLOB'): number {
  if (kind === 'BLOB') return text.length / 2
  // A string's length counts a 4-byte character twice, as its code points do not.
  const characters = Array.from(text).length
  const wide = characters < text.length
  const [plain, withWide] = kind === 'NCLOB' ? [2, 4] : [1, 2]
  return characters * (wide ? withWide : plain)
}

/** The same form of what was measured. */
export function said(maxima: readonly LobMaximum[]): string[] {
  return maxima.map(({ schema, table, column, bytes }) => `${schema}.${table}.${column}: ${bytes}`).sort()
}
