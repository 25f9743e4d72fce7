import type { PreflightFacts } from './facts.ts'
import { runChecks } from './finding.ts'
import { checks } from './registry.ts'

/** For tests: what one check of the registry says of the facts, as `severity: objects`. Throws where there is no such check. */
export function said(code: string, facts: PreflightFacts): string[] {
  const found = checks.filter((check) => check.code === code)
  if (found.length !== 1) throw new Error(`${found.length} checks have the code ${code}`)
  return runChecks(found, facts).flatMap(({ findings }) =>
    findings.map(({ severity, objects }) => `${severity}: ${objects.join(', ')}`),
  )
}
