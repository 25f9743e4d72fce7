import { eachSide } from '../each-side.ts'
import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown, sqlName, statements } from '../naming.ts'

/** A fence that stands while no cutover was made is one that somebody forgot: it refuses every write. */
export const leftoverFence: Check = {
  code: 'leftover-fence',
  title: 'no fence of a former cutover stands',
  judge: (facts) =>
    eachSide((side) => {
      const fenced = knownFact(facts[side].fenced)
      const phase = knownFact(facts[side].migrations).find(
        ({ migration }) => migration === facts.migration.name,
      )?.phase
      if (fenced.length === 0 || phase === 'committed' || phase === 'opened') return []
      return [
        {
          severity: 'blocker' as const,
          message: `a fence stands on ${counted(fenced.length, 'table')} of the ${side}`,
          objects: fenced.map(shown),
          why: 'Its trigger refuses every write but DMS’s, as if the database had moved.',
          remedy: statements(
            fenced.map(
              (table) => `DROP TRIGGER aurora_migration_fence ON ${sqlName(table)}; -- on the ${side}`,
            ),
          ),
        },
      ]
    }),
}
