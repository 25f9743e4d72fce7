import type { PreflightFacts } from './facts.ts'
import { UnknownFact } from './known-fact.ts'

/** `blocker`: the migration would fail or lose something. `warning`: look at it. `note`: good to know. */
export type Severity = 'blocker' | 'warning' | 'note'

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
}

/** One check: facts in, findings out. Pure. It asks for a fact with `knownFact`, which ends it where the fact is unknown. */
export interface Check {
  /** Stable: people write it into exceptions and searches. */
  readonly code: string
  /** What is right when the check passes. */
  readonly title: string
  readonly judge: (facts: PreflightFacts) => readonly Finding[]
}

export interface CheckResult {
  readonly code: string
  readonly title: string
  /** `unverified`: a fact could not be read. It blocks, like `failed`: not seen is not proved. */
  readonly outcome: 'passed' | 'failed' | 'unverified'
  readonly findings: readonly Finding[]
}

/** Runs every check over the same facts. A check that meets an unknown fact blocks and says why. */
export function runChecks(checks: readonly Check[], facts: PreflightFacts): CheckResult[] {
  return checks.map(({ code, title, judge }) => {
    try {
      const findings = judge(facts)
      const failed = findings.some(({ severity }) => severity === 'blocker')
      return { code, title, outcome: failed ? 'failed' : 'passed', findings }
    } catch (error) {
      if (!(error instanceof UnknownFact)) throw error
      return { code, title, outcome: 'unverified', findings: [unverified(error)] }
    }
  })
}

function unverified(error: UnknownFact): Finding {
  return {
    severity: 'blocker',
    message: `could not verify: ${error.message}`,
    objects: [],
    why: 'What was not seen is not proved.',
    remedy: 'Give the right that is missing, or mend what is named, and run preflight again.',
  }
}
