import { formatLsn, parseLsn } from '../../copy/lsn.ts'
import { readSlots } from '../../copy/slots.ts'
import { createdResources, recordResource } from '../../dms/created-resources.ts'
import { withOpen } from '../../databases/with-open.ts'
import { sqlState, type Session } from '../../postgres/session.ts'
import { MigrationError } from '../../runtime/errors.ts'
import { poll } from '../../runtime/poll.ts'
import { readSourceHealth } from '../../waiting/read-source-health.ts'
import { slotOfTask } from '../../waiting/source-health.ts'
import { readCutsStatement } from './statements.ts'
import type { WayBack } from './way-back.ts'

/** How long making a slot may wait for transactions that are open and write, in ms. */
export const slotPatienceMs = 60_000

/** The slots of a way back's carriers. */
export function slotsOf({ carriers }: Pick<WayBack, 'carriers'>): string[] {
  return carriers.flatMap(({ slot }) => slot ?? [])
}

/**
 * Makes the slots of the way back on the database that is entered, each noted first. They keep WAL from now on; what
 * was committed before the cut is skipped when they are advanced to it. Those that a run made which was given up before
 * its commit point are dropped: nobody will ever read them. Throws `precondition` where a transaction stays open.
 */
export async function ensureSlots(wayBack: WayBack, patienceMs: number): Promise<void> {
  const { to, work } = wayBack
  const wanted = slotsOf(wayBack)
  await dropAbandoned(wayBack, wanted)
  const found = await readSlots(to.session, wanted)
  for (const { slot, here, plugin } of found)
    if (!here || plugin !== 'test_decoding')
      throw lost(slot, `the replication slot ${slot} on the ${to.name} is somebody else’s`, 'Drop it there.')
  for (const slot of wanted) {
    if (found.some((one) => one.slot === slot && one.walStatus !== 'lost')) continue
    if (found.some((one) => one.slot === slot)) await dropSlots(wayBack, to.session, [slot])
    await recordResource(work.control, work.tags.migration, {
      kind: 'slot',
      identifier: slot,
      arn: null,
      side: to.name,
    })
    await createSlot(wayBack, slot, patienceMs)
    say(wayBack, `${to.name}: created the replication slot ${slot}; it keeps WAL from now on`)
  }
}

/**
 * Where each slot will be read from: at the cut, also where a crash has set the slot itself back to an earlier place, from
 * which it would give again what was applied before. Throws `precondition` where a slot is missing or has lost WAL: then
 * writes would be lost.
 */
export async function slotPositions(wayBack: WayBack): Promise<ReadonlyMap<string, string>> {
  const { to, given } = wayBack
  const found = await readSlots(to.session, slotsOf(wayBack))
  const cuts = await to.session.query<{ slot: string; lsn: string }>(readCutsStatement, [
    given.plan.migration,
    slotsOf(wayBack),
  ])
  const positions = new Map<string, string>()
  for (const slot of slotsOf(wayBack)) {
    const one = found.find((candidate) => candidate.slot === slot)
    const gone =
      one === undefined
        ? `the replication slot ${slot} on the ${to.name} has gone`
        : one.walStatus === 'lost' || one.confirmedFlushLsn === null
          ? `the replication slot ${slot} on the ${to.name} has lost WAL that it needs`
          : undefined
    if (gone !== undefined)
      throw lost(
        slot,
        `${gone}: what was written since the cutover cannot be carried back any more`,
        'There is no way back from this cutover. To have one again, compare and migrate in the other direction.',
      )
    positions.set(slot, latest(one?.confirmedFlushLsn, cuts.find((cut) => cut.slot === slot)?.lsn))
  }
  return positions
}

function latest(...lsns: readonly (string | null | undefined)[]): string {
  const known = lsns.flatMap((lsn) => (lsn === null || lsn === undefined ? [] : parseLsn(lsn)))
  return formatLsn(known.reduce((most, lsn) => (lsn > most ? lsn : most), 0n))
}

/**
 * Drops slots of tasks that are stopped for good on the database that was left, those that DMS made for them, too: WAL that
 * they keep would fill its disk. `tasks`: external ids.
 */
export async function dropCarriedSlots(wayBack: WayBack, externalIds: readonly string[]): Promise<string[]> {
  const { from, given } = wayBack
  const { slots } = await readSourceHealth(from.session)
  const named = given.carried.flatMap(({ slot }) => slot ?? [])
  const found = slots
    .filter(
      (slot) => named.includes(slot.name) || externalIds.some((id) => slotOfTask([slot], id) !== undefined),
    )
    .map(({ name }) => name)
  await dropSlots(wayBack, from.session, found)
  if (found.length > 0) say(wayBack, `${from.name}: dropped ${counted(found)} ${found.join(', ')}`)
  return found
}

/** A walsender takes a moment to notice that its task has stopped. */
async function dropSlots({ work }: WayBack, session: Session, slots: readonly string[]): Promise<void> {
  if (slots.length === 0) return
  const { clock, signal } = work.context
  await poll(
    async () => {
      const [row] = await session.query<{ busy: string[] }>(
        'select aurora_migration.drop_slots($1::name[])::text[] as busy',
        [[...slots]],
      )
      const busy = row?.busy ?? []
      return busy.length === 0
        ? { done: true, value: undefined }
        : { done: false, reason: `${busy.join(', ')} is still read`, progress: busy.join() }
    },
    {
      clock,
      signal,
      deadlineMs: 120_000,
      what: `dropping the replication slots of the ${session.label}`,
      remedy: 'See pg_replication_slots there: end the session of active_pid, then run the job again.',
      longestPauseMs: 2000,
    },
  )
}

/** Slots of this migration on `to` that the control schema knows and this run does not want. */
async function dropAbandoned(wayBack: WayBack, wanted: readonly string[]): Promise<void> {
  const { to, work, given } = wayBack
  const carrying = new Set(given.carried.flatMap(({ slot }) => slot ?? []))
  const made = (await createdResources(work.control, work.tags.migration))
    .filter(({ kind, side }) => kind === 'slot' && (side ?? 'source') === to.name)
    .map(({ identifier }) => identifier)
    .filter((slot) => !wanted.includes(slot) && !carrying.has(slot))
  const found = (await readSlots(to.session, made)).filter(({ active }) => !active).map(({ slot }) => slot)
  await dropSlots(wayBack, to.session, found)
  if (found.length > 0)
    say(wayBack, `${to.name}: dropped ${counted(found)} of runs that were given up: ${found.join(', ')}`)
}

/** Waits for every transaction that is open and writes, and not for ever. */
async function createSlot({ to }: WayBack, slot: string, patienceMs: number): Promise<void> {
  const { session, name } = to
  await withOpen(
    () => session.another({ statement_timeout: `${patienceMs}ms` }),
    async (maker) => {
      try {
        await maker.query(`select set_config('role', aurora_migration.replicating_role(), false)`)
        await maker.query('select pg_create_logical_replication_slot($1, $2)', [slot, 'test_decoding'])
      } catch (cause) {
        if (sqlState(cause) === '57014') {
          // The server reports before it drops: its next answer says that the slot has gone.
          await maker.query('select 1').catch(() => undefined)
          throw lost(
            slot,
            `the replication slot ${slot} could not be made on the ${name} within ${patienceMs} ms: a transaction there stays open`,
            'End it (SELECT pid, usename, xact_start FROM pg_stat_activity WHERE backend_xid IS NOT NULL ORDER BY xact_start) or wait, and look into pg_prepared_xacts; then run again.',
            cause,
          )
        }
        // Another run of the same generation cannot be: it holds the turn. Made by one that died just now.
        if (sqlState(cause) !== '42710') throw refusal(cause, name)
      }
    },
  )
}

function refusal(cause: unknown, name: string): unknown {
  const state = sqlState(cause)
  const message = cause instanceof Error ? cause.message : String(cause)
  if (state === '53400')
    return lost(
      name,
      `no replication slot is free on the ${name}: ${message}`,
      'Raise max_replication_slots there, which needs a restart.',
      cause,
    )
  if (state === '42501' || state === '55000')
    return lost(
      name,
      `replication slots cannot be made on the ${name}: ${message}`,
      'Set wal_level = logical (rds.logical_replication = 1) there, and GRANT the user with which DMS reads there TO the migration’s login.',
      cause,
    )
  return cause
}

function lost(field: string, message: string, remedy: string, cause?: unknown): MigrationError {
  return new MigrationError('precondition', message, {
    remedy,
    problems: [{ field, message, remedy }],
    ...(cause === undefined ? {} : { cause }),
  })
}

function counted(slots: readonly string[]): string {
  return slots.length === 1 ? 'the replication slot' : 'the replication slots'
}

function say({ work }: WayBack, line: string): void {
  work.changes.push(line)
  work.context.log.line(line)
}
