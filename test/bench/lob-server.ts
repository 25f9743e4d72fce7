import { readFileSync } from 'node:fs'
import { Client } from 'pg'
import { quoted, qualified } from '../../shared/migration/identifier.ts'
import { lobKind, type LobKind } from '../../shared/migration/lob-columns.ts'
import { readCatalogue } from '../../shared/postgres/catalogue.ts'
import { firstLookPercent } from '../../shared/postgres/lob-schedule.ts'
import { measureLobs } from '../../shared/postgres/lob-sizes.ts'
import { exactLobStatement } from '../../shared/postgres/lob-statement.ts'
import { openSession } from '../../shared/postgres/session.ts'
import { openServerGroup } from '../postgres/server-group.ts'

/** Each gives the milliseconds that it took, and throws where it found other sizes than the first did. */
export interface LobServer {
  readonly ours: () => Promise<number>
  readonly perColumn: () => Promise<number>
  readonly perColumnWithOurStatement: () => Promise<number>
  close(): Promise<void>
}

const createTables = readFileSync(new URL('./sql/create-lob-tables.sql', import.meta.url), 'utf8')
const encoding = 'UTF8'

/** A PostgreSQL 15 with the tables, warm. */
export async function openLobServer(signal: AbortSignal): Promise<LobServer> {
  const group = await openServerGroup('lob bench')
  try {
    // 2 GB of tables in 23 GB of memory: what is measured is work, not this machine's disk.
    const settings = { shared_buffers: '512MB', max_wal_size: '8GB', autovacuum: 'off' }
    const { superuserUrl, host, port } = await group.start({ name: 'source', major: 15, settings })
    const client = new Client({ connectionString: superuserUrl })
    // A server that ends fails what is being asked, which says so.
    client.on('error', () => undefined)
    await client.connect()
    await client.query(createTables)
    await client.query('vacuum (freeze, analyze)')
    const { username, password, pathname } = new URL(superuserUrl)
    const session = await openSession(
      {
        host,
        port,
        database: pathname.slice(1),
        user: decodeURIComponent(username),
        password: decodeURIComponent(password),
        tls: 'disable',
      },
      {
        label: 'source',
        application: 'lob bench',
        signal,
        settings: { default_transaction_read_only: 'on' },
      },
    )
    const { planned } = await readCatalogue(session, { tables: { include: ['lobs.%'], exclude: [] } })
    const pages = new Map(
      (
        await session.query<{ oid: string; pages: number }>(
          "select oid::text as oid, relpages as pages from pg_class where relnamespace = 'lobs'::regnamespace",
        )
      ).map((one) => [one.oid, one.pages]),
    )
    const columns = planned.flatMap((table) =>
      table.columns.flatMap((column) => {
        const kind = lobKind(column)
        return kind === undefined ? [] : [{ table, name: column.name, type: column.baseType, kind }]
      }),
    )
    const timed = sameEveryTime()
    const oneByOne = (statement: (column: (typeof columns)[number]) => string) =>
      timed(async () => {
        const found: string[] = []
        for (const column of columns) {
          const { rows } = await client.query<{ c0: string | null }>(statement(column))
          found.push(rows[0]?.c0 ?? '0')
        }
        return found
      })
    return {
      ours: timed(async () => (await measureLobs(session, planned, { encoding })).map(({ bytes }) => bytes)),
      perColumn: oneByOne(({ table, name, type, kind }) =>
        plainStatement(qualified(table.schema, table.table), quoted(name), type, kind),
      ),
      perColumnWithOurStatement: oneByOne(({ table, name, kind }) =>
        exactLobStatement(
          { table, columns: [{ name, kind }], encoding },
          firstLookPercent({ pages: pages.get(table.oid) ?? 0, bytes: 0 }),
        ),
      ),
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

/**
 * The same measure of bytes in one query for one column, in the form that was fastest for it: text as it is, so that
 * PostgreSQL may take several processes; jsonb and arrays cast once, which is worth more than those.
 */
function plainStatement(table: string, column: string, type: string, kind: LobKind): string {
  if (kind === 'BLOB') return `select max(octet_length(${column}))::text as c0 from only ${table}`
  const size = (value: string) => `case
    when octet_length(${value}) = length(${value}) then 2::bigint * octet_length(${value})
    when ${value} ~ '[\\U00010000-\\U0010FFFF]' then 4::bigint * length(${value})
    else 2::bigint * length(${value})
  end`
  return type === 'text'
    ? `select max(${size(column)})::text as c0 from only ${table}`
    : `select max(${size('v')})::text as c0 from (select ${column}::text as v from only ${table} offset 0) as s`
}

/** Wraps what is timed: whatever finds other sizes than what ran first is no measurement. */
function sameEveryTime(): (work: () => Promise<string[]>) => () => Promise<number> {
  let first: string | undefined
  return (work) => async () => {
    const startedAt = performance.now()
    const found = (await work()).join()
    const ms = performance.now() - startedAt
    first ??= found
    if (found !== first) throw new Error(`other sizes than before:\n${found}\n${first}`)
    return ms
  }
}
