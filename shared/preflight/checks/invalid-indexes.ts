import { eachSide } from '../each-side.ts'
import type { Check } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown, statements } from '../naming.ts'

/** What a failed CREATE INDEX CONCURRENTLY leaves: written to, never used, and unique only by name. */
export const invalidIndexes: Check = {
  code: 'invalid-indexes',
  title: 'every index is valid',
  judge: (facts) =>
    eachSide((side) => {
      const found = knownFact(facts[side].catalogue).planned.flatMap((table) =>
        table.indexes.filter(({ isValid }) => !isValid).map((index) => ({ table, index })),
      )
      if (found.length === 0) return []
      return [
        {
          severity: 'warning' as const,
          message: counted(
            found.length,
            `index of the ${side} is not valid`,
            `indexes of the ${side} are not valid`,
          ),
          objects: found.map(({ table, index }) => `${shown(table)}: ${index.name}`),
          why: 'Queries do not use it, and a unique one does not keep doubles out; a dump brings it as a valid one, whose making may fail on doubles.',
          remedy: statements(
            found.map(
              ({ table, index }) =>
                `REINDEX INDEX CONCURRENTLY ${quoted(table.schema)}.${quoted(index.name)}; -- on the ${side}, or DROP INDEX`,
            ),
          ),
        },
      ]
    }),
}
