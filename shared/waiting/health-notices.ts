import type { HealthFinding } from './health-findings.ts'

/** What a look changed about what was said before. */
export interface HealthNews {
  /** New, or worse than when it was last told. */
  readonly told: readonly HealthFinding[]
  /** Keys of what was told, and has not been found for some looks. */
  readonly over: readonly string[]
}

/** So many looks without it make an end: what comes and goes is told once, not at every look. */
const quietLooks = 5

/** Remembers what has been told, so that each warning is given once for each severity, also where it goes to and fro. */
export function healthNotices(): (findings: readonly HealthFinding[]) => HealthNews {
  const open = new Map<string, { severity: HealthFinding['severity']; missed: number }>()
  return (findings) => {
    const told: HealthFinding[] = []
    for (const finding of findings) {
      const known = open.get(finding.key)
      const isWorse = known?.severity === 'warning' && finding.severity === 'critical'
      if (known === undefined || isWorse) told.push(finding)
      open.set(finding.key, {
        severity: isWorse ? 'critical' : (known?.severity ?? finding.severity),
        missed: 0,
      })
    }
    const over: string[] = []
    for (const [key, known] of open) {
      if (findings.some((finding) => finding.key === key)) continue
      known.missed += 1
      if (known.missed < quietLooks) continue
      open.delete(key)
      over.push(key)
    }
    return { told, over }
  }
}
