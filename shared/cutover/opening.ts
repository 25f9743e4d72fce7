import { sqlState, type Session } from '../postgres/session.ts'
import { recordLoadBaselineStatement } from '../control/doubt-statements.ts'
import { sidesOf } from '../migration/direction.ts'
import type { SequenceValue } from '../sequences/sequences.ts'
import { setSequencesStatement } from '../sequences/statements.ts'
import type { Plan } from '../migration/plan.ts'
import { MigrationError } from '../runtime/errors.ts'
import { readDecision, type CutoverRun } from './decision.ts'
import type { DrainAllowed, DrainSight } from './judge-drain.ts'
import { Script } from './script.ts'

export interface DrainOrder {
  readonly migration: string
  readonly generation: string
  readonly runId: string
  readonly attempt: number
  readonly marker: string
  readonly markerTables: readonly string[]
  /** Where DMS keeps its control tables on the database that is entered. */
  readonly controlSchema: string
  /** What DMS calls its tasks in its control tables: the last part of their ARNs. */
  readonly taskNames: readonly string[]
  /** What was left behind before, and is known: more of it proves nothing. */
  readonly allowed: DrainAllowed
  /** False for a round that needs another one after it: then its row is no proof of the drain. */
  readonly proves: boolean
  /** Replication slots of the way back, which are moved to the cut. */
  readonly slots: readonly string[]
  readonly timeoutMs: number
}

/** Where a slot of the way back begins: nothing that was applied before is in it. */
export interface SlotAtCut {
  readonly slot: string
  readonly lsn: string
}

/**
 * Waits for the marker of every task, looks at the same moment whether anything was left behind, and writes that down: its
 * synchronous COMMIT makes durable what DMS applied before. Then the way back's slots are moved to this cut. One round trip.
 */
export async function drain(
  to: Session,
  order: DrainOrder,
): Promise<DrainSight & { cut: readonly SlotAtCut[] }> {
  const [row] = await new Script()
    .add('begin')
    .bound(`select set_config('aurora_migration.sight', aurora_migration.drain($1::json)::text, false)`, [
      JSON.stringify(order),
    ])
    .add('commit')
    .bound(
      `select seen.sight, case when (seen.sight::json ->> 'proved')::boolean then aurora_migration.move_slots($1::name[], $2::int, $3::json) else '[]' end::text as cut
       from (select current_setting('aurora_migration.sight') as sight) as seen`,
      [order.slots, String(order.timeoutMs), JSON.stringify(order)],
    )
    .run<{ sight: string; cut: string }>(to)
  if (row === undefined) throw new Error('drain gave no row')
  return { ...(JSON.parse(row.sight) as DrainSight), cut: JSON.parse(row.cut) as SlotAtCut[] }
}

/** Who is kept out before the opening, and who else has to go. */
export interface ShutOut {
  readonly dmsUser: string
  /** The database was closed by a fence: sessions that began under it are read-only for good, and their locks are in the way. */
  readonly readers: boolean
  /** Our own sessions there. */
  readonly keepPids: readonly number[]
}

/**
 * Takes writing and LOGIN from the user with which DMS wrote here and ends its sessions, in a transaction of its own before
 * the opening: a login that is not committed away lets DMS come back at once, and what it applied anew from its checkpoint
 * would stand over newer rows. Nobody else can reach the database yet. One round trip; can be repeated. Throws `timeout` where a
 * session does not end.
 */
export async function shutOut(to: Session, order: ShutOut, plan: Plan): Promise<void> {
  try {
    await addShutOut(new Script(), order, plan, to.pid).run(to)
  } catch (error) {
    if (sqlState(error) !== 'AM003') throw error
    throw new MigrationError('timeout', `on the ${to.label}, ${(error as Error).message}`, {
      remedy: `See pg_stat_activity on the ${to.label}; end them there.`,
      cause: error,
    })
  }
}

/**
 * The same, and the first half of the opening behind it in the same round trip. Gives whether that was begun: what keeps it from
 * that (a lock, a restart) is met again in the opening itself, which is tried several times.
 */
export async function shutOutAndBegin(to: Session, order: ShutOut, opening: OpeningOrder): Promise<boolean> {
  try {
    await addFirstHalf(addShutOut(new Script(), order, opening.plan, to.pid), opening).run(to)
    return true
  } catch {
    // Whose error it was does not matter: what must be done is done again, by itself.
    await to.query('rollback').catch(() => undefined)
    await shutOut(to, order, opening.plan)
    return false
  }
}

function addShutOut(script: Script, order: ShutOut, plan: Plan, pid: number): Script {
  script
    // What an attempt that failed may have left open must not be committed here.
    .add('rollback')
    .add('begin read write')
    .bound('select aurora_migration.shut_out($1, $2::json)', [
      order.dmsUser,
      JSON.stringify(plannedTables(plan)),
    ])
    .add('commit')
  if (order.readers) {
    script.bound('select aurora_migration.end_sessions($1::int[], $2::name[], 10000)', [
      [pid, ...order.keepPids].map(String),
      [],
    ])
  }
  return script.bound('select aurora_migration.end_sessions_of($1, 10000)', [order.dmsUser])
}

/**
 * Sessions that began while the fence made them read-only would stay so for good: ended, when it is lifted. Those that began
 * since are left alone.
 */
export async function endReadOnlySessions(
  to: Session,
  keepPids: readonly number[],
  openedAt: string | undefined,
): Promise<void> {
  await to.query('select aurora_migration.end_sessions_before_opening($1::int[], $2::timestamptz)', [
    [to.pid, ...keepPids],
    openedAt ?? null,
  ])
}

/** Is it journalled there, in this generation, that every task delivered its marker? */
export async function drainProved(to: Session, migration: string, generation: bigint): Promise<boolean> {
  const [row] = await to.query<{ proved: boolean }>(
    'select aurora_migration.drain_proved($1, $2::bigint) as proved',
    [migration, generation.toString()],
  )
  return row?.proved === true
}

export interface OpeningOrder {
  readonly run: CutoverRun
  readonly generation: bigint
  readonly plan: Plan
  /** The generation whose fence closes the database; undefined where the guard does. */
  readonly fencedBy: bigint | undefined
  /** With whom DMS wrote here: it stays shut out, whatever rights are put back. */
  readonly dmsUser: string
}

export interface OpenedDatabase {
  /** What of a fence could not be put back, as sentences. */
  readonly unrestored: readonly string[]
  /** Right after its COMMIT, by its own clock; undefined where the answer was lost. */
  readonly at: string | undefined
}

/**
 * One transaction on the database that is entered, only after the other one said `committed` and DMS was shut out: made whole
 * or its fence lifted, sequences set, the smoke test run, the guard lifted, the row set to `opened`; and what is needed to see
 * later what happened since (files of the tables, counters). Any failure rolls all of it back, and it can be tried again, also
 * after a COMMIT whose answer was lost: what is open already stays as it is.
 */
export async function openDatabase(
  to: Session,
  order: OpeningOrder,
  sequences: readonly SequenceValue[],
): Promise<OpenedDatabase> {
  return (await beginOpening(to, order))
    ? finishOpening(to, order, sequences)
    : { unrestored: [], at: undefined }
}

/**
 * Its first half, in one round trip: everything that does not need the last word of the database that was left, so that it can be
 * done while the sessions there end. The row comes first: setval is not undone by a ROLLBACK, and must never meet a database
 * that another run has opened meanwhile. Gives false, with nothing begun, where this cutover has opened it already.
 */
export async function beginOpening(to: Session, order: OpeningOrder): Promise<boolean> {
  try {
    await addFirstHalf(new Script(), order).run(to)
    return true
  } catch (error) {
    await to.query('rollback').catch(() => undefined)
    if (sqlState(error) === 'AM001') {
      const decision = await readDecision(to, order.plan.migration)
      if (decision?.phase === 'opened' && decision.generation === order.generation) return false
      throw new MigrationError('refused', `the ${to.label} is not closed any more`, {
        remedy: 'Look at aurora_migration.decision on both sides; nothing was changed by this attempt.',
      })
    }
    if (sqlState(error) === 'AM002') {
      throw new MigrationError('unavailable', `the ${to.label} does not hold the proof of the drain`, {
        remedy:
          'It lost committed rows (a failover to a replica that lagged?). Run this again: it drains once more.',
      })
    }
    throw error
  }
}

/** Its second half, in one round trip: its COMMIT lets writers in. */
export async function finishOpening(
  to: Session,
  order: OpeningOrder,
  sequences: readonly SequenceValue[],
): Promise<OpenedDatabase> {
  try {
    const [row] = await secondHalf(order, sequences).run<{ unrestored: string; at: string }>(to)
    return { unrestored: JSON.parse(row?.unrestored ?? '[]') as string[], at: row?.at }
  } catch (error) {
    await to.query('rollback').catch(() => undefined)
    throw error
  }
}

function addFirstHalf(script: Script, { run, generation, plan, fencedBy, dmsUser }: OpeningOrder): Script {
  const tables = plannedTables(plan)
  const about = {
    migration: plan.migration,
    generation: generation.toString(),
    runId: run.runId,
    attempt: run.attempt,
    planDigest: run.planDigest,
    side: sidesOf(run.direction).to,
    direction: run.direction,
  }
  script
    .add('begin read write')
    .add(`select set_config('aurora_migration.unrestored', '[]', false)`)
    .bound('select aurora_migration.enter($1::json)', [JSON.stringify(about)])
    .bound('select aurora_migration.make_whole($1)', [plan.migration])
  if (fencedBy !== undefined) {
    script
      .bound(
        `select set_config('aurora_migration.unrestored', aurora_migration.lift_fence($1, $2::bigint)::text, false)`,
        [plan.migration, fencedBy],
      )
      .bound('select aurora_migration.shut_out($1, $2::json)', [dmsUser, JSON.stringify(tables)])
  }
  // Nobody writes here any more but us: what is counted now is what clients find.
  return script
    .bound(recordLoadBaselineStatement, [
      plan.migration,
      `opened ${generation}`,
      tables.map(({ schema }) => schema),
      tables.map(({ table }) => table),
      true,
    ])
    .bound(
      `insert into aurora_migration.journal (migration, generation, run_id, run_attempt, event, detail)
       values ($1, $2::bigint, $3, $4::int, 'opened-counters', aurora_migration.change_counters($5::json)::jsonb)`,
      [plan.migration, generation, run.runId, String(run.attempt), JSON.stringify(tables)],
    )
}

function secondHalf({ plan, fencedBy }: OpeningOrder, sequences: readonly SequenceValue[]): Script {
  const script = new Script()
  if (sequences.length > 0) script.bound(setSequencesStatement, [JSON.stringify(sequences)])
  const [role] = plan.cutover.applicationRoles
  if (plan.cutover.smokeTest.length > 0 && role !== undefined) {
    script.bound('select aurora_migration.smoke_test($1, $2::json)', [
      role,
      JSON.stringify(plan.cutover.smokeTest),
    ])
  }
  if (fencedBy === undefined) script.bound('select aurora_migration.lift_guard($1)', [plan.migration])
  return script
    .add('commit')
    .add(`select current_setting('aurora_migration.unrestored') as unrestored, clock_timestamp()::text as at`)
}

/** All tables of the plan, of every task. */
export function plannedTables(plan: Plan): { schema: string; table: string }[] {
  return plan.tasks.flatMap((task) => task.tables.map(({ schema, table }) => ({ schema, table })))
}
