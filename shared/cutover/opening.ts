import { sqlState, type Session } from '../postgres/session.ts'
import { recordLoadBaselineStatement } from '../control/doubt-statements.ts'
import { sidesOf } from '../migration/direction.ts'
import type { SequenceValue } from '../sequences/sequences.ts'
import { setSequencesStatement } from '../sequences/statements.ts'
import type { Plan } from '../migration/plan.ts'
import { MigrationError } from '../runtime/errors.ts'
import { readDecision, type CutoverRun } from './decision.ts'
import { Script } from './script.ts'

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

/** DMS's transactions on the database that is entered are waited for so long: less than PostgreSQL lets a deadlock stand. */
const holdMs = 500

/** VACUUM, ANALYZE and DDL are waited for so long: the lock session stands idle meanwhile, for 2 s at most. */
const busyMs = 100

/**
 * The part of the first half that needs no proof of the drain: DMS loses its rights and clients get theirs back, seen by nobody before
 * the COMMIT. No table is locked against writers, so that DMS goes on meanwhile. Opens the transaction; its last row tells whether there is
 * nothing to be made whole.
 */
export function addRights(script: Script, order: OpeningOrder): Script {
  const { plan, dmsUser } = order
  const tables = JSON.stringify(plannedTables(plan))
  return (
    addBegin(script)
      .add(`set local lock_timeout = '${busyMs}ms'`)
      // Of a runner that is lost now nobody is to find anything but the database as it was.
      .add(`set local idle_in_transaction_session_timeout = '2s'`)
      .bound('select aurora_migration.hold_tables($1::json, $2)', [tables, 'share update exclusive'])
      .bound('select aurora_migration.shut_out($1, $2::json)', [dmsUser, tables])
      .bound('select aurora_migration.lift_guard($1)', [plan.migration])
      .bound(`select set_config('aurora_migration.files', aurora_migration.files_state($1::json), true)`, [
        tables,
      ])
      .bound(recordLoadBaselineStatement, baselineOf(order))
      .bound('select aurora_migration.is_whole($1) as whole', [plan.migration])
  )
}

/** The rest of it after addRights: the deciding row, and the tables locked against DMS. */
export function addHeld(script: Script, order: OpeningOrder, whole: boolean): Script {
  const { plan } = order
  const tables = JSON.stringify(plannedTables(plan))
  script
    .add(`set local idle_in_transaction_session_timeout = '10s'`)
    .add(`set local lock_timeout = '${holdMs}ms'`)
  addEnter(script, order).bound('select aurora_migration.hold_tables($1::json, $2)', [
    tables,
    'share row exclusive',
  ])
  if (!whole) script.bound('select aurora_migration.make_whole($1)', [plan.migration])
  script.bound('select aurora_migration.refuse_other_files($1::json)', [tables])
  return addCounters(script, order)
}

/** The whole of it, where DMS was shut out before. */
export function addFirstHalf(script: Script, order: OpeningOrder): Script {
  const { plan, fencedBy, dmsUser } = order
  addEnter(addBegin(script), order).bound('select aurora_migration.make_whole($1)', [plan.migration])
  if (fencedBy !== undefined) {
    script
      .bound(
        `select set_config('aurora_migration.unrestored', aurora_migration.lift_fence($1, $2::bigint)::text, false)`,
        [plan.migration, fencedBy],
      )
      .bound('select aurora_migration.shut_out($1, $2::json)', [dmsUser, JSON.stringify(plannedTables(plan))])
  } else {
    script.bound('select aurora_migration.lift_guard($1)', [plan.migration])
  }
  return addCounters(script.bound(recordLoadBaselineStatement, baselineOf(order)), order)
}

function addBegin(script: Script): Script {
  return script.add('begin read write').add(`select set_config('aurora_migration.unrestored', '[]', false)`)
}

function addEnter(script: Script, { run, generation, plan }: OpeningOrder): Script {
  const about = {
    migration: plan.migration,
    generation: generation.toString(),
    runId: run.runId,
    attempt: run.attempt,
    planDigest: run.planDigest,
    side: sidesOf(run.direction).to,
    direction: run.direction,
  }
  return script.bound('select aurora_migration.enter($1::json)', [JSON.stringify(about)])
}

function baselineOf({ generation, plan }: OpeningOrder): (string | boolean | readonly string[])[] {
  const tables = plannedTables(plan)
  return [
    plan.migration,
    `opened ${generation}`,
    tables.map(({ schema }) => schema),
    tables.map(({ table }) => table),
    true,
  ]
}

/** Nobody writes here any more but us: what is counted now is what clients find. */
function addCounters(script: Script, { run, generation, plan }: OpeningOrder): Script {
  return script.bound(
    `insert into aurora_migration.journal (migration, generation, run_id, run_attempt, event, detail)
     values ($1, $2::bigint, $3, $4::int, 'opened-counters', aurora_migration.change_counters($5::json)::jsonb)`,
    [plan.migration, generation, run.runId, String(run.attempt), JSON.stringify(plannedTables(plan))],
  )
}

function secondHalf({ plan }: OpeningOrder, sequences: readonly SequenceValue[]): Script {
  const script = new Script()
  if (sequences.length > 0) script.bound(setSequencesStatement, [JSON.stringify(sequences)])
  const [role] = plan.cutover.applicationRoles
  if (plan.cutover.smokeTest.length > 0 && role !== undefined) {
    script.bound('select aurora_migration.smoke_test($1, $2::json)', [
      role,
      JSON.stringify(plan.cutover.smokeTest),
    ])
  }
  return script
    .add('commit')
    .add(`select current_setting('aurora_migration.unrestored') as unrestored, clock_timestamp()::text as at`)
}

/** All tables of the plan, of every task. */
export function plannedTables(plan: Plan): { schema: string; table: string }[] {
  return plan.tasks.flatMap((task) => task.tables.map(({ schema, table }) => ({ schema, table })))
}
