import type { CheckResult, Finding, Severity } from './finding.ts'

/** A finding with the code of the check that made it. */
export interface CodedFinding extends Finding {
  readonly code: string
  readonly verified: boolean
}

export interface Verdict {
  readonly verdict: 'clear' | 'blocked'
  /** Blockers first, each severity in the order of the checks; what waivers accept comes last of its severity. */
  readonly findings: readonly CodedFinding[]
  /** Findings of a severity that no waiver accepts. */
  readonly blockers: number
  readonly warnings: number
  readonly notes: number
  /** Findings that waivers of the migration file accept. */
  readonly accepted: number
  readonly passed: number
  readonly failed: number
  readonly unverified: number
  /** Checks of a target that is made later. */
  readonly notYet: number
}

const order: readonly Severity[] = ['blocker', 'warning', 'note']

function rank({ severity, accepted }: CodedFinding): number {
  return order.indexOf(severity) * 2 + (accepted === undefined ? 0 : 1)
}

/** One verdict over all checks: clear only where every check was made and none blocks. Pure. */
export function verdictOf(results: readonly CheckResult[]): Verdict {
  const findings = results
    .flatMap(({ code, findings: found }) =>
      found.map((finding) => ({ ...finding, code, verified: finding.unverified !== true })),
    )
    .sort((a, b) => rank(a) - rank(b))
  const count = (severity: Severity) =>
    findings.filter((finding) => finding.severity === severity && finding.accepted === undefined).length
  const outcomes = (outcome: CheckResult['outcome']) =>
    results.filter((result) => result.outcome === outcome).length
  return {
    verdict: count('blocker') === 0 ? 'clear' : 'blocked',
    findings,
    blockers: count('blocker'),
    warnings: count('warning'),
    notes: count('note'),
    accepted: findings.filter(({ accepted }) => accepted !== undefined).length,
    passed: outcomes('passed'),
    failed: outcomes('failed'),
    unverified: outcomes('unverified'),
    notYet: outcomes('not-yet'),
  }
}
