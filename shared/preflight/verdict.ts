import type { CheckResult, Finding, Severity } from './finding.ts'

/** A finding with the code of the check that made it. */
export interface CodedFinding extends Finding {
  readonly code: string
  readonly verified: boolean
}

export interface Verdict {
  readonly verdict: 'clear' | 'blocked'
  /** Blockers first, each severity in the order of the checks. */
  readonly findings: readonly CodedFinding[]
  readonly blockers: number
  readonly warnings: number
  readonly notes: number
  readonly passed: number
  readonly failed: number
  readonly unverified: number
}

const order: readonly Severity[] = ['blocker', 'warning', 'note']

/** One verdict over all checks: clear only where every check was made and none blocks. Pure. */
export function verdictOf(results: readonly CheckResult[]): Verdict {
  const findings = results
    .flatMap(({ code, outcome, findings: found }) =>
      found.map((finding) => ({ ...finding, code, verified: outcome !== 'unverified' })),
    )
    .sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity))
  const count = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length
  const outcomes = (outcome: CheckResult['outcome']) =>
    results.filter((result) => result.outcome === outcome).length
  return {
    verdict: count('blocker') === 0 ? 'clear' : 'blocked',
    findings,
    blockers: count('blocker'),
    warnings: count('warning'),
    notes: count('note'),
    passed: outcomes('passed'),
    failed: outcomes('failed'),
    unverified: outcomes('unverified'),
  }
}
