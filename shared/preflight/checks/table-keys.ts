import type { CatalogueTable } from '../../migration/catalogue-model.ts'
import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown, sqlName, statements } from '../naming.ts'

/** Whether DMS can tell one row from another: a primary key, a replica identity index, or the full row. */
export function hasReplicaKey(table: CatalogueTable): boolean {
  if (table.replicaIdentity === 'f') return true
  if (table.replicaIdentity === 'i')
    return table.indexes.some(({ isReplicaIdentity, isValid }) => isReplicaIdentity && isValid)
  return table.replicaIdentity === 'd' && table.indexes.some(({ isPrimary, isValid }) => isPrimary && isValid)
}

/** Without a key DMS carries INSERT only: UPDATE and DELETE are ignored in silence. */
export const tableKeys: Check = {
  code: 'source-table-keys',
  title: 'every planned table that is updated or deleted from has a key',
  unwaivable: 'DMS drops each UPDATE and DELETE of these tables without a word; exclude them instead.',
  judge: (facts) => {
    const statistics = new Map(knownFact(facts.source.statistics).map((one) => [shown(one), one]))
    const keyless = knownFact(facts.source.catalogue).planned.filter((table) => !hasReplicaKey(table))
    const changed = keyless.filter((table) => {
      const seen = statistics.get(shown(table))
      return seen === undefined || seen.updated !== '0' || seen.deleted !== '0'
    })
    const findings: Finding[] = []
    if (changed.length > 0) {
      findings.push({
        severity: 'blocker',
        message: counted(
          changed.length,
          'table without a key is updated or deleted from',
          'tables without a key are updated or deleted from',
        ),
        objects: changed.map((table) => {
          const seen = statistics.get(shown(table))
          return `${shown(table)} (${seen?.updated ?? '?'} updates, ${seen?.deleted ?? '?'} deletes seen)`
        }),
        why: 'DMS ignores UPDATE and DELETE on a table without a key: the target keeps old rows, without any error.',
        remedy: statements(
          changed.map(
            (table) => `ALTER TABLE ${sqlName(table)} ADD PRIMARY KEY (…); -- or REPLICA IDENTITY FULL`,
          ),
        ),
      })
    }
    const still = keyless.filter((table) => !changed.includes(table))
    if (still.length > 0) {
      findings.push({
        severity: 'note',
        message: counted(
          still.length,
          'table without a key is only inserted into, as far as was counted',
          'tables without a key are only inserted into, as far as was counted',
        ),
        objects: still.map(shown),
        why: 'DMS carries their INSERTs; an UPDATE or DELETE from now on would be ignored in silence.',
        remedy: statements(
          still.map(
            (table) => `ALTER TABLE ${sqlName(table)} REPLICA IDENTITY FULL; -- where that may change`,
          ),
        ),
      })
    }
    return findings
  },
}
