import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { copyFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestEmulator } from '../emulator/open-test-emulator.ts'
import type { TestEmulator } from '../emulator/open-test-emulator.ts'
import { openServerGroup } from '../postgres/server-group.ts'
import type { PostgresServer, ServerGroup } from '../postgres/server-group.ts'
import { judge } from '../workload/judge.ts'
import type { Verdict } from '../workload/verdict.ts'
import { readLedger } from '../workload/ledger.ts'
import type { LedgerLine } from '../workload/ledger.ts'
import { startNativeMigration } from '../workload/native-migration.ts'
import type { NativeMigration } from '../workload/native-migration.ts'
import { sabotage, SABOTAGES } from '../workload/sabotage.ts'
import type { Sabotage } from '../workload/sabotage.ts'
import { createSampleDatabase, randomPasswords } from '../workload/sample-database.ts'
import { startWorkload } from '../workload/start-workload.ts'
import type { RunningWorkload, WorkloadProgress } from '../workload/start-workload.ts'

const passwords = randomPasswords()
let folder: string
let group: ServerGroup
let source: PostgresServer
let target: PostgresServer
let aws: TestEmulator
let migration: NativeMigration

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workload-judge-'))
  group = await openServerGroup('workload-judge')
  ;[source, target] = await Promise.all([
    group.start({ name: 'source', major: 15 }),
    group.start({
      name: 'target',
      major: 17,
      settings: {
        max_worker_processes: '20',
        max_logical_replication_workers: '12',
        max_sync_workers_per_subscription: '6',
      },
    }),
  ])
  await Promise.all([
    createSampleDatabase({ superuserUrl: source.superuserUrl, side: 'source', passwords, scale: 0.02 }),
    createSampleDatabase({ superuserUrl: target.superuserUrl, side: 'target', passwords, scale: 0.02 }),
  ])
  aws = await openTestEmulator({ secrets: { 'shop/app': applicationSecret(source) } })
})

afterAll(async () => {
  await migration?.close()
  await aws?.close()
  await group?.close()
  await rm(folder, { recursive: true, force: true })
})

describe('a workload over a migration by native logical replication', () => {
  const denied = (): string => join(folder, 'denied.ndjson')
  const switched = (): string => join(folder, 'switched.ndjson')

  it('finds a cutover that was not let through clean, but no migration', async () => {
    const workload = await startWriters(denied())
    const { sourceUrl, targetUrl } = databaseUrls('shop')
    migration = await startNativeMigration({ sourceUrl, targetUrl })
    await untilProgress(workload, (progress) => progress.acknowledged > 300)
    await workload.stop()

    const verdict = await judge({ ledgerFile: denied(), sourceUrl, targetUrl, expectSwitched: false })
    expect(verdict).toMatchObject({ ...faultless, inDoubtWrites: 0, clean: true, details: [] })
    expect(verdict.acknowledgedWrites).toBeGreaterThan(300)

    const asMigration = await judge({ ledgerFile: denied(), sourceUrl, targetUrl })
    expect(asMigration).toMatchObject({ clean: false })
    expect(asMigration.details[0]).toBe('no write was acknowledged by the target')
  })

  it('finds a careful cutover under 8 writers and a stale one clean', async () => {
    const workload = await startWriters(switched())
    await untilProgress(workload, (progress) => progress.acknowledged > 600)
    const before = workload.progress()
    expect(before).toMatchObject({ stale: { state: 'writing', refusals: 0 } })
    expect(Object.keys(before.perSide)).toEqual([`source:${source.port}`])

    await migration.cutOver(() => pointClientsAt(target))
    await untilProgress(workload, ({ perSide }) => (perSide[`target:${target.port}`] ?? 0) > 500)
    const stopping = performance.now()
    await workload.stop()
    expect(performance.now() - stopping).toBeLessThan(2000)
    expect(workload.progress()).toMatchObject({ stale: { state: 'refused', code: '42501' } })

    const verdict = await judge({ ledgerFile: switched(), ...databaseUrls('shop') })
    expect(verdict).toMatchObject({ ...faultless, clean: true, details: [] })
    const lines = readLedger(switched())
    const acknowledged = lines.filter((line) => line.kind === 'acknowledged')
    expect(verdict.acknowledgedWrites).toBe(acknowledged.length)
    expect(
      acknowledged
        .filter((line) => line.writer === 'stale')
        .every((line) => line.server.startsWith('source')),
    ).toBe(true)
    // The freeze was felt, and is not longer than what the progress showed.
    expect(verdict.writeDowntimeMs).toBeGreaterThan(10)
    expect(verdict.writeDowntimeMs).toBeLessThan(workload.progress().longestGapMs + 1)
    expect(unexpectedFailures(lines)).toEqual([])
  })

  it.each(SABOTAGES)('counts exactly the one fault that sabotage "%s" makes', async (kind) => {
    const urls = await copyDatabases(`shop_${kind.replace('-', '_')}`)
    const ledgerFile = join(folder, `${kind}.ndjson`)
    copyFileSync(switched(), ledgerFile)
    await sabotage(kind, { ledgerFile, ...urls })
    const verdict = await judge({ ledgerFile, ...urls })
    expect(verdict).toMatchObject({ ...faultless, [faultOf[kind]]: 1, clean: false })
    expect(verdict.details).toHaveLength(1)
  })

  it('finds what went wrong in rows that nobody looks at', async () => {
    const urls = await copyDatabases('shop_planted')
    const client = new Client({ connectionString: urls.targetUrl })
    await client.connect()
    await client.query('SET session_replication_role = replica')
    for (const statement of plantedFaults) {
      const { rowCount } = await client.query(statement)
      expect({ statement, rowCount }).toEqual({ statement, rowCount: 1 })
    }
    await client.end()
    const verdict = await judge({ ledgerFile: switched(), ...urls })
    expect(verdict).toMatchObject({ ...faultless, rowMismatches: plantedFaults.length, clean: false })
  })

  it('finds a number that the source had handed out and the target hands out again', async () => {
    const urls = await copyDatabases('shop_reused')
    const lines = readLedger(switched())
    const client = new Client({ connectionString: urls.targetUrl })
    await client.connect()
    await client.query('SET session_replication_role = replica')
    const write = lines.findLast(
      (line) => line.kind === 'acknowledged' && 'shop.orders_id_seq' in line.sequences,
    )
    const gone = lines.find(
      (line) =>
        line.kind === 'acknowledged' &&
        line.server.startsWith('source') &&
        'shop.order_items' in line.touched,
    )
    if (write?.kind !== 'acknowledged' || gone?.kind !== 'acknowledged')
      throw new Error('no order was deleted')
    const { rowCount } = await client.query(
      'UPDATE shop.order_items SET id = $1 WHERE id = (SELECT min(id) FROM shop.order_items WHERE writer = $2 AND seq = $3)',
      [gone.touched['shop.order_items']?.[0], write.writer, write.seq],
    )
    expect(rowCount).toBe(1)
    await client.end()
    expect(await judge({ ledgerFile: switched(), ...urls })).toMatchObject({
      ...faultless,
      sequenceCollisions: 1,
    })
  })
})

const faultless = {
  lostWrites: 0,
  duplicateWrites: 0,
  splitBrainWrites: 0,
  sequenceCollisions: 0,
  sequencesBehind: 0,
  rowMismatches: 0,
}

const faultOf: Readonly<Record<Sabotage, keyof Verdict>> = {
  lose: 'lostWrites',
  double: 'duplicateWrites',
  'late-write': 'splitBrainWrites',
  sequence: 'sequencesBehind',
  row: 'rowMismatches',
}

/** One row each: an audit trigger that fired twice, a leaf, a keyless table, a quoted name, a decimal, an array, a write's note. */
const plantedFaults = [
  `INSERT INTO shop.order_audit SELECT -1, order_id, total, writer, seq, made_at FROM shop.order_audit WHERE writer = 'seed' AND seq = 7`,
  `DELETE FROM billing.payments WHERE writer = 'seed' AND seq = 5`,
  `INSERT INTO shop.clicks SELECT * FROM shop.clicks WHERE writer = 'seed' AND seq = 9`,
  `UPDATE "Warehouse"."StockMove" SET quantity = quantity + 1 WHERE writer = 'seed' AND seq = 3`,
  `UPDATE billing.ledger_entries SET amount = amount + 0.000001 WHERE writer = 'seed' AND seq = 4`,
  `UPDATE shop.attachments SET page_sizes = page_sizes || 1 WHERE id = (SELECT min(id::text)::uuid FROM shop.attachments)`,
  `UPDATE shop.writes SET note = note || '!' WHERE id = (SELECT min(id) FROM shop.writes)`,
]

function databaseUrls(database: string): { sourceUrl: string; targetUrl: string } {
  return { sourceUrl: urlOf(source, database), targetUrl: urlOf(target, database) }
}

function urlOf(server: PostgresServer, database: string): string {
  const url = new URL(server.superuserUrl)
  url.pathname = `/${database}`
  return url.href
}

/** As RDS writes it. */
function applicationSecret(server: PostgresServer): Record<string, string | number> {
  return {
    engine: 'postgres',
    host: server.host,
    port: server.port,
    username: 'shop_app',
    password: passwords.shop_app,
    dbname: 'shop',
  }
}

async function pointClientsAt(server: PostgresServer): Promise<void> {
  await aws.secrets.send(
    new PutSecretValueCommand({
      SecretId: 'shop/app',
      SecretString: JSON.stringify(applicationSecret(server)),
    }),
  )
}

async function startWriters(ledgerFile: string): Promise<RunningWorkload> {
  return startWorkload({
    secretId: 'shop/app',
    staleUrl: source.url({ user: 'shop_batch', password: passwords.shop_batch }, 'shop'),
    ledgerFile,
    environment: aws.emulator.environment(),
  })
}

async function untilProgress(
  workload: RunningWorkload,
  enough: (progress: WorkloadProgress) => boolean,
): Promise<void> {
  for (const deadline = Date.now() + 20_000; !enough(workload.progress()); await sleep(50)) {
    if (Date.now() > deadline) throw new Error(`no progress: ${JSON.stringify(workload.progress())}`)
  }
}

/** Both databases of the run under another name, to be broken. */
async function copyDatabases(name: string): Promise<{ sourceUrl: string; targetUrl: string }> {
  await migration.close()
  await Promise.all(
    [source, target].map(async (server) => {
      const client = new Client({ connectionString: server.superuserUrl })
      await client.connect()
      await client.query(`CREATE DATABASE ${name} TEMPLATE shop STRATEGY file_copy`)
      await client.end()
    }),
  )
  return databaseUrls(name)
}

/** Failures that are neither the fence's nor a session's end. */
function unexpectedFailures(lines: readonly LedgerLine[]): string[] {
  const expected = new Set(['57P01', '42501', 'ECONNRESET', 'connection-lost', 'EPIPE'])
  return lines.flatMap((line) => (line.kind === 'failed' && !expected.has(line.code) ? [line.code] : []))
}
