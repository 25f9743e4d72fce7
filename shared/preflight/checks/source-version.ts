import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** DMS captures changes from PostgreSQL 10 on (RDS from 10.21); 10.4 is broken (DMS User Guide, PostgreSQL source). */
export const sourceVersion: Check = {
  code: 'source-version',
  title: 'the source’s version is one that DMS captures changes from',
  judge: (facts) => {
    const { versionNumber } = knownFact(facts.source.server)
    const major = Math.floor(versionNumber / 10_000)
    if (major >= 10 && versionNumber !== 100_004 && major <= 18) return []
    return [
      {
        severity: 'blocker',
        message: `the source runs PostgreSQL ${major}.${versionNumber % 10_000}`,
        objects: ['server_version'],
        why: 'DMS takes PostgreSQL 10 to 18 as a source; 10.4 is broken.',
        remedy:
          major > 18
            ? 'Wait until DMS knows this version.'
            : 'Upgrade the source to a minor version of PostgreSQL 11 or later.',
      },
    ]
  },
}
