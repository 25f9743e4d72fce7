import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown } from '../naming.ts'

/** The fence closes the database, not only the tables that move. */
export const fenceOtherTables: Check = {
  code: 'fence-other-tables',
  title: 'nothing that stays behind is written in this database',
  judge: (facts) => {
    const tables = knownFact(facts.source.otherTables)
    if (tables.length === 0) return []
    return [
      {
        severity: 'warning',
        message: counted(
          tables.length,
          'table that does not move is written to',
          'tables that do not move are written to',
        ),
        objects: tables.map((table) => `${shown(table)} (${table.changes} changes seen)`),
        why: 'The fence makes the whole database read-only by default and ends its sessions: whoever writes these tables is stopped too, and their rows stay behind.',
        remedy: 'Take them into `tables.include`, or tell the people who write them.',
      },
    ]
  },
}
