import { hasControlSchema, readPlan } from '../../shared/control/plan-store.ts'
import { buildPlan } from '../../shared/migration/build-plan.ts'
import type { SourceCatalogue } from '../../shared/migration/catalogue-model.ts'
import { planDigest } from '../../shared/migration/digest.ts'
import { largestLobKb, lobMaxKb as lobLimit } from '../../shared/migration/lob-columns.ts'
import type { Plan } from '../../shared/migration/plan.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import type { Session } from '../../shared/postgres/session.ts'
import { MigrationError, type Problem } from '../../shared/runtime/errors.ts'
import { planDifferences } from '../../shared/waiting/plan-difference.ts'

/**
 * The plan that file and source give now, which must be the approved one. The LOB limit is a decision that preflight
 * took from a measurement: it is found again by the digest, not measured again. Throws `refused` with the difference.
 */
export async function recomputePlan(
  source: Session,
  migration: Migration,
  catalogue: SourceCatalogue,
  digest: string,
): Promise<Plan> {
  const candidates = lobLimits(migration).map((lobMaxKb) =>
    buildPlan(migration, { source: catalogue, lobMaxKb }),
  )
  const plan = candidates.find((candidate) => planDigest(candidate) === digest)
  if (plan !== undefined) return plan
  throw driftError(await storedPlan(source, migration.name, digest), candidates, digest)
}

/** Every limit that a plan can have: the file's number, or each that a measurement can lead to. */
function lobLimits(migration: Migration): number[] {
  const wanted = migration.dms.lob['max-kb']
  if (wanted !== 'auto') return [wanted]
  const limits: number[] = []
  for (let kb = lobLimit(0n); kb < largestLobKb; kb *= 2) limits.push(kb)
  return [...limits, largestLobKb]
}

async function storedPlan(source: Session, migration: string, digest: string): Promise<Plan | undefined> {
  if (!(await hasControlSchema(source))) return undefined
  try {
    return await readPlan(source, migration, digest)
  } catch (error) {
    // Not kept yet: the first run, with a digest that is not this file's.
    if (error instanceof MigrationError && error.code === 'precondition') return undefined
    throw error
  }
}

/** Where the approved plan is known, the smallest difference of all candidates is the true one. */
export function driftError(
  approved: Plan | undefined,
  candidates: readonly Plan[],
  digest: string,
): MigrationError {
  const remedy = 'Run preflight again, look at what changed, and have the new plan approved.'
  const now = candidates.map((plan) => planDigest(plan).slice(0, 12))
  const lines =
    approved === undefined
      ? [
          `file and source now give a plan with another digest than ${digest.slice(0, 12)} (${now.length === 1 ? (now[0] ?? '') : `${now[0] ?? ''} for the smallest LOB limit`}); the migration file, the source’s schema or the version of these actions has changed since preflight`,
        ]
      : candidates
          .map((candidate) => planDifferences(approved, candidate))
          .reduce((least, lines) => (lines.length < least.length ? lines : least))
  const problems: Problem[] = lines.map((message) => ({
    field: 'plan-digest',
    message,
    remedy,
    value: digest,
  }))
  return new MigrationError(
    'refused',
    `the plan is not the approved one any more: ${lines[0] ?? 'its digest differs'}`,
    {
      remedy,
      problems,
    },
  )
}
