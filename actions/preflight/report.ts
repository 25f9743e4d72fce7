import { encodeDecisions } from '../../shared/migration/decisions-text.ts'
import { planDigest } from '../../shared/migration/digest.ts'
import { decisionsOf } from '../../shared/migration/plan-decisions.ts'
import { planLimitProblems } from '../../shared/migration/plan-limits.ts'
import { planParts } from '../../shared/migration/plan-parts.ts'
import type { Plan } from '../../shared/migration/plan.ts'
import type { PreflightFacts } from '../../shared/preflight/facts.ts'
import { counted } from '../../shared/preflight/naming.ts'
import type { CheckResult } from '../../shared/preflight/finding.ts'
import type { CodedFinding, Verdict } from '../../shared/preflight/verdict.ts'
import { refuseProblems } from '../../shared/runtime/errors.ts'
import type { Outcome } from '../../shared/runtime/run-action.ts'
import type { DatabaseChange } from '../../shared/target/database-change.ts'
import { comparisonResult, type ComparedWith } from './comparison-part.ts'
import { predictLoad } from './load-prediction.ts'
import { summary, tableLoads } from './summary.ts'

export interface PreflightOutcome {
  readonly results: readonly CheckResult[]
  readonly verdict: Verdict
  readonly facts: PreflightFacts
  readonly plan: Plan | undefined
  /** What a reviewer should know of how tasks and ranges were decided. */
  readonly planNotes: readonly string[]
  /** The plan that this one is to be compared with. */
  readonly compared: ComparedWith | undefined
  /** What prepare-target would change now; empty where preflight is blocked. */
  readonly changes: readonly DatabaseChange[]
  /** URL of the folder with the pages of the findings. */
  readonly pages: string | undefined
}

/** Job outputs hold 1 MB: of a long list of objects the first ones are enough there, the summary has the rest. */
const mostObjects = 20
const mostFindings = 500

/** Findings and plan as outputs and summary. Throws `refused` where AWS or GitHub cannot take the plan. Pure. */
export function report(outcome: PreflightOutcome): Outcome {
  const { verdict, plan, facts, planNotes, compared } = outcome
  const digest = plan === undefined ? '' : planDigest(plan)
  if (plan !== undefined) refuseProblems('refused', planLimitProblems(plan))
  const lobs = facts.lobs.known ? facts.lobs.value : []
  const load = plan === undefined ? undefined : predictLoad(plan, tableLoads(facts))
  return {
    headline: headlineOf(outcome),
    failed: verdict.verdict === 'blocked',
    outputs: {
      verdict: verdict.verdict,
      'plan-digest': digest,
      'plan-decisions': plan === undefined ? '' : encodeDecisions(decisionsOf(plan)),
      blockers: String(verdict.blockers),
      warnings: String(verdict.warnings),
      result: JSON.stringify({
        verdict: verdict.verdict,
        planDigest: digest,
        checks: {
          passed: verdict.passed,
          failed: verdict.failed,
          unverified: verdict.unverified,
          notYet: verdict.notYet,
        },
        accepted: verdict.accepted,
        findings: verdict.findings.slice(0, mostFindings).map(shortFinding),
        tasks: (plan?.tasks ?? []).map(({ identifier, tables }) => ({ identifier, tables: tables.length })),
        planNotes: planNotes.slice(0, mostObjects),
        predictedLoadMinutes:
          load === undefined ? null : { least: load.leastMinutes, most: load.mostMinutes },
        ...(plan === undefined || compared === undefined
          ? {}
          : { comparison: comparisonResult(compared, plan) }),
        largestLobs: [...lobs]
          .sort((a, b) => Number(BigInt(b.bytes) - BigInt(a.bytes)))
          .slice(0, mostObjects)
          .map(({ schema, table, column, bytes, exact }) => ({
            column: `${schema}.${table}.${column}`,
            bytes,
            exact,
          })),
        parts: plan === undefined ? {} : planParts(plan),
      }),
    },
    summary: summary(outcome, headlineOf(outcome), digest),
  }
}

function headlineOf({ verdict, plan }: PreflightOutcome): string {
  const tables = (plan?.tasks ?? []).reduce((sum, task) => sum + task.tables.length, 0)
  const notes = [
    counted(verdict.warnings, 'warning'),
    ...(verdict.accepted === 0 ? [] : [`${verdict.accepted} accepted by waivers`]),
    ...(verdict.notYet === 0 ? [] : [`${verdict.notYet} not yet to be judged`]),
  ].join(', ')
  if (verdict.verdict === 'clear')
    return `clear: ${counted(tables, 'table')} can be migrated (${verdict.passed} checks passed, ${notes})`
  const unverified = verdict.unverified === 0 ? '' : `, ${verdict.unverified} of them could not be verified`
  return `blocked by ${counted(verdict.blockers, 'finding')}${unverified} (${notes})`
}

function shortFinding({
  severity,
  code,
  message,
  objects,
  remedy,
  verified,
  accepted,
}: CodedFinding): Record<string, unknown> {
  return {
    severity,
    code,
    message,
    objects: objects.slice(0, mostObjects),
    ...(objects.length > mostObjects ? { more: objects.length - mostObjects } : {}),
    remedy,
    ...(verified ? {} : { verified }),
    ...(accepted === undefined ? {} : { accepted: { reason: accepted.reason, expires: accepted.expires } }),
  }
}
