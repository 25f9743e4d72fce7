import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown } from '../naming.ts'

/** varchar without a length is capped by DMS (unboundedVarcharMaxSize, 8000 bytes by default). */
export const unboundedVarchar: Check = {
  code: 'source-unbounded-varchar',
  title: 'every varchar column has a length',
  judge: (facts) => {
    const columns = knownFact(facts.source.catalogue).planned.flatMap((table) =>
      table.columns
        .filter(
          ({ baseType, isArray, typeModifier }) => baseType === 'varchar' && !isArray && typeModifier < 0,
        )
        .map(({ name }) => `${shown(table)}.${name}`),
    )
    if (columns.length === 0) return []
    return [
      {
        severity: 'warning',
        message: counted(columns.length, 'varchar column has no length', 'varchar columns have no length'),
        objects: columns,
        why: 'DMS carries at most 8000 bytes of them.',
        remedy:
          'SELECT max(octet_length(column)) FROM …; -- above 8000, make it text on both sides: then LOB rules apply',
      },
    ]
  },
}
