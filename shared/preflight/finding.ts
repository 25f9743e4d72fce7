import type { PreflightFacts } from './facts.ts'
import { NotYet, UnknownFact } from './known-fact.ts'

/** `blocker`: the migration would fail or lose something. `warning`: look at it. `note`: good to know. */
export type Severity = 'blocker' | 'warning' | 'note'

/** A waiver of the migration file, as far as a report shows it. */
export interface AcceptedBy {
  readonly reason: string
  /** Last day, as `2026-12-31`. */
  readonly expires: string
}

/** One thing that a check found. */
export interface Finding {
  readonly severity: Severity
  /** A lower-case fact with the value seen. */
  readonly message: string
  /** What it is about, as people write it: `shop.orders`, `wal_level`. */
  readonly objects: readonly string[]
  /** Why it matters with DMS. */
  readonly why: string
  /** A command that can be pasted, or what to do. */
  readonly remedy: string
  /** Set where it says only that a fact could not be read. */
  readonly unverified?: true
  /** Set where the migration file accepts it: it blocks no more. */
  readonly accepted?: AcceptedBy
}

/**
 * One check: facts in, findings out. Pure. It asks for a fact with `knownFact`, which ends it where the fact is unknown.
 *
 * Each check has a page of its own, `docs/findings/<code>.md`, written by hand in this form:
 *
 *     # <code>
 *
 *     <!-- check -->      (between these two `npm run docs` writes title and waiver)
 *     <!-- /check -->
 *
 *     ## Severity         when it is a blocker, a warning, a note
 *     ## Why it matters   what DMS does, and what is lost or stands still
 *     ## How to see it    SQL or AWS CLI that can be pasted
 *     ## Remedy           commands that can be pasted
 *     ## Source           where the fact comes from
 *
 * A contract test demands one page with all five parts for each code, and no other page; another one an offence
 * (test/integration/offences) that makes the check speak.
 */
export interface Check {
  /** Stable: people write it into waivers and searches. */
  readonly code: string
  /** What is right when the check passes. */
  readonly title: string
  /** Set where no waiver is taken: why the loss would be certain. A sentence. */
  readonly unwaivable?: string
  readonly judge: (facts: PreflightFacts) => readonly Finding[]
}

export interface CheckResult {
  readonly code: string
  readonly title: string
  /**
   * `unverified`: a fact could not be read. It blocks, like `failed`: not seen is not proved. `not-yet`: the target is
   * made later, so there is nothing to judge there now; it does not block, and it is no pass. `accepted`:
   * it failed or could not be verified, and waivers of the migration file accept all that would block.
   */
  readonly outcome: 'passed' | 'failed' | 'unverified' | 'not-yet' | 'accepted'
  readonly findings: readonly Finding[]
}

/**
 * Runs every check over the same facts. A check that meets an unknown fact blocks and says why. `leaveOut`: codes that
 * are not run at all, for tests; an unknown one throws.
 */
export function runChecks(
  checks: readonly Check[],
  facts: PreflightFacts,
  leaveOut: readonly string[] = [],
): CheckResult[] {
  const unknown = leaveOut.find((code) => !checks.some((check) => check.code === code))
  if (unknown !== undefined) throw new Error(`no check has the code ${unknown}`)
  return checks
    .filter(({ code }) => !leaveOut.includes(code))
    .map(({ code, title, judge }) => ({ code, title, ...outcomeOf(judge, facts) }))
}

function outcomeOf(judge: Check['judge'], facts: PreflightFacts): Pick<CheckResult, 'outcome' | 'findings'> {
  try {
    const findings = judge(facts)
    return { outcome: findings.some(blocks) ? 'failed' : 'passed', findings }
  } catch (error) {
    if (error instanceof NotYet) {
      const findings = error.found as readonly Finding[]
      return { outcome: findings.some(blocks) ? 'failed' : 'not-yet', findings }
    }
    if (error instanceof UnknownFact) return { outcome: 'unverified', findings: [unverified(error)] }
    throw error
  }
}

function blocks({ severity }: Finding): boolean {
  return severity === 'blocker'
}

function unverified(error: UnknownFact): Finding {
  return {
    severity: 'blocker',
    message: `could not verify: ${error.message}`,
    objects: [],
    why: 'What was not seen is not proved.',
    remedy: 'Give the right that is missing, or mend what is named, and run preflight again.',
    unverified: true,
  }
}
