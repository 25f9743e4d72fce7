import type { Check } from '../finding.ts'
import { isPrepared } from '../is-prepared.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown } from '../naming.ts'

/** Until it opens only DMS writes on the target; counters tell whether somebody else has. */
export const targetWrites: Check = {
  code: 'target-writes',
  title: 'nobody has written to the target yet',
  judge: (facts) => {
    // Once the migration has prepared the target its own loads are in the counters, and the guard keeps others out.
    if (isPrepared(facts)) return []
    const planned = new Set(knownFact(facts.source.catalogue).planned.map(shown))
    const written = knownFact(facts.target.statistics).filter(
      (one) =>
        planned.has(shown(one)) && BigInt(one.inserted) + BigInt(one.updated) + BigInt(one.deleted) > 0n,
    )
    if (written.length === 0) return []
    return [
      {
        severity: 'warning',
        message: counted(
          written.length,
          'planned table of the target has been written to',
          'planned tables of the target have been written to',
        ),
        objects: written.map(
          (one) => `${shown(one)} (${one.inserted} inserts, ${one.updated} updates, ${one.deleted} deletes)`,
        ),
        why: 'A former rehearsal, or an application that has found the target already: what it writes after the load begins is overwritten or collides.',
        remedy:
          'Find out who it was. SELECT pg_stat_reset(); -- on the target, so that the next preflight sees new writes only',
      },
    ]
  },
}
