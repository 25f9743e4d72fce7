import { tableMatcher } from '../../migration/table-patterns.ts'
import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown } from '../naming.ts'

/** The patterns must take something, each of them. */
export const plannedTables: Check = {
  code: 'planned-tables',
  title: 'every pattern of the migration file finds tables',
  judge: (facts) => {
    const { planned, parents, left } = knownFact(facts.source.catalogue)
    const { include } = facts.migration.tables
    if (planned.length === 0) {
      return [
        {
          severity: 'blocker',
          message: 'no table of the source matches',
          objects: include,
          why: 'A replication task without tables fails when it starts.',
          remedy: 'Correct `tables.include`; case counts, `%` stands for any text, `_` for one character.',
        },
      ]
    }
    const findings: Finding[] = include
      .filter((pattern) => ![...planned, ...parents, ...left].some(tableMatcher(pattern)))
      .map((pattern) => ({
        severity: 'warning',
        message: `the pattern ${pattern} matches no table`,
        objects: [pattern],
        why: 'A table that was meant may be left behind.',
        remedy: 'Correct or remove the pattern in `tables.include`.',
      }))
    const ofExtensions = left.filter(({ ofExtension }) => ofExtension)
    if (ofExtensions.length > 0) {
      findings.push({
        severity: 'note',
        message: `${counted(ofExtensions.length, 'table')} of extensions are left out`,
        objects: ofExtensions.map(shown),
        why: 'CREATE EXTENSION makes them on the target.',
        remedy: 'Nothing to do, unless the application writes to them.',
      })
    }
    return findings
  },
}
