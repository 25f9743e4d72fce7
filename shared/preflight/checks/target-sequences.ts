import type { CatalogueSequence } from '../../migration/catalogue-model.ts'
import type { Check, Finding } from '../finding.ts'
import { qualified } from '../../migration/identifier.ts'
import { knownFact } from '../known-fact.ts'
import { counted, statements } from '../naming.ts'

/** DMS never advances sequences; the cutover sets them, so they must be there, with the same shape. */
export const targetSequences: Check = {
  code: 'target-sequences',
  title: 'every sequence of the source is on the target, with the same range',
  judge: (facts) => {
    const there = new Map(knownFact(facts.target.catalogue).sequences.map((one) => [key(one), one]))
    const missing: CatalogueSequence[] = []
    const different: string[] = []
    for (const sequence of knownFact(facts.source.catalogue).sequences) {
      const match = there.get(key(sequence))
      if (match === undefined) missing.push(sequence)
      else if (shape(match) !== shape(sequence))
        different.push(`${key(sequence)}: ${shape(match)}, not ${shape(sequence)}`)
    }
    const findings: Finding[] = []
    if (missing.length > 0) {
      findings.push({
        severity: 'blocker',
        message: counted(
          missing.length,
          'sequence is missing on the target',
          'sequences are missing on the target',
        ),
        objects: missing.map(key),
        why: 'The cutover sets every sequence of the migrated schemas on the target.',
        remedy: statements(
          missing.map(
            (one) =>
              `CREATE SEQUENCE ${qualified(one.schema, one.sequence)} AS ${one.type} INCREMENT ${one.increment} MINVALUE ${one.min} MAXVALUE ${one.max} START ${one.start}${one.cycle ? ' CYCLE' : ''};`,
          ),
        ),
      })
    }
    if (different.length > 0) {
      findings.push({
        severity: 'blocker',
        message: counted(
          different.length,
          'sequence has another range or step on the target',
          'sequences have another range or step on the target',
        ),
        objects: different,
        why: 'The value of the source may not be allowed there, or the next ones may collide.',
        remedy: 'ALTER SEQUENCE … on the target until they are the same.',
      })
    }
    return findings
  },
}

function key({ schema, sequence }: CatalogueSequence): string {
  return `${schema}.${sequence}`
}

function shape({ type, increment, min, max, cycle }: CatalogueSequence): string {
  return `${type} by ${increment} from ${min} to ${max}${cycle ? ' cycle' : ''}`
}
