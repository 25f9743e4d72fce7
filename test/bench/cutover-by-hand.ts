import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { isApplicationWriter, readLedger } from '../workload/ledger.ts'
import { startWorkload, type RunningWorkload } from '../workload/start-workload.ts'
import { prepareFloor } from './cutover-floor.ts'
import type { CutoverServers } from './cutover-servers.ts'

/** CloudWatch gives one value of a task's latency a minute. */
const metricPeriodMs = 60_000

/**
 * The checklist of the accounts, replayed as quickly as a script can, a connection for each step: applications stopped,
 * the first value of the lag after that awaited, rows of all tables counted on both sides, replication stopped, one setval
 * for each sequence, the new address, applications started. `phaseMs`: how long after the stop the next value of the lag
 * appears. Gives the seconds between the last write that was acknowledged before and the first one after.
 */
export async function replayByHand(servers: CutoverServers, phaseMs: number): Promise<number> {
  if (phaseMs > metricPeriodMs) throw new RangeError('a value comes every minute')
  const migration = await prepareFloor(servers)
  try {
    const before = await startWriters(servers, 'before')
    await delay(1000)
    await before.workload.stop()
    await delay(phaseMs)
    await untilNoLag(servers)
    await countRows(servers)
    await step(servers.url('target'), 'ALTER SUBSCRIPTION by_hand DISABLE')
    await moveSequences(servers)
    await servers.pointClientsAt('target')
    const after = await startWriters(servers, 'after')
    await delay(500)
    await after.workload.stop()
    return (first(after.ledgerFile) - last(before.ledgerFile)) / 1000
  } finally {
    await migration.close()
  }
}

async function startWriters(
  servers: CutoverServers,
  name: string,
): Promise<{ workload: RunningWorkload; ledgerFile: string }> {
  const ledgerFile = join(servers.folder, `by-hand-${name}.ndjson`)
  await rm(ledgerFile, { force: true })
  const { source, passwords, emulator } = servers
  const workload = await startWorkload({
    // The accounts know of no writer that nobody told.
    staleUrl: source.url({ user: 'shop_batch', password: passwords.shop_batch }, 'shop'),
    ledgerFile,
    environment: emulator.environment(),
  })
  return { workload, ledgerFile }
}

function acknowledged(ledgerFile: string): number[] {
  return readLedger(ledgerFile).flatMap((line) =>
    line.kind === 'acknowledged' && isApplicationWriter(line.writer) ? [line.at] : [],
  )
}

function last(ledgerFile: string): number {
  return Math.max(...acknowledged(ledgerFile))
}

function first(ledgerFile: string): number {
  return Math.min(...acknowledged(ledgerFile))
}

/** One step of the checklist: a connection, statements one after the other, the rows of the last. */
async function step(url: string, ...statements: readonly string[]): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    let rows: Record<string, unknown>[] = []
    for (const statement of statements) ({ rows } = await client.query<Record<string, unknown>>(statement))
    return rows
  } finally {
    await client.end()
  }
}

async function untilNoLag(servers: CutoverServers): Promise<void> {
  for (;;) {
    const [row] = await step(
      servers.url('source'),
      `SELECT confirmed_flush_lsn >= pg_current_wal_lsn() - 1000000 AS none FROM pg_replication_slots WHERE slot_name = 'by_hand'`,
    )
    if (row?.['none'] === true) return
    await delay(metricPeriodMs)
  }
}

async function countRows(servers: CutoverServers): Promise<void> {
  const tables = await step(
    servers.url('source'),
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('shop', 'billing', 'Warehouse')`,
  )
  for (const { name } of tables) {
    const counts = await Promise.all(
      (['source', 'target'] as const).map((side) =>
        step(servers.url(side), `SELECT count(*) AS rows FROM ${String(name)}`),
      ),
    )
    const [there, here] = counts.map(([row]) => row?.['rows'])
    if (there !== here) throw new Error(`${String(name)}: ${String(there)} rows, and ${String(here)}`)
  }
}

/** As the checklist has it: a statement for each is generated on the source and run on the target. */
async function moveSequences(servers: CutoverServers): Promise<void> {
  const rows = await step(
    servers.url('source'),
    `SELECT format('SELECT setval(%L, %s, true)', format('%I.%I', schemaname, sequencename), last_value) AS statement
     FROM pg_sequences WHERE last_value IS NOT NULL AND schemaname IN ('shop', 'billing', 'Warehouse')`,
  )
  await step(servers.url('target'), ...rows.map(({ statement }) => String(statement)))
}
