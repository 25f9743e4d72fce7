import { eachSide } from '../each-side.ts'
import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, statements } from '../naming.ts'

/** What earlier migrations and tasks left: a control schema of another migration, DMS's tables. */
export const leftovers: Check = {
  code: 'leftovers',
  title: 'nothing of another migration is left on either side',
  judge: (facts) => {
    return eachSide((side) => {
      const findings: Finding[] = []
      const others = knownFact(facts[side].migrations).filter(
        ({ migration }) => migration !== facts.migration.name,
      )
      if (others.length > 0) {
        findings.push({
          severity: 'blocker',
          message: `the ${side} carries the control schema of another migration`,
          objects: others.map(({ migration, phase }) => `${migration} (${phase})`),
          why: 'Two migrations share the guard and the fence of a database; the second would undo the first.',
          remedy: `Finish or clean up that migration first. If it is long gone: DROP SCHEMA aurora_migration, aurora_migration_markers CASCADE; -- on the ${side}`,
        })
      }
      const { dmsRelations } = knownFact(facts[side].objects)
      if (dmsRelations.length > 0) {
        findings.push({
          severity: side === 'target' ? 'warning' : 'note',
          message: `the ${side} has ${counted(dmsRelations.length, 'table of earlier replication tasks', 'tables of earlier replication tasks')}`,
          objects: dmsRelations,
          why: 'A new task was seen to fail on an index that an old one had left. This migration uses a schema of its own for them.',
          remedy: statements(
            dmsRelations.map(
              (name) => `DROP TABLE ${name}; -- on the ${side}, when no replication task uses this database`,
            ),
          ),
        })
      }
      return findings
    })
  },
}
