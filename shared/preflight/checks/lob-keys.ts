import { lobKind } from '../../migration/lob-columns.ts'
import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown, sqlName, statements } from '../naming.ts'

/** DMS looks LOBs up by the key while it follows changes, so there must be one, and it must not be a LOB itself. */
export const lobKeys: Check = {
  code: 'source-lob-keys',
  title: 'every table with LOB columns has a key that is no LOB',
  judge: (facts) => {
    const { planned } = knownFact(facts.source.catalogue)
    const withLobs = planned.filter(({ columns }) => columns.some((column) => lobKind(column) !== undefined))
    const keyless = withLobs.filter(
      ({ indexes }) =>
        !indexes.some(
          (index) => index.isUnique && index.isValid && !index.isPartial && !index.columns.includes(null),
        ),
    )
    const findings: Finding[] = []
    if (keyless.length > 0) {
      findings.push({
        severity: 'blocker',
        message: counted(
          keyless.length,
          'table has LOB columns (text, jsonb, bytea, arrays …) and no key',
          'tables have LOB columns (text, jsonb, bytea, arrays …) and no key',
        ),
        objects: keyless.map(shown),
        why: 'DMS looks LOBs up by the key; a table with an array and no key is suspended in the load.',
        remedy: statements(
          keyless.map(
            (table) =>
              `ALTER TABLE ${sqlName(table)} ADD PRIMARY KEY (…); -- or use varchar(n) where the values are short`,
          ),
        ),
      })
    }
    const lobAsKey = withLobs.flatMap((table) => {
      const key = table.indexes.find(({ isPrimary }) => isPrimary)?.columns ?? []
      return table.columns
        .filter((column) => key.includes(column.name) && lobKind(column) !== undefined)
        .map((column) => `${shown(table)}.${column.name} (${column.type})`)
    })
    if (lobAsKey.length > 0) {
      findings.push({
        severity: 'blocker',
        message: counted(
          lobAsKey.length,
          'primary key column is a LOB to DMS',
          'primary key columns are LOBs to DMS',
        ),
        objects: lobAsKey,
        why: 'DMS treats text as a LOB, and does not take a LOB as a key.',
        remedy:
          'ALTER TABLE … ALTER COLUMN … TYPE varchar(n); -- on both sides; from text it needs no rewrite when n is large enough to hold every value',
      })
    }
    return findings
  },
}
