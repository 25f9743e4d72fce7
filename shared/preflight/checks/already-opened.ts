import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** After the commit point there is nothing to plan any more. */
export const alreadyOpened: Check = {
  code: 'already-migrated',
  title: 'this migration has not passed its commit point yet',
  unwaivable: 'The target holds writes that the source does not have, and a new load would destroy them.',
  judge: (facts) => {
    const phases = [knownFact(facts.source.migrations), knownFact(facts.target.migrations)].map(
      (known) => known.find(({ migration }) => migration === facts.migration.name)?.phase,
    )
    if (phases[0] !== 'committed' && phases[1] !== 'opened') return []
    return [
      {
        severity: 'blocker',
        message: `the cutover of ${facts.migration.name} has been made`,
        objects: [facts.migration.name],
        why: 'The target holds writes that the source does not have; a new load would destroy them.',
        remedy: 'Use another name for another migration. To end an interrupted cutover run its job again.',
      },
    ]
  },
}
