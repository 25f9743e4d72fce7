import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown } from '../naming.ts'

/** DMS trims char(n) unless the endpoint says otherwise (TrimSpaceInChar). */
export const sourceCharPadding: Check = {
  code: 'source-char-padding',
  title: 'no column is char(n), whose blanks DMS may trim',
  judge: (facts) => {
    const columns = knownFact(facts.source.catalogue).planned.flatMap((table) =>
      table.columns
        .filter(({ baseType, isArray }) => baseType === 'bpchar' && !isArray)
        .map(({ name, type }) => `${shown(table)}.${name} (${type})`),
    )
    if (columns.length === 0) return []
    return [
      {
        severity: 'note',
        message: counted(columns.length, 'column is padded with blanks', 'columns are padded with blanks'),
        objects: columns,
        why: 'DMS trims them by default; this migration’s endpoints do not (TrimSpaceInChar = false), and char(n) on the target pads again.',
        remedy: 'Keep the type char(n) on the target: varchar there would hold the blanks, or lose them.',
      },
    ]
  },
}
