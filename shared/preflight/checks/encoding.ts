import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** Text must mean the same on both sides; another order of it changes indexes and queries. */
export const encoding: Check = {
  code: 'encoding',
  title: 'both databases have the same encoding and collation',
  judge: (facts) => {
    const source = knownFact(facts.source.server)
    const target = knownFact(facts.target.server)
    if (source.encoding !== target.encoding) {
      return [
        {
          severity: 'blocker',
          message: `the source is ${source.encoding}, the target ${target.encoding}`,
          objects: [target.database],
          why: 'Characters that the target cannot store end in table errors.',
          remedy: `Create the target database with ENCODING '${source.encoding}'.`,
        },
      ]
    }
    if (source.collation === target.collation) return []
    return [
      {
        severity: 'warning',
        message: `the source sorts by ${source.collation}, the target by ${target.collation}`,
        objects: [target.database],
        why: 'ORDER BY, ranges over text and partition bounds may differ for the application after the switch.',
        remedy: `Create the target database with LC_COLLATE '${source.collation}', or accept the difference.`,
      },
    ]
  },
}
