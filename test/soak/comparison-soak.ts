import { defaultLimits } from '../../shared/comparison/comparison.ts'
import {
  lagging,
  naiveDifferences,
  openComparisonLab,
  type ComparisonLab,
} from '../integration/comparison-lab.ts'
import { startWriters } from '../integration/comparison-writers.ts'

/** What one run saw. */
export interface SoakRun {
  readonly comparisons: number
  readonly rows: bigint
  readonly writesPerSecond: number
  readonly rechecks: number
  readonly unsettled: number
  /** Each as text: there should be none. */
  readonly falseDifferences: readonly string[]
  /** Tables that could not be compared, with the reason: there should be none. */
  readonly unread: readonly string[]
  /** Differences that a comparison of two snapshots would have told. */
  readonly naive: number
  /** Differences that were planted after the run and not found. */
  readonly missed: number
}

/** Two servers under writes. */
export interface Soak {
  run(seconds: number): Promise<SoakRun>
  close(): Promise<void>
}

/** Rows that writers change, and those beyond, where differences are planted. */
const written = 40_000
const all = 41_000

/** Opens a source (15) and a target (17) that follows it, late now and then. `rate`: statements a second. */
export async function openSoak(rate: number, signal: AbortSignal): Promise<Soak> {
  const lab = await openComparisonLab({
    signal,
    statements: [
      'create table lab.orders (id bigint primary key, note text, amount numeric(12,2), data jsonb)',
      'create table lab.log (id bigint, note text, amount numeric(12,2), data jsonb)',
      'alter table lab.log replica identity full',
    ],
    sourceOnly: [
      `insert into lab.orders select g, 'note ' || g, g / 7.0, jsonb_build_object('a', g) from generate_series(1, ${all}) g`,
      `insert into lab.log select g % 300, 'note ' || g % 300, 1, '{}' from generate_series(1, 1000) g`,
      'vacuum analyze',
    ],
  })
  try {
    await lab.replicate()
    for (const statement of lagging('lab.orders')) await lab.target.client.query(statement)
    const connect = () => lab.source.connect()
    const orders = await startWriters(connect, { name: 'lab.orders', rows: written }, rate * 0.96)
    // Rows without a key are replicated by their whole content, each by a scan: a few.
    const log = await startWriters(connect, { name: 'lab.log', rows: 300 }, rate * 0.04, 1)
    let turn = 0
    return {
      run: async (seconds) => {
        turn += 1
        const before = orders.committed + log.committed
        const seen = await compareFor(lab, seconds)
        const writesPerSecond = ((orders.committed + log.committed - before) * 1000) / seen.ms
        return { ...seen, writesPerSecond, missed: await plantAndFind(lab, written + turn) }
      },
      close: async () => {
        await orders.stop()
        await log.stop()
        await lab.close()
      },
    }
  } catch (error) {
    await lab.close()
    throw error
  }
}

const limits = { ...defaultLimits, chunkRows: 5000 }

async function compareFor(lab: ComparisonLab, seconds: number) {
  const startedAt = performance.now()
  const falseDifferences: string[] = []
  const unread: string[] = []
  let [comparisons, rows, rechecks, unsettled, naive] = [0, 0n, 0, 0, 0]
  while (performance.now() - startedAt < seconds * 1000) {
    const results = await lab.compare({ limits })
    comparisons += 1
    for (const { table, rows: read, differences, reason, ...result } of results) {
      rows += BigInt(read.source)
      rechecks += result.rechecks
      unsettled += result.unsettled.length
      falseDifferences.push(
        ...differences.map((one) => JSON.stringify({ table: table.source.table, ...one })),
      )
      if (reason !== undefined) unread.push(`${table.source.table}: ${reason}`)
    }
    naive += await naiveDifferences(lab, 'lab.orders')
  }
  return {
    ms: performance.now() - startedAt,
    comparisons,
    rows,
    rechecks,
    unsettled,
    falseDifferences,
    unread,
    naive,
  }
}

/** Plants a changed, a missing and a surplus row on the target, compares, takes them back; gives how many were not found. */
async function plantAndFind(lab: ComparisonLab, id: number): Promise<number> {
  const { client } = lab.target
  await client.query(`update lab.orders set data = data || '{"a": -1}' where id = ${id}`)
  await client.query(`delete from lab.orders where id = ${id + 300}`)
  await client.query(`insert into lab.orders values (${all + id}, 'surplus', 1, '{}')`)
  const [, orders] = await lab.compare({ limits })
  const found = new Set(orders?.differences.map(({ kind, key }) => `${kind} ${key?.['id']}`))
  const planted = [`changed ${id}`, `missing ${id + 300}`, `surplus ${all + id}`]
  await client.query(`update lab.orders set data = data || '{"a": ${id}}' where id = ${id}`)
  await client.query(
    `insert into lab.orders values (${id + 300}, 'note ${id + 300}', ${id + 300} / 7.0, '{"a": ${id + 300}}')`,
  )
  await client.query(`delete from lab.orders where id = ${all + id}`)
  return planted.filter((one) => !found.has(one)).length
}
