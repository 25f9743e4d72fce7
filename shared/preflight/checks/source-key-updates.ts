import type { CatalogueTable } from '../../migration/catalogue-model.ts'
import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown } from '../naming.ts'

/**
 * DMS ignores an UPDATE that changes a key: no row on the target has the new key, and nothing is logged (DMS User Guide,
 * PostgreSQL source, limitations). Where a schema expects it, it says ON UPDATE CASCADE.
 */
export const sourceKeyUpdates: Check = {
  code: 'source-key-updates',
  title: 'no key is expected to change',
  judge: (facts) => {
    const { planned } = knownFact(facts.source.catalogue)
    const updated = new Map(
      knownFact(facts.source.statistics).map((one) => [shown(one), one.updated] as const),
    )
    const cascading = planned.flatMap((table) =>
      table.constraints
        .filter(({ kind, definition }) => kind === 'f' && /\bON UPDATE (?:CASCADE|SET)/u.test(definition))
        .map(({ name }) => `${shown(table)}: ${name}`),
    )
    const natural = planned.filter(
      (table) => (updated.get(shown(table)) ?? '0') !== '0' && hasNaturalKey(table),
    )
    const findings: Finding[] = []
    if (cascading.length > 0) {
      findings.push({
        severity: 'warning',
        message: counted(
          cascading.length,
          'foreign key follows changes of the key that it points to (ON UPDATE)',
          'foreign keys follow changes of the keys that they point to (ON UPDATE)',
        ),
        objects: cascading,
        why: 'It was made for keys that change, and DMS ignores an UPDATE of a key without any error: the target keeps the old row.',
        remedy: 'Let no key change until the cutover: the application must delete and insert instead.',
      })
    }
    if (natural.length > 0) {
      findings.push({
        severity: 'note',
        message: counted(
          natural.length,
          'updated table has a key that the application chooses',
          'updated tables have keys that the application chooses',
        ),
        objects: natural.map((table) => `${shown(table)} (${keyOf(table).join(', ')})`),
        why: 'If an UPDATE changes the key itself, DMS ignores it; verify-data would find the row.',
        remedy: 'Ask the people who know the application whether these keys ever change.',
      })
    }
    return findings
  },
}

function keyOf(table: CatalogueTable): string[] {
  const columns = table.indexes.find(({ isPrimary }) => isPrimary)?.columns ?? []
  return columns.filter((name) => name !== null)
}

/** No column of the key is made by the database: neither by a default nor as identity. */
function hasNaturalKey(table: CatalogueTable): boolean {
  const key = keyOf(table)
  const made = table.columns.some(
    ({ name, identity, default: value }) => key.includes(name) && (identity !== '' || value !== null),
  )
  return key.length > 0 && !made
}
