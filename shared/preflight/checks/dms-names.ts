import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** Something of somebody else that bears our names would be taken for ours by whoever looks, and is refused by create-task. */
export const dmsNames: Check = {
  code: 'dms-names',
  title: 'nobody else’s tasks, endpoints or instances bear the names of this migration',
  judge: (facts) => {
    const { name } = facts.migration
    const foreign = knownFact(facts.dms.taken).filter(({ migration }) => migration !== name)
    return foreign.map(({ kind, identifier, migration }) => ({
      severity: 'blocker',
      message: `the ${kind} ${identifier} exists, and ${migration === undefined ? 'has no tag aurora-migration' : `belongs to the migration ${migration}`}`,
      objects: [identifier],
      why: 'create-task adopts only what its tag says is of this migration, and refuses the rest.',
      remedy: `aws dms add-tags-to-resource --resource-arn ARN --tags Key=aurora-migration,Value=${name}  # if it is of this migration; else delete it, or choose another name for the migration`,
    }))
  },
}
