import { hasControlSchema, readPlan } from './plan-store.ts'
import { buildPlan } from '../migration/build-plan.ts'
import type { SourceCatalogue } from '../migration/catalogue-model.ts'
import { planDigest } from '../migration/digest.ts'
import { lobLimits } from '../migration/lob-columns.ts'
import { planParts } from '../migration/plan-parts.ts'
import type { Plan } from '../migration/plan.ts'
import type { Migration } from '../migration/schema.ts'
import type { Session } from '../postgres/session.ts'
import { MigrationError, type Problem } from '../runtime/errors.ts'
import { planDifferences } from '../migration/plan-difference.ts'

/**
 * The plan that file and source give now, which must be the approved one. The LOB limit is found by the digest, not
 * measured again: under live writes a second measurement may lead elsewhere. Throws `refused` with the difference.
 */
export async function approvedPlan(
  source: Session,
  migration: Migration,
  catalogue: SourceCatalogue,
  digest: string,
): Promise<Plan> {
  const candidates = lobLimits(migration.dms.lob['max-kb']).map((lobMaxKb) =>
    buildPlan(migration, { source: catalogue, lobMaxKb }),
  )
  const plan = candidates.find((candidate) => planDigest(candidate) === digest)
  if (plan !== undefined) return plan
  throw planDrift(await keptPlan(source, migration.name, digest), candidates, digest)
}

async function keptPlan(source: Session, migration: string, digest: string): Promise<Plan | undefined> {
  if (!(await hasControlSchema(source))) return undefined
  try {
    return await readPlan(source, migration, digest)
  } catch (error) {
    if (error instanceof MigrationError && error.code === 'precondition') return undefined
    throw error
  }
}

/** Which difference there is; of all candidates the nearest one tells it. Without the approved plan, its parts. Pure. */
export function planDrift(
  approved: Plan | undefined,
  candidates: readonly Plan[],
  digest: string,
): MigrationError {
  const remedy = 'Run preflight again, look at what changed, and have the new plan approved.'
  const lines = approved === undefined ? partLines(candidates, digest) : nearest(approved, candidates)
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

function nearest(approved: Plan, candidates: readonly Plan[]): string[] {
  return candidates
    .map((candidate) => planDifferences(approved, candidate))
    .reduce((least, lines) => (lines.length < least.length ? lines : least))
}

function partLines([first]: readonly Plan[], digest: string): string[] {
  const parts = first === undefined ? [] : Object.entries(planParts(first))
  const now = parts
    .filter(([part]) => part !== 'task settings')
    .map(([part, value]) => `${part} ${value}`)
    .join(', ')
  return [
    `file and source now give another digest than ${digest.slice(0, 12)}; compare with the digests of the parts in preflight’s summary: ${now}`,
  ]
}
