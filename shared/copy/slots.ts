import { recordLoadBaseline } from '../control/load-baseline.ts'
import { recordResource } from '../dms/created-resources.ts'
import { withOpen } from '../databases/with-open.ts'
import type { Plan } from '../migration/plan.ts'
import { sqlState, type Session } from '../postgres/session.ts'
import { MigrationError, refuseProblems, type Problem } from '../runtime/errors.ts'
import type { Log } from '../runtime/log.ts'
import { checkStartPositionStatement, readPassedSlotsStatement, readSlotsStatement } from './statements.ts'

interface Slot {
  readonly slot: string
  readonly plugin: string | null
  readonly database: string | null
  readonly active: boolean
  readonly confirmedFlushLsn: string | null
  readonly walStatus: string
  readonly here: boolean
}

export interface SlotWork {
  /** The source, as the migration's own login: what is made is noted there first. */
  readonly control: Session
  /** The source as DMS's user, which has REPLICATION. */
  readonly dms: Session
  readonly log: Log
  readonly changes: string[]
}

const plugin = 'test_decoding'

/** Slots of the plan's tasks; empty where DMS makes its own. */
export function slotsOf(plan: Plan): string[] {
  return plan.tasks.flatMap(({ slot }) => slot ?? [])
}

/**
 * Makes the slots from which change capture will begin, before anything is copied: a slot that is made later would
 * miss what was written in between. `copied`: the copy is there; then a slot that is missing refuses. Slots that are
 * there are looked at and adopted.
 */
export async function ensureSlots(work: SlotWork, plan: Plan, copied: boolean): Promise<void> {
  const wanted = slotsOf(plan)
  const found = await readSlots(work.control, wanted)
  refuseProblems('precondition', slotProblems(wanted, found, copied || plan.load.by === 'existing'))
  for (const { slot, tables } of plan.tasks) {
    if (slot === null || found.some((one) => one.slot === slot)) continue
    // Before the slot: what is truncated before the copy is then in doubt, what is truncated after it never overlooked.
    await recordLoadBaseline(work.control, { migration: plan.migration, owner: slot, tables, anew: true })
    await recordResource(work.control, plan.migration, { kind: 'slot', identifier: slot, arn: null })
    await createSlot(work.dms, slot)
    const line = `source: created the replication slot ${slot} (${plugin}); it keeps WAL from now on`
    work.changes.push(line)
    work.log.line(line)
  }
}

/** Waits for every transaction that is open and writes; the deadline is that of the session. */
async function createSlot(dms: Session, slot: string): Promise<void> {
  try {
    await dms.query('select pg_create_logical_replication_slot($1, $2)', [slot, plugin])
  } catch (cause) {
    // 57014: ended by statement_timeout. PostgreSQL leaves no slot behind.
    if (sqlState(cause) !== '57014') throw cause
    // The server reports before it drops: its next answer says that the slot has gone, and no second run will find it.
    await dms.query('select 1').catch(() => undefined)
    const message = `the replication slot ${slot} could not be made: a transaction on the source is open for too long`
    const remedy =
      "End the transactions that are open for long (SELECT pid, usename, xact_start FROM pg_stat_activity WHERE xact_start < now() - interval '1 minute') and prepared ones (pg_prepared_xacts), then run the job again."
    throw new MigrationError('precondition', message, {
      remedy,
      problems: [{ field: slot, message, remedy }],
      cause,
    })
  }
}

/** The slots, without changing anything. */
export async function readSlots(source: Session, names: readonly string[]): Promise<readonly Slot[]> {
  return source.query<Slot>(readSlotsStatement, [[...names]])
}

/** What is wrong with slots that are there, or with missing ones where they `must` be there. Pure. */
export function slotProblems(wanted: readonly string[], found: readonly Slot[], must: boolean): Problem[] {
  return wanted.flatMap((slot) => {
    const one = found.find((candidate) => candidate.slot === slot)
    const problem = (message: string, remedy: string): Problem => ({ field: slot, message, remedy })
    if (one === undefined) {
      return must
        ? [
            problem(
              `the replication slot ${slot} does not exist, but the rows have been copied`,
              'Changes since the copy may be lost: delete the copy, and the snapshot that it came from, and run again, so that slots come first.',
            ),
          ]
        : []
    }
    const drop = `Drop it (SELECT pg_drop_replication_slot('${slot}')) or choose another name for the migration.`
    if (one.plugin !== plugin)
      return [problem(`the slot ${slot} decodes with ${one.plugin ?? 'nothing'}, not ${plugin}`, drop)]
    if (!one.here) return [problem(`the slot ${slot} belongs to the database ${one.database ?? '?'}`, drop)]
    if (one.walStatus === 'lost' || one.walStatus === 'unreserved')
      return [
        problem(
          `the slot ${slot} has lost WAL that it needs (wal_status ${one.walStatus})`,
          'Raise max_slot_wal_keep_size, drop the slot, delete the copy and the snapshot that it came from, and run again.',
        ),
      ]
    return []
  })
}

/**
 * A statement that looks into a slot: it decodes what was written since the slot was made, which may be hours of a busy
 * database, so it has a session without the usual limit of time. Cancelling ends it all the same.
 */
export async function lookInto<Row extends object>(
  dms: Session,
  statement: string,
  values: readonly unknown[],
): Promise<Row[]> {
  return withOpen(
    () => dms.another({ statement_timeout: '6h' }),
    (session) => session.query<Row>(statement, values),
  )
}

/**
 * Whether every slot holds what was committed from `lsn` on, by looking into it without consuming anything. A slot
 * that is in use has been started from already and is left alone. Throws `refused` where one began after the copy.
 */
export async function checkStartPositions(
  dms: Session,
  slots: readonly string[],
  lsn: string,
): Promise<void> {
  const problems: Problem[] = []
  const found = await readSlots(dms, slots)
  for (const { slot, active, confirmedFlushLsn } of found) {
    if (active) continue
    const [row] = await lookInto<{ olderThanCopy: boolean; decodes: boolean }>(
      dms,
      checkStartPositionStatement,
      [slot, lsn],
    )
    if (row?.olderThanCopy === true) continue
    problems.push({
      field: slot,
      value: lsn,
      message: `the slot ${slot} begins at ${confirmedFlushLsn ?? 'nowhere'}, after the copy at ${lsn}`,
      remedy:
        'What was written in between is in neither: delete the copy, and the snapshot that it came from, and make both anew while the slots are there.',
    })
  }
  if (found.length < slots.length) throw new MigrationError('precondition', 'a replication slot has gone')
  refuseProblems('refused', problems)
}

/**
 * Whether each slot still holds what was committed from the LSN given for it: a task that starts now would silently get
 * nothing of what its slot was read past (PostgreSQL, START_REPLICATION). Throws `refused` naming the slots.
 */
export async function refusePassed(
  source: Session,
  positions: readonly { readonly slot: string; readonly lsn: string }[],
): Promise<void> {
  const passed = await source.query<{ slot: string; lsn: string; readUpTo: string }>(
    readPassedSlotsStatement,
    [JSON.stringify(positions)],
  )
  refuseProblems(
    'refused',
    passed.map(({ slot, lsn, readUpTo }) => ({
      field: slot,
      value: lsn,
      message: `the slot ${slot} has been read up to ${readUpTo}, past ${lsn}, where a new task would begin`,
      remedy:
        'Make slots and copy anew: what a former task or somebody else has read may be nowhere. Only where a former task of this migration has surely applied it all, go on from there by `load: { by: existing, lsn: …, slots: […] }`.',
    })),
  )
}
