import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown } from '../naming.ts'

/** numeric without precision becomes NUMERIC(28,6) in DMS: six decimals. */
export const numericScale: Check = {
  code: 'source-numeric-scale',
  title: 'every numeric column has a precision that DMS keeps',
  judge: (facts) => {
    const columns = knownFact(facts.source.catalogue).planned.flatMap((table) =>
      table.columns
        .filter(
          ({ baseType, isArray, typeModifier }) => baseType === 'numeric' && !isArray && !fits(typeModifier),
        )
        .map(({ name }) => `${shown(table)}.${name}`),
    )
    if (columns.length === 0) return []
    return [
      {
        severity: 'warning',
        message: counted(
          columns.length,
          'numeric column has no precision, or one above 38',
          'numeric columns have no precision, or one above 38',
        ),
        objects: columns,
        why: 'DMS treats numeric without precision as NUMERIC(28,6): further decimals are rounded away.',
        remedy:
          'SELECT count(*) FROM … WHERE scale(column) > 6; -- where rows have more, give the column a precision on both sides',
      },
    ]
  },
}

/** atttypmod of numeric(p,s) is ((p << 16) | s) + 4; -1 without precision. DMS knows precisions up to 38. */
function fits(typeModifier: number): boolean {
  return typeModifier >= 0 && (typeModifier - 4) >> 16 <= 38
}
