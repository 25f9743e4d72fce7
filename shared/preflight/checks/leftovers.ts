import { eachSide } from '../each-side.ts'
import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, statements } from '../naming.ts'

/** Phases that the row of a side can have (`aurora_migration.decision`). */
const phasesOf: Readonly<Record<'source' | 'target', readonly string[]>> = {
  source: ['paused', 'fenced', 'committed', 'aborted'],
  target: ['guarded', 'opened'],
}

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
      const along = knownFact(facts[side].migrations).filter(
        ({ migration, phase }) =>
          migration === facts.migration.name &&
          phasesOf[side === 'source' ? 'target' : 'source'].includes(phase),
      )
      if (along.length > 0) {
        findings.push({
          severity: 'blocker',
          message: `the control schema of the ${side} says that it is the ${side === 'source' ? 'target' : 'source'}`,
          objects: along.map(({ migration, phase }) => `${migration} (${phase})`),
          why: 'It came along with a copy, or the sides were exchanged: what it says of phases and saved state is not true here.',
          remedy: `Make sure that the two logins are not exchanged; on a copy: DROP SCHEMA aurora_migration, aurora_migration_markers CASCADE; -- on the ${side}`,
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
