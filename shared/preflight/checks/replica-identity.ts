import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown, sqlName, statements } from '../naming.ts'

/** REPLICA IDENTITY NOTHING takes the old key out of the log, whatever keys the table has. */
export const replicaIdentity: Check = {
  code: 'source-replica-identity',
  title: 'no planned table with a key has REPLICA IDENTITY NOTHING',
  unwaivable:
    'The log carries no key for UPDATE and DELETE, so DMS cannot apply any; exclude the table instead.',
  judge: (facts) => {
    const tables = knownFact(facts.source.catalogue).planned.filter(
      ({ replicaIdentity: identity, indexes }) =>
        identity === 'n' && indexes.some(({ isPrimary }) => isPrimary),
    )
    if (tables.length === 0) return []
    return [
      {
        severity: 'blocker',
        message: counted(
          tables.length,
          'table has REPLICA IDENTITY NOTHING',
          'tables have REPLICA IDENTITY NOTHING',
        ),
        objects: tables.map(shown),
        why: 'The log then carries no key for UPDATE and DELETE, and DMS cannot apply them.',
        remedy: statements(tables.map((table) => `ALTER TABLE ${sqlName(table)} REPLICA IDENTITY DEFAULT;`)),
      },
    ]
  },
}
