import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** Readers take five to ten minutes each to make: they must be there before the switch, not after it. */
export const rdsReaders: Check = {
  code: 'rds-readers',
  title: 'the target has as many readers as the source',
  judge: (facts) => {
    const source = knownFact(facts.source.rds)
    const target = knownFact(facts.target.rds)
    if (source === undefined || target === undefined) return []
    const missing = source.readers.length - target.readers.length
    if (missing <= 0) return []
    return [
      {
        severity: 'warning',
        message: `${source.identifier} has ${source.readers.length} readers, ${target.identifier} has ${target.readers.length}`,
        objects: [...source.readers],
        why: `What reads from them today must be pointed at the target too${target.readerEndpoint === '' ? '' : ` (its reader endpoint is ${target.readerEndpoint})`}, and one writer must not carry all of it.`,
        remedy: Array.from(
          { length: missing },
          (_, index) =>
            `aws rds create-db-instance --db-instance-identifier ${target.identifier}-reader-${index + 1} --db-cluster-identifier ${target.identifier} --engine ${target.engine} --db-instance-class ${target.instanceClass || 'CLASS'}`,
        ).join('\n'),
      },
    ]
  },
}
