import { readFileSync } from 'node:fs'
import { Client } from 'pg'
import { compareRows } from '../../shared/comparison/compare-rows.ts'
import { comparedTable } from '../../shared/comparison/compared-table.ts'
import { defaultLimits, type ComparedSide } from '../../shared/comparison/comparison.ts'
import type { Catalogue } from '../../shared/migration/catalogue-model.ts'
import { qualified } from '../../shared/migration/identifier.ts'
import { readCatalogue } from '../../shared/postgres/catalogue.ts'
import { openSession, withSession, type DatabaseLogin } from '../../shared/postgres/session.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { openServerGroup, type Major, type ServerGroup } from '../postgres/server-group.ts'

/** Each gives the milliseconds that it took, and throws where it did not read every row, or saw a difference. */
export interface VerifyServers {
  readonly ours: (maxConnections: number) => Promise<number>
  /** `workers`: those that PostgreSQL may take beside the session's own process. */
  readonly reference: (workers: number) => Promise<number>
  close(): Promise<void>
}

const createTables = readFileSync(new URL('./sql/create-verify-tables.sql', import.meta.url), 'utf8')

/** Two servers with the same rows, warm and vacuumed, as they are after a load. */
export async function openVerifyServers(signal: AbortSignal): Promise<VerifyServers> {
  const group = await openServerGroup('verify bench')
  try {
    const [source, target] = await Promise.all([
      openFilled(group, 'source', 15, signal),
      openFilled(group, 'target', 17, signal),
    ])
    const tables = source.catalogue.planned.map((table, index) => {
      const twin = target.catalogue.planned[index]
      if (twin?.table !== table.table) throw new Error('the two sides have other tables')
      return comparedTable(table, twin, { kind: 'logical' })
    })
    let expected: string | undefined
    /** The rows that either way reads, so that neither is quick by reading less. */
    const check = (rows: bigint) => {
      expected ??= String(rows)
      if (String(rows) !== expected) throw new Error(`${rows} rows were read, before ${expected}`)
    }
    return {
      ours: async (maxConnections) => {
        const startedAt = performance.now()
        const results = await compareRows({
          source,
          target,
          tables,
          settle: () =>
            Promise.reject(new Error('nothing is written here, so that nothing is to be settled')),
          limits: { ...defaultLimits, maxConnections },
          masked: false,
          clock: systemClock,
          signal,
          log: { line: () => {}, debug: () => {}, warn: () => {}, group: (_title, work) => work() },
        })
        const ms = performance.now() - startedAt
        for (const { kind, reason } of results) if (kind !== 'equal') throw new Error(`${kind}: ${reason}`)
        check(results.reduce((sum, { rows }) => sum + BigInt(rows.source) + BigInt(rows.target), 0n))
        return ms
      },
      reference: async (workers) => {
        const startedAt = performance.now()
        const counts = await Promise.all([source, target].map(({ hashWhole }) => hashWhole(workers)))
        const ms = performance.now() - startedAt
        check(counts.reduce((sum, count) => sum + count, 0n))
        return ms
      },
      close: async () => {
        await source.close()
        await target.close()
        await group.close()
      },
    }
  } catch (error) {
    await group.close()
    throw error
  }
}

interface Filled extends ComparedSide {
  readonly catalogue: Catalogue
  /** Rows counted, and hashed as the reference does it, on one connection. */
  readonly hashWhole: (workers: number) => Promise<bigint>
  close(): Promise<void>
}

async function openFilled(
  group: ServerGroup,
  name: 'source' | 'target',
  major: Major,
  signal: AbortSignal,
): Promise<Filled> {
  // All in memory: what is measured is work, not this machine's disk.
  const settings = { shared_buffers: '768MB', max_wal_size: '8GB', autovacuum: 'off' }
  const { superuserUrl, host, port } = await group.start({ name, major, settings })
  const client = new Client({ connectionString: superuserUrl })
  // A server that ends fails what is being asked, which says so.
  client.on('error', () => undefined)
  await client.connect()
  await client.query(createTables)
  await client.query('vacuum (freeze, analyze)')
  const { username, password, pathname } = new URL(superuserUrl)
  const login: DatabaseLogin = {
    host,
    port,
    database: pathname.slice(1),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    tls: 'disable',
  }
  const options = { label: name, application: 'verify bench', signal }
  const catalogue = await withSession(login, options, (session) =>
    readCatalogue(session, { tables: { include: ['verified.%'], exclude: [] } }),
  )
  return {
    catalogue,
    open: (sessionSettings) => openSession(login, { ...options, settings: sessionSettings }),
    hashWhole: async (workers) => {
      await client.query(`set max_parallel_workers_per_gather = ${workers}`)
      let rows = 0n
      for (const { schema, table } of catalogue.planned) {
        const answer = await client.query<{ count: string }>(
          `select count(*), sum(hashtext(t::text)) from ${qualified(schema, table)} as t`,
        )
        rows += BigInt(answer.rows[0]?.count ?? 0)
      }
      return rows
    },
    close: () => client.end(),
  }
}
