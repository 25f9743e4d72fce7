import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** After the switch the target holds the only copy of the newest writes. */
export const rdsDeletionProtection: Check = {
  code: 'rds-deletion-protection',
  title: 'the target is protected from deletion',
  judge: (facts) => {
    const target = knownFact(facts.target.rds)
    if (target === undefined || target.deletionProtection) return []
    return [
      {
        severity: 'warning',
        message: `${target.identifier} can be deleted with one call`,
        objects: [target.identifier],
        why: 'From the switch on it holds the only copy of what is written; clean-ups after a migration delete servers.',
        remedy: `aws rds modify-db-${target.kind} --db-${target.kind}-identifier ${target.identifier} --deletion-protection --apply-immediately`,
      },
    ]
  },
}
