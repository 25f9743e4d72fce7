import type { Plan } from '../migration/plan.ts'
import type { Session } from '../postgres/session.ts'
import { MigrationError, refuseProblems, type Problem } from '../runtime/errors.ts'
import { liftGuard } from '../target/guard.ts'
import { setAsideProblems } from '../target/make-whole.ts'
import { plannedTables } from './opening.ts'
import { readOpeningReadinessStatement } from './statements.ts'

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
  fencedBy?: bigint,
): Promise<void> {
  const problems: Problem[] = []
  await to.query('begin read write')
  try {
    await rehearseChanges(to, dmsUser, plan, fencedBy, problems)
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
    await to.query('rollback')
  }
  refuseProblems('precondition', problems)
}

async function rehearseChanges(
  to: Session,
  dmsUser: string,
  plan: Plan,
  fencedBy: bigint | undefined,
  problems: Problem[],
): Promise<void> {
  try {
    await to.query('select aurora_migration.end_replica_role($1)', [plan.migration])
    if (fencedBy === undefined) await liftGuard(to, plan.migration)
    else problems.push(...(await unrestored(to, plan, fencedBy)))
    await to.query('select aurora_migration.shut_out($1, $2::json)', [
      dmsUser,
      JSON.stringify(plannedTables(plan)),
    ])
  } catch (cause) {
    throw new MigrationError(
      'precondition',
      `the ${to.label} cannot be opened by this login: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        remedy: `On the ${to.label}: GRANT "${dmsUser}" TO the migration's login WITH ADMIN OPTION, give it CREATEROLE, and membership in the owners of database and tables; with \`replica-role: parameter-group\` also: GRANT SET ON PARAMETER session_replication_role TO it.`,
        cause,
      },
    )
  }
}

async function rehearseSmokeTest(to: Session, role: string, plan: Plan): Promise<void> {
  try {
    await to.query('select aurora_migration.smoke_test($1, $2::json)', [
      role,
      JSON.stringify(plan.cutover.smokeTest),
    ])
  } catch (cause) {
    throw new MigrationError(
      'precondition',
      `the smoke test fails on the ${to.label}: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        remedy: 'Correct cutover.smoke-test, or what it found; after the commit point it could not be.',
        cause,
      },
    )
  }
}

/** What of a lifted fence could not be put back as it was. */
async function unrestored(to: Session, plan: Plan, fencedBy: bigint): Promise<Problem[]> {
  const [row] = await to.query<{ lines: string }>(
    'select aurora_migration.lift_fence($1, $2::bigint)::text as lines',
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
