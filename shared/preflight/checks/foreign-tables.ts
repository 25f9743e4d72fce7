import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown } from '../naming.ts'

/** Foreign tables hold no rows of this server. */
export const foreignTables: Check = {
  code: 'source-foreign-tables',
  title: 'no foreign table is in the patterns',
  judge: (facts) => {
    const tables = knownFact(facts.source.catalogue).left.filter(({ kind }) => kind === 'f')
    if (tables.length === 0) return []
    return [
      {
        severity: 'blocker',
        message: counted(
          tables.length,
          'foreign table matches the patterns',
          'foreign tables match the patterns',
        ),
        objects: tables.map(shown),
        why: 'Their rows are elsewhere; DMS neither loads nor follows them.',
        remedy: `Add them to \`tables.exclude\`: ${tables
          .slice(0, 10)
          .map((table) => `'${shown(table)}'`)
          .join(', ')}.`,
      },
    ]
  },
}
