import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestEmulator } from '../emulator/open-test-emulator.ts'
import type { TestEmulator } from '../emulator/open-test-emulator.ts'
import { openServerGroup } from '../postgres/server-group.ts'
import type { PostgresServer, ServerGroup } from '../postgres/server-group.ts'
import { readLedger } from '../workload/ledger.ts'
import type { LedgerLine } from '../workload/ledger.ts'
import { createSampleDatabase, randomPasswords } from '../workload/sample-database.ts'
import { startWorkload } from '../workload/start-workload.ts'
import type { RunningWorkload, WorkloadOptions } from '../workload/start-workload.ts'

const passwords = randomPasswords()
let folder: string
let group: ServerGroup
let server: PostgresServer
let aws: TestEmulator
let superuser: Client

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workload-writers-'))
  group = await openServerGroup('workload-writers')
  server = await group.start({ name: 'source', major: 17 })
  await createSampleDatabase({ superuserUrl: server.superuserUrl, side: 'source', passwords, scale: 0.02 })
  const address = { engine: 'postgres', host: server.host, port: server.port, dbname: 'shop' }
  aws = await openTestEmulator({
    secrets: { 'shop/app': { ...address, username: 'shop_app', password: passwords.shop_app } },
  })
  superuser = await connect()
})

afterAll(async () => {
  await superuser?.end()
  await aws?.close()
  await group?.close()
  await rm(folder, { recursive: true, force: true })
})

it('enters an unanswered COMMIT as in doubt, goes on under a new number, and is quick to stop', async () => {
  const ledgerFile = join(folder, 'in-doubt.ndjson')
  const workload = await start(ledgerFile)
  await until(() => workload.progress().acknowledged > 50)

  // Commits are made, but not answered: they wait for a standby that does not exist. Some writers wait for a row of those.
  await setStandby('nobody')
  await until(async () => (await sessionsWaitingFor('SyncRep', 'transactionid', 'tuple')) === 9)
  const { rows: ended } = await superuser.query<{ pid: number }>(
    // Materialized: in one WHERE the planner may well end every session first and look at the wait afterwards.
    `WITH waiting AS MATERIALIZED (SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep')
     SELECT pid FROM waiting WHERE pg_terminate_backend(pid)`,
  )
  const cut = ended.length
  // Only when they are gone: a session that the end of the waiting wakes first would still answer.
  await until(async () => {
    const pids = ended.map(({ pid }) => pid)
    const { rows } = await superuser.query('SELECT FROM pg_stat_activity WHERE pid = ANY ($1)', [pids])
    return rows.length === 0
  })
  await setStandby('')
  await until(() => workload.progress().inDoubt === cut)
  const { acknowledged } = workload.progress()
  await until(() => workload.progress().acknowledged > acknowledged + 50)

  await setStandby('nobody')
  await until(async () => (await sessionsWaitingFor('SyncRep', 'transactionid', 'tuple')) === 9)
  const unanswered = await sessionsWaitingFor('SyncRep')
  const stopping = performance.now()
  await workload.stop()
  expect(performance.now() - stopping).toBeLessThan(1000)
  await setStandby('')

  const lines = readLedger(ledgerFile)
  const inDoubt = lines.filter((line) => line.kind === 'inDoubt')
  expect(inDoubt).toHaveLength(cut + unanswered)
  expect(lines.filter((line) => line.kind === 'failed')).toHaveLength(9 - unanswered)
  expect(lines.at(-1)?.kind).toBe('stop')
  const numbers = attempts(lines).map((line) => `${line.writer}#${line.seq}`)
  expect(new Set(numbers).size).toBe(numbers.length)
  await expectHeld([...inDoubt.slice(0, cut), ...lines.filter((line) => line.kind === 'acknowledged')])
})

it('comes back by itself after a crash of the server, and another workload goes on where it ended', async () => {
  const ledgerFile = join(folder, 'crash.ndjson')
  const workload = await start(ledgerFile)
  await until(() => workload.progress().acknowledged > 50)
  await superuser.end()
  await server.kill()
  await until(() => workload.progress().refused > 8)
  await server.start()
  superuser = await connect()
  const { acknowledged } = workload.progress()
  await until(() => workload.progress().acknowledged > acknowledged + 50)
  await workload.stop()

  const lines = readLedger(ledgerFile)
  await expectHeld(lines.filter((line) => line.kind === 'acknowledged'))
  const { rows } = await superuser.query<{ writes: string }>(
    'SELECT count(*) AS writes FROM shop.writes GROUP BY writer, seq HAVING count(*) > 1',
  )
  expect(rows).toEqual([])
})

it('ends with the process that started it, its ledger complete', async () => {
  const ledgerFile = join(folder, 'orphan.ndjson')
  const program = `
    const { startWorkload } = await import(process.env.MODULE)
    const workload = await startWorkload(JSON.parse(process.env.OPTIONS))
    console.log(workload.pid)`
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      MODULE: new URL('../workload/start-workload.ts', import.meta.url).href,
      OPTIONS: JSON.stringify(optionsFor(ledgerFile)),
    },
  })
  const [firstOutput] = (await once(parent.stdout, 'data')) as [Buffer]
  const workloadPid = Number(firstOutput.toString())
  expect(isAlive(workloadPid)).toBe(true)
  await until(() => readLedger(ledgerFile).some((line) => line.kind === 'acknowledged'))
  parent.kill('SIGKILL')
  await until(() => !isAlive(workloadPid))
  const lines = readLedger(ledgerFile)
  expect(lines.at(-1)?.kind).toBe('stop')
})

it('adds a writer that stays at one address, also after the settings were read', async () => {
  const ledgerFile = join(folder, 'added.ndjson')
  const workload = await start(ledgerFile)
  workload.stayOnTarget(optionsFor(ledgerFile).staleUrl)
  const written = (writer: string) =>
    readLedger(ledgerFile).some((line) => line.kind === 'acknowledged' && line.writer === writer)
  await until(() => written('stale') && written('w1') && written('stale-on-target'))
  expect(workload.progress().failed).toBe(0)
  await workload.stop()
  await expectHeld(readLedger(ledgerFile).filter((line) => line.kind === 'acknowledged'))
})

it('says why it cannot start, and that it died', async () => {
  const ledgerFile = join(folder, 'twice.ndjson')
  const workload = await start(ledgerFile)
  process.kill(workload.pid, 'SIGKILL')
  await expect(workload.stop()).rejects.toThrow('the workload ended by itself (signal SIGKILL)')
  await expect(start(ledgerFile)).rejects.toThrow('twice.ndjson exists: one ledger, one workload')
})

function optionsFor(ledgerFile: string): WorkloadOptions {
  return {
    secretId: 'shop/app',
    staleUrl: server.url({ user: 'shop_batch', password: passwords.shop_batch }, 'shop'),
    ledgerFile,
    environment: aws.emulator.environment(),
  }
}

async function start(ledgerFile: string): Promise<RunningWorkload> {
  return startWorkload(optionsFor(ledgerFile))
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function connect(): Promise<Client> {
  const url = new URL(server.superuserUrl)
  url.pathname = '/shop'
  const client = new Client({ connectionString: url.href })
  await client.connect()
  return client
}

async function setStandby(name: string): Promise<void> {
  await superuser.query(`ALTER SYSTEM SET synchronous_standby_names = '${name}'`)
  await superuser.query('SELECT pg_reload_conf()')
}

async function sessionsWaitingFor(...events: string[]): Promise<number> {
  const { rows } = await superuser.query<{ waiting: number }>(
    `SELECT count(*)::integer AS waiting FROM pg_stat_activity WHERE wait_event = ANY ($1)`,
    [events],
  )
  return rows[0]?.waiting ?? 0
}

function attempts(lines: readonly LedgerLine[]): Extract<LedgerLine, { seq: number }>[] {
  return lines.filter((line) => 'seq' in line)
}

async function expectHeld(writes: readonly { writer: string; seq: number }[]): Promise<void> {
  const { rows } = await superuser.query<{ writer: string; seq: string }>(
    'SELECT writer, seq FROM shop.writes',
  )
  const held = new Set(rows.map((row) => `${row.writer}#${row.seq}`))
  expect(writes.filter((write) => !held.has(`${write.writer}#${write.seq}`))).toEqual([])
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 15_000; !(await condition()); await sleep(20)) {
    if (Date.now() > deadline) throw new Error(`not in 15 s: ${condition.toString()}`)
  }
}
