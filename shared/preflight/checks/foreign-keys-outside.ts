import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown } from '../naming.ts'

/** Rows that refer to a table which does not move. */
export const foreignKeysOutside: Check = {
  code: 'source-foreign-keys-outside',
  title: 'no planned table refers to a table that does not move',
  judge: (facts) => {
    const references = knownFact(facts.source.outsideReferences)
    if (references.length === 0) return []
    return [
      {
        severity: 'warning',
        message: counted(
          references.length,
          'foreign key leads out of the migration',
          'foreign keys lead out of the migration',
        ),
        objects: references.map((one) => `${shown(one)}: ${one.constraint} → ${one.other}`),
        why: 'DMS loads in replica mode, in which foreign keys are not checked: on the target the rows would point nowhere, and the key could not be validated.',
        remedy: 'Take the other table into `tables.include`, or drop the foreign key on the target.',
      },
    ]
  },
}
