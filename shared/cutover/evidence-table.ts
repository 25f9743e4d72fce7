import type { Evidence, TaskEvidence } from '../migration/evidence.ts'
import type { Plan } from '../migration/plan.ts'
import { table } from '../report/markdown.ts'
import type { CutoverOrder } from './ports.ts'
import { leastWalHours, leastWalSeconds } from './readiness.ts'

/** One number of the evidence: as the reviewer saw it, as it is now where it was measured again, and what the policy allows. */
export interface EvidenceRow {
  readonly what: string
  readonly seen: string
  /** Undefined where nothing measures it again. */
  readonly now: string | undefined
  readonly allowed: string
  readonly within: boolean
}

/** What was measured after the approval, as far as it was. */
export interface MeasuredNow {
  readonly ageMs: number
  readonly roundTripMs?: number
  readonly applyExceptions?: number
}

/** Every number that judgeEvidence judges, beside its threshold and beside what the reviewer saw. Pure. */
export function evidenceRows(
  evidence: Evidence,
  plan: Plan,
  planDigest: string,
  now: MeasuredNow,
): EvidenceRow[] {
  const { cutover } = plan
  const slowest = Math.max(...evidence.markerRoundTripsMs, 0)
  const hours = evidence.walHoursLeft
  const walJudged = hours !== null && evidence.walSeconds >= leastWalSeconds
  const same = (what: string, seen: string, wanted: string): EvidenceRow => ({
    what,
    seen,
    now: undefined,
    allowed: wanted,
    within: seen === wanted,
  })
  return [
    {
      what: 'age',
      seen: 'new',
      now: minutes(now.ageMs),
      allowed: minutes(cutover.evidenceAgeMs),
      within: now.ageMs <= cutover.evidenceAgeMs,
    },
    same('plan', evidence.planDigest.slice(0, 12), planDigest.slice(0, 12)),
    same('proof', evidence.proof, 'marker'),
    {
      what: 'slowest round trip of a marker',
      seen: evidence.markerRoundTripsMs.length === 0 ? 'none' : milliseconds(slowest),
      now: now.roundTripMs === undefined ? undefined : milliseconds(now.roundTripMs),
      allowed: milliseconds(cutover.markerRoundTripMs),
      within:
        evidence.markerRoundTripsMs.length > 0 &&
        Math.max(slowest, now.roundTripMs ?? 0) <= cutover.markerRoundTripMs,
    },
    {
      what: 'predicted freeze',
      seen: milliseconds(evidence.predictedFreezeMs),
      now: undefined,
      allowed: milliseconds(cutover.freezeBudgetMs),
      within: evidence.predictedFreezeMs <= cutover.freezeBudgetMs,
    },
    {
      what: 'rows that could not be applied',
      seen: String(evidence.applyExceptions),
      now: now.applyExceptions === undefined ? undefined : String(now.applyExceptions),
      allowed: '0',
      within: evidence.applyExceptions === 0 && (now.applyExceptions ?? 0) === 0,
    },
    same('triggers that fired for replicated rows', evidence.canaryFired ? 'some' : 'none', 'none'),
    {
      what: 'hours until the slots fill the source’s disk',
      seen: hours === null ? 'not known' : hours.toFixed(1),
      now: undefined,
      allowed: walJudged ? `${leastWalHours(plan).toFixed(1)} at least` : 'shown only',
      within: !walJudged || hours >= leastWalHours(plan),
    },
    same('source’s schema', evidence.sourceFingerprint.slice(0, 12), plan.sourceFingerprint.slice(0, 12)),
    ...plan.tasks.map(({ identifier }) =>
      taskRow(
        identifier,
        evidence.tasks.find((task) => task.identifier === identifier),
      ),
    ),
  ]
}

function taskRow(identifier: string, task: TaskEvidence | undefined): EvidenceRow {
  const row = { what: `task ${identifier}`, now: undefined, allowed: 'running, nothing left behind' }
  if (task === undefined) return { ...row, seen: 'nothing', within: false }
  const { status, tablesErrored, tablesSuspended, changesBehind, validation, slot } = task
  const lost = slot?.walStatus === 'unreserved' || slot?.walStatus === 'lost'
  const counts = [
    [tablesErrored, 'tables errored'],
    [tablesSuspended, 'tables suspended'],
    [changesBehind, 'changes left behind'],
    [validation.failed, 'rows that failed validation'],
  ] as const
  const trouble = [
    ...counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`),
    ...(lost ? [`WAL ${slot.walStatus ?? ''}`] : []),
  ]
  return {
    ...row,
    seen: [status, ...trouble].join(', '),
    within: status === 'running' && trouble.length === 0,
  }
}

/**
 * The table for a summary, of the evidence that an order rests on; nothing where it rests on none (a fall-back), or on one that
 * another version measured. Pure.
 */
export function evidenceSections(
  { evidence: found, plan, run }: Pick<CutoverOrder, 'evidence' | 'plan' | 'run'>,
  now: Omit<MeasuredNow, 'ageMs'> = {},
): string[] {
  if (found === undefined || found.evidence.version !== 2) return []
  return [evidenceTable(evidenceRows(found.evidence, plan, run.planDigest, { ...now, ageMs: found.ageMs }))]
}

/** The rows as a table; what the policy does not allow is marked. Pure. */
export function evidenceTable(rows: readonly EvidenceRow[]): string {
  return [
    '### Evidence, judged again',
    table(
      ['', 'what', 'the reviewer saw', 'now', 'allowed'],
      rows.map(({ what, seen, now, allowed, within }) => [
        within ? '✓' : '❌',
        what,
        seen,
        now ?? 'not measured again',
        allowed,
      ]),
    ),
  ].join('\n\n')
}

function milliseconds(ms: number): string {
  return `${Math.round(ms)} ms`
}

function minutes(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`
}
