import { hasControlSchema, readPlan } from './plan-store.ts'
import { buildPlan } from '../migration/build-plan.ts'
import type { SourceCatalogue } from '../migration/catalogue-model.ts'
import { planDigest } from '../migration/digest.ts'
import { lobLimits } from '../migration/lob-limit.ts'
import { decisionsOf, plainDecisions, type PlanDecisions } from '../migration/plan-decisions.ts'
import { planParts } from '../migration/plan-parts.ts'
import type { Plan } from '../migration/plan.ts'
import type { Migration } from '../migration/schema.ts'
import type { Session } from '../postgres/session.ts'
import { MigrationError, type Problem } from '../runtime/errors.ts'
import { planDifferences } from '../migration/plan-difference.ts'

/**
 * The plan that file and source give now, which must be the approved one. What measurements decided is not measured
 * again, since under live writes that may lead elsewhere: it comes from the plan that is kept under the digest, from
 * `given` (preflight's output plan-decisions), or, where there is neither, it can only have been a LOB limit, and the
 * digest tells which. Throws `refused` with the difference.
 */
export async function approvedPlan(
  source: Session,
  migration: Migration,
  catalogue: SourceCatalogue,
  digest: string,
  given?: PlanDecisions,
): Promise<Plan> {
  const kept = await keptPlan(source, migration.name, digest)
  const known = [...(kept === undefined ? [] : [decisionsOf(kept)]), ...(given === undefined ? [] : [given])]
  const decisions =
    known.length > 0
      ? known
      : lobLimits(migration.dms.lob['max-kb']).map((kb) => plainDecisions(catalogue.planned, kb))
  const candidates = decisions.map((one) => buildPlan(migration, { source: catalogue, decisions: one }))
  const plan = candidates.find((candidate) => planDigest(candidate) === digest)
  if (plan !== undefined) return plan
  throw planDrift(kept, candidates, digest, known.length > 0)
}

/** Each line becomes an entry of the summary; nobody reads more. */
const mostLines = 50

async function keptPlan(source: Session, migration: string, digest: string): Promise<Plan | undefined> {
  if (!(await hasControlSchema(source))) return undefined
  try {
    return await readPlan(source, migration, digest)
  } catch (error) {
    if (error instanceof MigrationError && error.code === 'precondition') return undefined
    throw error
  }
}

/**
 * Which difference there is; of all candidates the nearest one tells it. Without the approved plan, the digests of its
 * parts. `decided`: the candidates rest on decisions that preflight made. Pure.
 */
export function planDrift(
  approved: Plan | undefined,
  candidates: readonly Plan[],
  digest: string,
  decided: boolean,
): MigrationError {
  const remedy = 'Run preflight again, look at what changed, and have the new plan approved.'
  const lines = approved === undefined ? partLines(candidates, digest) : nearest(approved, candidates)
  const more = lines.length - mostLines
  const shown = more > 0 ? [...lines.slice(0, mostLines), `and ${more} differences more`] : lines
  const problems: Problem[] = shown.map((message) => ({
    field: 'plan-digest',
    message,
    remedy,
    value: digest,
  }))
  if (decided && approved === undefined)
    problems.push({
      field: 'plan-decisions',
      message: 'the source keeps no plan with this digest, and the decisions given lead to another one',
      remedy: 'Pass plan-digest and plan-decisions of one and the same run of preflight.',
    })
  if (!decided)
    problems.push({
      field: 'plan-decisions',
      message: 'the source keeps no plan with this digest, and no input plan-decisions was given',
      remedy:
        'Where the plan has several tasks, ranges or tables with LOB limits of their own, pass the output plan-decisions of preflight: `plan-decisions: ${{ needs.preflight.outputs.plan-decisions }}`.',
    })
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
