import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** DMS never carries large objects (pg_largeobject). */
export const largeObjects: Check = {
  code: 'source-large-objects',
  title: 'the source has no large objects',
  judge: (facts) => {
    const { largeObjects: count } = knownFact(facts.source.objects)
    if (count === '0') return []
    return [
      {
        severity: 'blocker',
        message: `${count} large objects are stored`,
        objects: ['pg_largeobject'],
        why: 'DMS does not carry them; only their oids would arrive.',
        remedy:
          'Move them into a bytea column: UPDATE … SET content = lo_get(oid); then SELECT lo_unlink(oid); orphans: vacuumlo.',
      },
    ]
  },
}
