import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/**
 * DMS captures changes from PostgreSQL 9.4 on (DMS User Guide, PostgreSQL source); the fence’s SQL needs 12, which knows
 * a partition’s ancestors.
 */
export const sourceVersion: Check = {
  code: 'source-version',
  title: 'the source’s version is one that DMS captures changes from',
  judge: (facts) => {
    const { versionNumber } = knownFact(facts.source.server)
    const major = Math.floor(versionNumber / 10_000)
    if (major >= 12 && major <= 18) return []
    return [
      {
        severity: 'blocker',
        message: `the source runs PostgreSQL ${major}.${versionNumber % 10_000}`,
        objects: ['server_version'],
        why: 'DMS takes PostgreSQL up to 18 as a source; the fence of the cutover needs 12 or later.',
        remedy:
          major > 18 ? 'Wait until DMS knows this version.' : 'Upgrade the source to PostgreSQL 12 or later.',
      },
    ]
  },
}
