import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { escapeLiteral, type Client } from 'pg'
import type { CutoverServers } from './cutover-servers.ts'

/** What one cutover took, ms. */
export interface CutoverTimes {
  /** From the first thing that writers can feel until the target may be written. */
  readonly freeze: number
  /** The marker's way within it: replication's part. */
  readonly drain: number
  /** From the same start until clients are pointed at the target. */
  readonly switched: number
  /** Where the time went, ms, for people. */
  readonly phases: Readonly<Record<string, number>>
}

/** A migration that is in step, ready to be cut over. */
export interface ReadyMigration<Times extends CutoverTimes = CutoverTimes> {
  /** What is done under writers before the measuring begins. */
  warm(): Promise<void>
  cutOver(): Promise<Times>
  close(): Promise<void>
}

const sql = {
  functions: readSql('create-floor-functions'),
  list: readSql('list-floor-sequences'),
  read: readSql('read-floor-sequences'),
  set: readSql('set-floor-sequences'),
}

function readSql(name: string): string {
  return readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8')
}

interface Position {
  readonly name: string
  readonly value: string
}

/**
 * The floor: PostgreSQL's own logical replication, cut over by hand as quickly as it can be done without losing a
 * write. Fence (nobody connects, then all are ended, then awaited), a marker through replication, beside it the sequences
 * that moved, one synchronous commit on the target, the clients' secret. All is prepared and warm; nothing is proved.
 */
export async function prepareFloor(servers: CutoverServers): Promise<ReadyMigration> {
  const source = await servers.connect('source')
  const target = await servers.connect('target')
  const sequencesOfSource = await servers.connect('source')
  const sequencesOfTarget = await servers.connect('target')
  const clients = [source, target, sequencesOfSource, sequencesOfTarget]
  await source.query(sql.functions)
  await target.query(sql.functions)
  await source.query('CREATE PUBLICATION by_hand FOR TABLES IN SCHEMA shop, billing, "Warehouse", by_hand')
  await target.query(
    `CREATE SUBSCRIPTION by_hand CONNECTION ${escapeLiteral(servers.url('source'))} PUBLICATION by_hand`,
  )
  await inStep(target)
  const known = new Map<string, string>()
  return {
    warm: async () => {
      await setAhead({ from: sequencesOfSource, to: sequencesOfTarget, known })
      await sendMarker(source, target)
    },
    cutOver: async () => {
      const started = performance.now()
      const since = () => performance.now() - started
      await source.query(
        'REVOKE CONNECT ON DATABASE shop FROM PUBLIC, shop_app, shop_batch; ALTER DATABASE shop SET default_transaction_read_only = on',
      )
      const fenced = since()
      await source.query('SELECT by_hand.end_sessions()')
      const ended = since()
      const drained = sendMarker(source, target).then(since)
      await setMoved({ from: sequencesOfSource, to: sequencesOfTarget, known })
      const sequences = since()
      const arrived = await drained
      // Replication's workers commit asynchronously: this makes all before it durable.
      await target.query('INSERT INTO by_hand.marker VALUES (gen_random_uuid())')
      const freeze = since()
      await servers.pointClientsAt('target')
      return {
        freeze,
        drain: arrived - ended,
        switched: since(),
        phases: {
          fence: fenced,
          'end-sessions': ended - fenced,
          drain: arrived - ended,
          sequences: sequences - ended,
        },
      }
    },
    close: async () => {
      await target.query('DROP SUBSCRIPTION by_hand')
      await Promise.all(clients.map((client) => client.end()))
    },
  }
}

interface Sequences {
  readonly from: Client
  readonly to: Client
  /** What the target was set to, by name. */
  readonly known: Map<string, string>
}

/** Before anybody waits: all of them, those too that were set but never used. */
async function setAhead({ from, to, known }: Sequences): Promise<void> {
  const { rows } = await from.query<Position & { called: boolean }>(sql.list)
  await to.query(sql.set, [JSON.stringify(rows.map(({ name, value, called }) => [name, value, called]))])
  for (const { name, value } of rows) known.set(name, value)
  await setMoved({ from, to, known })
}

async function setMoved({ from, to, known }: Sequences): Promise<void> {
  const { rows } = await from.query<Position>({ name: 'read-sequences', text: sql.read })
  const moved = rows.filter(({ name, value }) => known.get(name) !== value)
  await to.query({
    name: 'set-sequences',
    text: sql.set,
    values: [JSON.stringify(moved.map(({ name, value }) => [name, value, true]))],
  })
  for (const { name, value } of moved) known.set(name, value)
}

/** Writes a marker and waits until replication has brought it. */
async function sendMarker(source: Client, target: Client): Promise<void> {
  const id = randomUUID()
  await source.query({ name: 'write-marker', text: 'INSERT INTO by_hand.marker VALUES ($1)', values: [id] })
  await target.query({ name: 'await-marker', text: 'SELECT by_hand.await_marker($1)', values: [id] })
}

async function inStep(target: Client): Promise<void> {
  for (;;) {
    const { rows } = await target.query<{ unfinished: string }>(
      `SELECT count(*) AS unfinished FROM pg_subscription_rel WHERE srsubstate <> 'r'`,
    )
    if (rows[0]?.unfinished === '0') return
    await delay(50)
  }
}
