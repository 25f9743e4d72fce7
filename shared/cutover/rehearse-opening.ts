import { setTimeout as delay } from 'node:timers/promises'
import type { Plan } from '../migration/plan.ts'
import { sqlState, type Session } from '../postgres/session.ts'
import { MigrationError, refuseProblems, type Problem } from '../runtime/errors.ts'
import { liftGuard } from '../target/guard.ts'
import { setAsideProblems } from '../target/make-whole.ts'
import { busyError, isBusy } from './busy.ts'
import { plannedTables } from './opening.ts'
import { readOpeningReadinessStatement } from './statements.ts'

/** A value that a sequence gave to the smoke test, and DMS had just brought with a row. */
const uniqueViolation = '23505'

const tries = 3

/**
 * The opening tried and taken back, so that nothing is found missing after the commit point: the changes of rights, the
 * smoke test, and then who could not come in, which sequences could not be set, which settings would spoil writes. DMS
 * applies rows there meanwhile: no table stays locked, and what is busy is tried again. Throws `precondition` with all that
 * is missing, `unavailable` where the database was busy every time.
 */
export async function rehearseOpening(
  to: Session,
  dmsUser: string,
  plan: Plan,
  logins: readonly string[],
  fencedBy?: bigint,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      refuseProblems('precondition', await rehearseOnce(to, dmsUser, plan, logins, fencedBy))
      return
    } catch (cause) {
      const busy = isBusy(cause)
      const taken = cause instanceof MigrationError && sqlState(cause.cause) === uniqueViolation
      if (!busy && !(taken && attempt < tries)) throw cause
      if (attempt >= tries) throw busyError(`the opening of the ${to.label}`, to.label, cause)
      await delay(200 * attempt)
    }
  }
}

async function rehearseOnce(
  to: Session,
  dmsUser: string,
  plan: Plan,
  logins: readonly string[],
  fencedBy: bigint | undefined,
): Promise<Problem[]> {
  const problems: Problem[] = []
  await to.query('begin read write')
  try {
    // Shorter than any deadlock_timeout: we give way before PostgreSQL chooses who has to.
    await to.query(`set local lock_timeout = '200ms'`)
    await rehearseChanges(to, dmsUser, plan, fencedBy, problems)
    // Of no migration: changes nothing, but is compiled and loaded now and not while writers wait.
    await to.query(
      `select aurora_migration.make_whole(''), aurora_migration.is_whole(''), aurora_migration.files_state($1::json), aurora_migration.hold_tables('[]', ''), aurora_migration.change_counters($1::json)`,
      [JSON.stringify(plannedTables(plan))],
    )
    const [role] = plan.cutover.applicationRoles
    if (role !== undefined) await rehearseSmokeTest(to, role, plan)
    problems.push(
      ...(await openingProblems(to, plan, logins, fencedBy !== undefined)),
      ...(await setAsideProblems(
        to,
        // What comes back is applied in replica mode, however the load was.
        fencedBy === undefined
          ? plan
          : { ...plan, duringLoad: { ...plan.duringLoad, 'replica-role': 'endpoint' } },
      )),
    )
  } finally {
    // A session that is lost has rolled back by itself; its own error is the one to tell.
    await to.query('rollback').catch(() => undefined)
  }
  return problems
}

async function rehearseChanges(
  to: Session,
  dmsUser: string,
  plan: Plan,
  fencedBy: bigint | undefined,
  problems: Problem[],
): Promise<void> {
  try {
    if (fencedBy !== undefined) problems.push(...(await unrestored(to, plan, fencedBy)))
    await to.query('select aurora_migration.end_replica_role($1)', [plan.migration])
    if (fencedBy === undefined) await liftGuard(to, plan.migration)
    await to.query('select aurora_migration.shut_out($1, $2::json)', [
      dmsUser,
      JSON.stringify(plannedTables(plan)),
    ])
  } catch (cause) {
    if (cause instanceof MigrationError || isBusy(cause)) throw cause
    throw new MigrationError(
      'precondition',
      `the ${to.label} cannot be opened by this login: ${messageOf(cause)}`,
      {
        remedy: `On the ${to.label}: GRANT "${dmsUser}" TO the migration's login WITH ADMIN OPTION, give it CREATEROLE, and membership in the owners of database and tables; with \`replica-role: parameter-group\` also: GRANT SET ON PARAMETER session_replication_role TO it.`,
        cause,
      },
    )
  }
}

async function rehearseSmokeTest(to: Session, role: string, plan: Plan): Promise<void> {
  try {
    await to.query('select aurora_migration.rehearse_smoke_test($1, $2::json)', [
      role,
      JSON.stringify(plan.cutover.smokeTest),
    ])
  } catch (cause) {
    // A smoke test that takes too long would do so in the opening as well: it is the only one that is not tried again for that.
    if (cause instanceof MigrationError || (isBusy(cause) && sqlState(cause) !== '57014')) throw cause
    throw new MigrationError('precondition', `the smoke test fails on the ${to.label}: ${messageOf(cause)}`, {
      remedy: 'Correct cutover.smoke-test, or what it found; after the commit point it could not be.',
      cause,
    })
  }
}

/** What of a lifted fence could not be put back as it was. */
async function unrestored(to: Session, plan: Plan, fencedBy: bigint): Promise<Problem[]> {
  const [row] = await to.query<{ lines: string }>(
    'select aurora_migration.rehearse_lift_fence($1, $2::bigint)::text as lines',
    [plan.migration, fencedBy.toString()],
  )
  return (JSON.parse(row?.lines ?? '[]') as string[]).map((line) => ({
    field: to.label,
    message: `the fence could not be lifted as it was raised: ${line}`,
    remedy: `On the ${to.label}: GRANT that grantor TO the migration's login, or grant it again by hand and run this again.`,
  }))
}

async function openingProblems(
  to: Session,
  plan: Plan,
  logins: readonly string[],
  fenced: boolean,
): Promise<Problem[]> {
  const roles = [...new Set([...plan.cutover.applicationRoles, ...logins])]
  const [found] = await to.query<{ keptOut: string[]; lockedSequences: string[]; settings: string[] }>(
    readOpeningReadinessStatement,
    [roles, JSON.stringify(plan.sequences), fenced],
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
