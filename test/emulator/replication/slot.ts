import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { closeClient, openSource } from './connect.ts'
import type { ReplicationJob } from './job-contract.ts'
import { parseLsn, type Lsn } from './lsn.ts'
import { FatalTaskError, sqlState } from './task-failure.ts'

const SLOT = readFileSync(new URL('./sql/slot.sql', import.meta.url), 'utf8')
const IN_USE = '55006'
const RELEASE_TIMEOUT_MS = 5000
const RELEASE_POLL_MS = 20

export interface SlotState {
  /** empty for a physical slot */
  readonly plugin: string
  /** it belongs to the database of the session */
  readonly here: boolean
  readonly active: boolean
  readonly confirmed: Lsn | null
  readonly walStatus: string
}

/** A name as DMS gives it: 16 characters of the external id, the database's OID in eight digits, a UUID. */
export function newSlotName(externalId: string, databaseOid: string): string {
  const id = externalId
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]/g, '_')
    .slice(0, 16)
  return `${id}_${databaseOid.padStart(8, '0')}_${randomUUID().replaceAll('-', '_')}`
}

/** The slot as the source shows it, or null. */
export async function readSlot(client: Client, name: string): Promise<SlotState | null> {
  const { rows } = await client.query<{
    plugin: string
    here: boolean
    active: boolean
    confirmed: string | null
    wal_status: string
  }>(SLOT, [name])
  const row = rows[0]
  if (row === undefined) return null
  return {
    plugin: row.plugin,
    here: row.here,
    active: row.active,
    confirmed: row.confirmed === null ? null : parseLsn(row.confirmed),
    walStatus: row.wal_status,
  }
}

/** Creates a slot; waits until the writing transactions that are open now have ended. Returns its consistent point. */
export async function createSlot(client: Client, name: string): Promise<Lsn> {
  const { rows } = await client.query<{ lsn: string }>(
    `SELECT lsn::text FROM pg_create_logical_replication_slot($1, 'test_decoding')`,
    [name],
  )
  return parseLsn(rows[0]?.lsn ?? '')
}

/** Checks that a slot can be read: there, of the right plugin and database, its WAL not lost. @throws FatalTaskError */
export async function requireSlot(client: Client, name: string): Promise<SlotState> {
  const slot = await readSlot(client, name)
  if (slot === null)
    throw new FatalTaskError(
      `Logical replication slot '${name}' does not exist. RetCode: SQL_ERROR SqlState: 42704 NativeError: 1 ` +
        `Message: ERROR: replication slot "${name}" does not exist;`,
    )
  if (slot.plugin !== 'test_decoding')
    throw new FatalTaskError(
      `Logical replication slot '${name}' uses plugin '${slot.plugin || 'none'}', not 'test_decoding'`,
    )
  if (!slot.here)
    throw new FatalTaskError(
      `Logical replication slot '${name}' was created in another database. RetCode: SQL_ERROR SqlState: 55000 ` +
        `NativeError: 1 Message: ERROR: replication slot "${name}" was not created in this database;`,
    )
  if (slot.walStatus === 'lost')
    throw new FatalTaskError(
      `Logical replication slot '${name}' is no longer usable. Message: ERROR: can no longer get changes from ` +
        `replication slot "${name}"; This slot has been invalidated because it exceeded the maximum reserved size.`,
    )
  return slot
}

/** Waits until no session holds the slot: a walsender takes a moment to notice that its client has gone. */
export async function awaitSlotReleased(client: Client, name: string): Promise<void> {
  const deadline = Date.now() + RELEASE_TIMEOUT_MS
  while (Date.now() < deadline) {
    const slot = await readSlot(client, name)
    if (slot === null || !slot.active) return
    await sleep(RELEASE_POLL_MS)
  }
}

/** Drops a slot where it exists, after waiting for its reader to go. */
export async function dropSlot(client: Client, name: string): Promise<void> {
  await awaitSlotReleased(client, name)
  try {
    await client.query(
      'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1',
      [name],
    )
  } catch (error) {
    if (sqlState(error) === IN_USE)
      throw new Error(`Replication slot "${name}" is still in use`, { cause: error })
    throw error
  }
}

/** Drops the slot that the task itself created (DeleteReplicationTask); a slot named by the endpoint is never dropped. */
export async function dropOwnedSlot(job: Pick<ReplicationJob, 'source' | 'checkpoint'>): Promise<void> {
  const checkpoint = job.checkpoint
  if (checkpoint === undefined || !checkpoint.slotOwned || checkpoint.slotName === '') return
  const client = await openSource(job.source, 'slot')
  try {
    await dropSlot(client, checkpoint.slotName)
  } finally {
    await closeClient(client)
  }
}
