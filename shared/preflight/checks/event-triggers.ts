import { eachSide } from '../each-side.ts'
import type { Check } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { knownFact } from '../known-fact.ts'
import { counted, statements } from '../naming.ts'

/** Event triggers run for the migration's own DDL too. */
export const eventTriggers: Check = {
  code: 'event-triggers',
  title: 'no event trigger interferes',
  judge: (facts) =>
    eachSide((side) => {
      const found = knownFact(facts[side].objects).eventTriggers
      if (found.length === 0) return []
      return [
        {
          severity: 'warning' as const,
          message: `the ${side} has ${counted(found.length, 'event trigger')}`,
          objects: found.map(({ name }) => name),
          why: 'They run for the DDL of the migration (control schema, fence, NOT NULL) and may refuse or slow it.',
          remedy: statements(
            found.map(
              ({ name }) =>
                `ALTER EVENT TRIGGER ${quoted(name)} DISABLE; -- on the ${side}, if it refuses DDL`,
            ),
          ),
        },
      ]
    }),
}
