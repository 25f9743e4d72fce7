import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** The target must not be older than the source, and DMS must know it. */
export const targetVersion: Check = {
  code: 'target-version',
  title: 'the target’s version is not older than the source’s, and known to DMS',
  judge: (facts) => {
    const source = Math.floor(knownFact(facts.source.server).versionNumber / 10_000)
    const target = Math.floor(knownFact(facts.target.server).versionNumber / 10_000)
    if (target >= source && target <= 18) return []
    return [
      {
        severity: 'blocker',
        message: `the target runs PostgreSQL ${target}, the source ${source}`,
        objects: ['server_version'],
        why: 'Types and syntax of a newer source may not exist on an older target; DMS knows PostgreSQL up to 18.',
        remedy: `Make the target with PostgreSQL ${source} or later, up to 18.`,
      },
    ]
  },
}
