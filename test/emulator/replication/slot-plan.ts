import type { Client } from 'pg'
import type { ReplicationJob } from './job-contract.ts'
import { formatLsn, NO_LSN, parseLsn, parseStartPosition, type Lsn } from './lsn.ts'
import { dropSlot, newSlotName, readSlot, requireSlot } from './slot.ts'
import { FatalTaskError } from './task-failure.ts'

/** The slot of a task and where reading begins. */
export interface SlotPlan {
  readonly name: string
  readonly owned: boolean
  /** it is still to be created */
  readonly create: boolean
  /** positions before this are not wanted; 0: from the slot's own position */
  readonly start: Lsn
}

/**
 * Decides on the slot of a run. A fresh start drops the slot of the run before and asks for a new one; a resume keeps it.
 * A slot named by the endpoint must exist in this database, and a native start position must not lie before its
 * confirmed_flush_lsn. With a position, transactions that commit at or after it are wanted, whole, and none before.
 */
export async function planSlot(
  job: ReplicationJob,
  source: Client,
  fresh: boolean,
  databaseOid: string,
): Promise<SlotPlan> {
  const { checkpoint } = job
  const named = job.source.slotName
  const position = fresh && job.cdcStartPosition !== undefined ? startPosition(job.cdcStartPosition) : NO_LSN
  const fromNow = fresh && job.cdcStartPosition === FROM_NOW
  if (named !== undefined && named !== '') {
    const slot = await requireSlot(source, named)
    if (position !== NO_LSN && slot.confirmed !== null && position < slot.confirmed)
      throw new FatalTaskError(
        `CDC start position ${formatLsn(position)} is before confirmed_flush_lsn ${formatLsn(slot.confirmed)} of replication slot '${named}'`,
      )
    return {
      name: named,
      owned: false,
      create: false,
      start: fromNow ? await currentPosition(source) : position,
    }
  }
  if (position !== NO_LSN)
    throw new FatalTaskError('A native CDC start position needs the source endpoint setting SlotName')
  if (!fresh && checkpoint !== undefined && checkpoint.slotName !== '') {
    const { slotName: name, slotOwned: owned } = checkpoint
    // A run that ended before its slot was made has nothing to lose; in any other case a missing slot is fatal.
    const create =
      checkpoint.confirmedLsn === null &&
      checkpoint.fullLoadDone.length === 0 &&
      (await readSlot(source, name)) === null
    if (!create) await requireSlot(source, name)
    return { name, owned, create, start: NO_LSN }
  }
  if (checkpoint !== undefined && checkpoint.slotOwned && checkpoint.slotName !== '')
    await dropSlot(source, checkpoint.slotName)
  return { name: newSlotName(job.externalId, databaseOid), owned: true, create: true, start: NO_LSN }
}

/** A CdcStartPosition: what commits from now on. A slot that is made at the start says the same without it. */
const FROM_NOW = 'now'

async function currentPosition(source: Client): Promise<Lsn> {
  const { rows } = await source.query<{ lsn: string }>('SELECT pg_current_wal_lsn()::text AS lsn')
  return parseLsn(rows[0]?.lsn ?? '')
}

function startPosition(text: string): Lsn {
  if (text === FROM_NOW) return NO_LSN
  try {
    return parseStartPosition(text)
  } catch {
    throw new FatalTaskError(
      `CDC start position '${text}' is invalid: a PostgreSQL source starts from a native LSN or a recovery checkpoint`,
    )
  }
}
