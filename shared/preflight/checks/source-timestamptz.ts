import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown } from '../naming.ts'

/** The matrix of the DMS User Guide calls timestamptz partly supported from PostgreSQL to PostgreSQL. */
export const sourceTimestamptz: Check = {
  code: 'source-timestamptz',
  title: 'no column is of a type that DMS’s matrix calls partly supported: timestamptz',
  judge: (facts) => {
    const columns = knownFact(facts.source.catalogue).planned.flatMap((table) =>
      table.columns
        .filter(({ baseType, isArray }) => baseType === 'timestamptz' && !isArray)
        .map(({ name }) => `${shown(table)}.${name}`),
    )
    if (columns.length === 0) return []
    return [
      {
        severity: 'note',
        message: counted(columns.length, 'column is timestamptz', 'columns are timestamptz'),
        objects: columns,
        why: 'DMS carries the instant, by way of UTC; infinite values do not survive.',
        remedy: 'Nothing to do: verify-data compares instants, and infinite values are another finding.',
      },
    ]
  },
}
