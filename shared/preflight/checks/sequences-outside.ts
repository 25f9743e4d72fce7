import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown } from '../naming.ts'

/** A default may draw from a sequence that is in no migrated schema, and that the cutover then does not set. */
export const sequencesOutside: Check = {
  code: 'source-sequences-outside',
  title: 'every sequence that feeds a planned table is part of the migration',
  judge: (facts) => {
    const own = new Set(
      knownFact(facts.source.catalogue).sequences.map(({ schema, sequence }) => `${schema}.${sequence}`),
    )
    const outside = knownFact(facts.source.columnSequences).filter(
      ({ sequenceSchema, sequence }) => !own.has(`${sequenceSchema}.${sequence}`),
    )
    if (outside.length === 0) return []
    return [
      {
        severity: 'blocker',
        message: counted(
          outside.length,
          'column draws from a sequence outside the migration',
          'columns draw from sequences outside the migration',
        ),
        objects: outside.map((fed) => `${shown(fed)}.${fed.column}: ${fed.sequenceSchema}.${fed.sequence}`),
        why: 'Only sequences of the migrated schemas are set at the cutover; this one would give values that are taken.',
        remedy:
          'ALTER SEQUENCE … SET SCHEMA …; -- into the schema of the table, or include the table that owns it',
      },
    ]
  },
}
