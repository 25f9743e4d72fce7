import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { escapeLiteral, type Client } from 'pg'
import type { BenchServers } from './emulator-servers.ts'
import { startBenchTask } from './emulator-task.ts'

const workloadSql = readFileSync(new URL('./sql/create-change-workload.sql', import.meta.url), 'utf8')
const writerSql = readFileSync(new URL('./sql/create-change-writer.sql', import.meta.url), 'utf8')

const writers = 4
const transactionsOfOne = 5000
const changesOfTransaction = 6

/** Makes the same changes once for each way; both give changes per second, after proof that both sides are equal. */
export interface ChangesBench {
  ours(): Promise<number>
  reference(): Promise<number>
  close(): Promise<void>
}

/** Something that replicates from now on, until it is ended. */
type Follow = () => Promise<{ end(): Promise<void> }>

/** CDC of the emulated DMS beside a native subscription: from just before the first commit until all is applied. */
export async function openChangesBench(servers: BenchServers): Promise<ChangesBench> {
  const [source, target] = await Promise.all([servers.connect('source'), servers.connect('target')])
  await source.query(workloadSql.replaceAll('dms_user', 'dms_source'))
  await source.query(writerSql)
  await source.query('CREATE PUBLICATION bench FOR TABLES IN SCHEMA bench')
  await target.query(workloadSql.replaceAll('dms_user', 'dms_target'))
  let markers = 0
  const untilMarked = async (): Promise<void> => {
    markers += 1
    await source.query('INSERT INTO bench.marker VALUES ($1)', [markers])
    const deadline = performance.now() + 120_000
    for (;;) {
      const { rowCount } = await target.query('SELECT FROM bench.marker WHERE id = $1', [markers])
      if (rowCount === 1) return
      if (performance.now() > deadline) throw new Error('the changes never came over')
      await sleep(2)
    }
  }
  const timed = async (follow: Follow): Promise<number> => {
    for (const client of [source, target]) {
      await client.query('TRUNCATE bench.accounts, bench.entries')
      await client.query('CHECKPOINT')
    }
    const follower = await follow()
    try {
      await untilMarked()
      const began = performance.now()
      await write(servers)
      await untilMarked()
      const seconds = (performance.now() - began) / 1000
      await refuseDifference(source, target)
      return (writers * transactionsOfOne * changesOfTransaction) / seconds
    } finally {
      await follower.end()
    }
  }
  return {
    ours: () => timed(() => followByTask(servers)),
    reference: () => timed(() => followBySubscription(servers, target)),
    async close() {
      await Promise.all([source.end(), target.end()])
    },
  }
}

async function write(servers: BenchServers): Promise<void> {
  const clients = await Promise.all(Array.from({ length: writers }, () => servers.connect('source')))
  await Promise.all(
    clients.map((client, index) => client.query(`CALL bench.work(${index + 1}, ${transactionsOfOne})`)),
  )
  await Promise.all(clients.map((client) => client.end()))
}

async function followByTask(servers: BenchServers): Promise<{ end(): Promise<void> }> {
  const { replication, ended } = startBenchTask(servers, {
    type: 'cdc',
    tables: [['bench', '%']],
    workers: 1,
  })
  await untilSlot(servers)
  return {
    async end() {
      await replication.stop()
      await ended
      await dropSlots(servers)
    },
  }
}

async function followBySubscription(
  servers: BenchServers,
  target: Client,
): Promise<{ end(): Promise<void> }> {
  await target.query(
    `CREATE SUBSCRIPTION bench CONNECTION ${escapeLiteral(servers.url('source'))} PUBLICATION bench WITH (copy_data = false)`,
  )
  return {
    async end() {
      await target.query('DROP SUBSCRIPTION bench')
    },
  }
}

/** A change before the slot would never come over. */
async function untilSlot(servers: BenchServers): Promise<void> {
  const client = await servers.connect('source')
  try {
    for (const deadline = performance.now() + 20_000; performance.now() < deadline; await sleep(10)) {
      const { rowCount } = await client.query('SELECT FROM pg_replication_slots WHERE active')
      if (rowCount === 1) return
    }
    throw new Error('the task never began to read')
  } finally {
    await client.end()
  }
}

async function dropSlots(servers: BenchServers): Promise<void> {
  const client = await servers.connect('source')
  await client.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active')
  await client.end()
}

async function refuseDifference(source: Client, target: Client): Promise<void> {
  const digest = async (client: Client): Promise<string> => {
    const { rows } = await client.query<{ digest: string }>(
      `SELECT (SELECT md5(string_agg(a::text, ';' ORDER BY id)) FROM bench.accounts a)
           || (SELECT md5(string_agg(e::text, ';' ORDER BY id)) FROM bench.entries e) AS digest`,
    )
    return rows[0]?.digest ?? ''
  }
  const [left, right] = await Promise.all([digest(source), digest(target)])
  if (left !== right) throw new Error('source and target differ after everything was applied')
}
