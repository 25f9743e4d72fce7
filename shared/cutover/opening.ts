import type { Session } from '../postgres/session.ts'
import { setSequences, type SequenceValue } from '../sequences/sequences.ts'
import { liftGuard } from '../target/guard.ts'
import { makeWhole, setAsideProblems } from '../target/make-whole.ts'
import type { Plan } from '../migration/plan.ts'
import { MigrationError, refuseProblems, type Problem } from '../runtime/errors.ts'
import { openDecision, readDecision, type CutoverRun } from './decision.ts'
import type { DrainSight } from './readiness.ts'
import { readOpeningReadinessStatement } from './statements.ts'

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
  readonly timeoutMs: number
}

/** Waits for the marker of every task and looks, at the same moment, whether anything was left behind. One round trip. */
export async function drain(to: Session, order: DrainOrder): Promise<DrainSight> {
  const [row] = await to.query<{ sight: string }>('select aurora_migration.drain($1::json)::text as sight', [
    JSON.stringify(order),
  ])
  if (row === undefined) throw new Error('drain gave no row')
  return JSON.parse(row.sight) as DrainSight
}

/**
 * The opening tried and taken back, so that nothing is found missing after the commit point: the changes of rights, the
 * smoke test, and then who could not come in, which sequences could not be set, which settings would spoil writes.
 * Throws `precondition` with all of it.
 */
export async function rehearseOpening(
  to: Session,
  dmsUser: string,
  plan: Plan,
  logins: readonly string[],
): Promise<void> {
  let problems: Problem[]
  await to.query('begin')
  try {
    await smokeTest(to, plan)
  } catch (cause) {
    await to.query('rollback')
    throw new MigrationError(
      'precondition',
      `the smoke test fails on the ${to.label}: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        remedy: 'Correct cutover.smoke-test, or what it found; after the commit point it could not be.',
        cause,
      },
    )
  }
  try {
    await to.query('select aurora_migration.shut_out($1, $2::json)', [
      dmsUser,
      JSON.stringify(plannedTables(plan)),
    ])
    await to.query('select aurora_migration.end_replica_role($1)', [plan.migration])
    await liftGuard(to, plan.migration)
    problems = [...(await openingProblems(to, plan, logins)), ...(await setAsideProblems(to, plan))]
  } catch (cause) {
    throw new MigrationError(
      'precondition',
      `the ${to.label} cannot be opened by this login: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        remedy: `On the ${to.label}: GRANT "${dmsUser}" TO the migration's login WITH ADMIN OPTION, give it CREATEROLE, and membership in the owners of database and tables; with \`replica-role: parameter-group\` also: GRANT SET ON PARAMETER session_replication_role TO it.`,
        cause,
      },
    )
  } finally {
    await to.query('rollback')
  }
  refuseProblems('precondition', problems)
}

async function openingProblems(to: Session, plan: Plan, logins: readonly string[]): Promise<Problem[]> {
  const roles = [...new Set([...plan.cutover.applicationRoles, ...logins])]
  const [found] = await to.query<{ keptOut: string[]; lockedSequences: string[]; settings: string[] }>(
    readOpeningReadinessStatement,
    [roles, JSON.stringify(plan.sequences)],
  )
  return [
    ...(found?.keptOut ?? []).map((role) => ({
      field: role,
      message: `${role} could not connect to the ${to.label}, also after it opened: the grants saved before it was closed leave it out`,
      remedy: `Run prepare-target again after: GRANT CONNECT ON DATABASE … TO "${role}"; on the ${to.label}.`,
    })),
    ...(found?.lockedSequences ?? []).map((sequence) => ({
      field: sequence,
      message: `the migration’s login may not set this sequence on the ${to.label}`,
      remedy: `On the ${to.label}: GRANT UPDATE ON SEQUENCE ${sequence} TO it, or membership in its owner.`,
    })),
    ...(found?.settings ?? []).map((setting) => ({
      field: to.label,
      message: `sessions on the ${to.label} would start wrong (${setting})`,
      remedy: `RESET it on the ${to.label} (ALTER DATABASE … RESET, ALTER ROLE … RESET, or its parameter group).`,
    })),
  ]
}

/**
 * Takes writing and LOGIN from the user with which DMS wrote here and ends its sessions, in a transaction of its own before the
 * opening: a login that is not committed away lets DMS come back at once, and what it applied anew from its checkpoint
 * would stand over newer rows. Nobody else can reach the target yet. Can be repeated.
 */
export async function shutOut(to: Session, dmsUser: string, plan: Plan): Promise<void> {
  await to.query('select aurora_migration.shut_out($1, $2::json)', [
    dmsUser,
    JSON.stringify(plannedTables(plan)),
  ])
  const [row] = await to.query<{ left: number }>(
    'select aurora_migration.end_forward_sessions($1, 10000) as left',
    [dmsUser],
  )
  if (row?.left === 0) return
  throw new MigrationError(
    'timeout',
    `${row?.left ?? 'some'} sessions of ${dmsUser} on the ${to.label} do not end`,
    {
      remedy: `See pg_stat_activity on the ${to.label}; end them there.`,
    },
  )
}

/** Is it journalled there, in this generation, that every task delivered its marker? */
export async function drainProved(to: Session, migration: string, generation: bigint): Promise<boolean> {
  const [row] = await to.query<{ proved: boolean }>(
    'select aurora_migration.drain_proved($1, $2::bigint) as proved',
    [migration, generation.toString()],
  )
  return row?.proved === true
}

/**
 * One transaction on the database that is entered, only after the other one said `committed` and DMS was shut out: made
 * whole, sequences set, the smoke test run, the guard lifted, the row set to `opened`. Any failure rolls all of it back, and
 * it can be tried again, also after a COMMIT whose answer was lost: what is open already stays as it is. The row comes
 * first: setval is not undone by a ROLLBACK, and must never meet a database that another run has opened meanwhile.
 */
export async function openDatabase(
  to: Session,
  order: {
    readonly run: CutoverRun
    readonly generation: bigint
    readonly plan: Plan
    readonly sequences: readonly SequenceValue[]
  },
): Promise<void> {
  await to.query('begin')
  try {
    if (!(await openDecision(to, order.run, order.generation))) {
      await to.query('rollback')
      const decision = await readDecision(to, order.plan.migration)
      if (decision?.phase === 'opened' && decision.generation === order.generation) return
      throw new MigrationError('refused', `the ${to.label} is not closed any more`, {
        remedy: 'Look at aurora_migration.decision on both sides; nothing was changed by this attempt.',
      })
    }
    if (!(await drainProved(to, order.plan.migration, order.generation))) {
      throw new MigrationError('unavailable', `the ${to.label} does not hold the proof of the drain`, {
        remedy:
          'It lost committed rows (a failover to a replica that lagged?). Run this again: it drains once more.',
      })
    }
    await makeWhole(to, order.plan.migration)
    await setSequences(to, order.sequences)
    await smokeTest(to, order.plan)
    await liftGuard(to, order.plan.migration)
    await to.query('commit')
  } catch (error) {
    await to.query('rollback').catch(() => undefined)
    throw error
  }
}

/** The policy's statements, as the first application role, taken back afterwards: a smoke test leaves nothing. */
async function smokeTest(to: Session, plan: Plan): Promise<void> {
  const [role] = plan.cutover.applicationRoles
  if (plan.cutover.smokeTest.length === 0 || role === undefined) return
  await to.query('savepoint smoke_test')
  await to.query(`select set_config('role', $1, true), set_config('search_path', 'public', true)`, [role])
  for (const statement of plan.cutover.smokeTest) await to.query(statement)
  await to.query('rollback to savepoint smoke_test')
}

/** All tables of the plan, of every task. */
export function plannedTables(plan: Plan): { schema: string; table: string }[] {
  return plan.tasks.flatMap((task) => task.tables.map(({ schema, table }) => ({ schema, table })))
}
