import { jsonDigest, planDigest } from '../migration/digest.ts'
import type { Evidence } from '../migration/evidence.ts'
import type { Plan } from '../migration/plan.ts'
import type { Session } from '../postgres/session.ts'
import { MigrationError } from '../runtime/errors.ts'
import {
  readControlSchema,
  readEvidenceStatement,
  readLatestPlanStatement,
  readPlanStatement,
  storeEvidenceStatement,
  storePlanStatement,
} from './statements.ts'

/** Keeps a plan in the source's control schema under its digest; keeping it twice changes nothing. */
export async function storePlan(source: Session, plan: Plan): Promise<string> {
  const digest = planDigest(plan)
  await source.query(storePlanStatement, [plan.migration, digest, JSON.stringify(plan)])
  return digest
}

/** Reads a plan by its digest and hashes it again: a plan that was changed in place refuses. `field`: the input that named it. */
export async function readPlan(
  source: Session,
  migration: string,
  digest: string,
  field = 'plan-digest',
): Promise<Plan> {
  if (!(await hasControlSchema(source))) throw planMissing(digest, field)
  const [row] = await source.query<{ plan: string }>(readPlanStatement, [migration, digest])
  if (row === undefined) throw planMissing(digest, field)
  return rehashed(row.plan, digest)
}

/** The plan of a migration that was kept last, hashed again; undefined where none is kept. */
export async function readLatestPlan(source: Session, migration: string): Promise<Plan | undefined> {
  if (!(await hasControlSchema(source))) return undefined
  const [row] = await source.query<{ plan: string; digest: string }>(readLatestPlanStatement, [migration])
  return row === undefined ? undefined : rehashed(row.plan, row.digest)
}

function rehashed(text: string, digest: string): Plan {
  const plan = JSON.parse(text) as Plan
  if (planDigest(plan) === digest) return plan
  throw new MigrationError(
    'refused',
    `the plan kept under ${digest.slice(0, 12)} is not the one that was digested (it hashes to ${jsonDigest(plan).slice(0, 12)})`,
    {
      remedy: 'Somebody changed the control schema. Run preflight again and have the new plan approved.',
    },
  )
}

export async function hasControlSchema(session: Session): Promise<boolean> {
  const [row] = await session.query<{ present: boolean }>(readControlSchema)
  return row?.present === true
}

/** Keeps evidence under its id in the source's control schema. */
export async function storeEvidence(source: Session, evidence: Evidence): Promise<void> {
  await source.query(storeEvidenceStatement, [
    evidence.id,
    evidence.migration,
    evidence.planDigest,
    JSON.stringify(evidence),
  ])
}

/** Evidence by its id, with its age by the source's clock in ms; undefined where there is none. */
export async function readEvidence(
  source: Session,
  migration: string,
  id: string,
): Promise<{ evidence: Evidence; ageMs: number } | undefined> {
  const [row] = await source.query<{ evidence: string; ageMs: number }>(readEvidenceStatement, [
    id,
    migration,
  ])
  return row === undefined ? undefined : { evidence: JSON.parse(row.evidence) as Evidence, ageMs: row.ageMs }
}

function planMissing(digest: string, field: string): MigrationError {
  const problem = {
    field,
    value: digest,
    message: 'the source keeps no plan with this digest',
    remedy:
      field === 'plan-digest'
        ? 'Pass the output plan-digest of preflight, and run create-task (or prepare-target) before this action.'
        : 'Plans are kept by create-task and prepare-target: pass the digest of one that they were given, or `latest`.',
  }
  return new MigrationError('precondition', problem.message, { remedy: problem.remedy, problems: [problem] })
}
