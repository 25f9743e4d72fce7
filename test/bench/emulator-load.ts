import { pipeline } from 'node:stream/promises'
import { escapeIdentifier, type Client } from 'pg'
import { from, to } from 'pg-copy-streams'
import { SAMPLE_SCHEMAS } from '../workload/sample-layout.ts'
import type { BenchServers, Side } from './emulator-servers.ts'
import { startBenchTask } from './emulator-task.ts'

/** A table with rows of its own, ready to be put into a statement. */
interface LoadTable {
  readonly schema: string
  readonly name: string
  readonly sql: string
}

/** DMS's own default. */
const workers = 8

/** Moves the whole sample once in each way; both give rows per second, after proof that every row came over. */
export interface LoadBench {
  ours(): Promise<number>
  reference(): Promise<number>
}

/** The full load of the emulated DMS, from the start of the task to its end, beside `\copy` through as many pipes. */
export async function openLoadBench(servers: BenchServers): Promise<LoadBench> {
  const tables = await listTables(servers)
  const expected = await countRows(servers, 'source', tables)
  const timed = async (move: () => Promise<void>): Promise<number> => {
    await empty(servers, tables)
    const began = performance.now()
    await move()
    const seconds = (performance.now() - began) / 1000
    const moved = await countRows(servers, 'target', tables)
    if (moved !== expected) throw new Error(`${moved} of ${expected} rows came over`)
    return expected / seconds
  }
  return {
    ours: () =>
      timed(async () => {
        const patterns = SAMPLE_SCHEMAS.map((schema) => [schema, '%'] as const)
        await startBenchTask(servers, { type: 'full-load', tables: patterns, workers }).ended
      }),
    reference: () => timed(() => copyAll(servers, tables)),
  }
}

async function copyAll(servers: BenchServers, tables: readonly LoadTable[]): Promise<void> {
  const queue = [...tables]
  const work = async (): Promise<void> => {
    const [source, target] = await Promise.all([servers.connect('source'), servers.connect('target')])
    for (let table = queue.shift(); table !== undefined; table = queue.shift())
      await pipeline(
        source.query(to(`COPY ${table.sql} TO STDOUT`)),
        target.query(from(`COPY ${table.sql} FROM STDIN`)),
      )
    await Promise.all([source.end(), target.end()])
  }
  await Promise.all(Array.from({ length: workers }, work))
}

/** In alphabetical order, as DMS loads them. */
async function listTables(servers: BenchServers): Promise<LoadTable[]> {
  const rows = await inSession(servers, 'source', async (client) => {
    const found = await client.query<{ schema: string; name: string }>(
      `SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind = 'r' AND n.nspname = ANY ($1) ORDER BY 1, 2`,
      [SAMPLE_SCHEMAS],
    )
    return found.rows
  })
  return rows.map(({ schema, name }) => ({
    schema,
    name,
    sql: `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`,
  }))
}

async function empty(servers: BenchServers, tables: readonly LoadTable[]): Promise<void> {
  await inSession(servers, 'target', async (client) => {
    await client.query(`TRUNCATE ${tables.map(({ sql }) => sql).join(', ')} CASCADE`)
    await client.query('CHECKPOINT')
  })
}

async function countRows(servers: BenchServers, side: Side, tables: readonly LoadTable[]): Promise<number> {
  return inSession(servers, side, async (client) => {
    const counts = tables.map(({ sql }) => `(SELECT count(*) FROM ${sql})`)
    const { rows } = await client.query<{ count: string }>(`SELECT (${counts.join(' + ')})::text AS count`)
    return Number(rows[0]?.count)
  })
}

async function inSession<T>(
  servers: BenchServers,
  side: Side,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await servers.connect(side)
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
