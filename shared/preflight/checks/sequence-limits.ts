import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, statements } from '../naming.ts'
import { qualified } from '../../migration/identifier.ts'

/** Sequences that are nearly used up, or that the margin would push over their end. */
export const sequenceLimits: Check = {
  code: 'source-sequence-limits',
  title: 'every sequence has room for the margin and for the days after',
  judge: (facts) => {
    const positions = new Map(
      knownFact(facts.source.sequences).map((one) => [`${one.schema}.${one.sequence}`, one]),
    )
    const margin = BigInt(facts.migration.sequences.margin)
    const over: string[] = []
    const near: string[] = []
    const unreadable: string[] = []
    for (const sequence of knownFact(facts.source.catalogue).sequences) {
      const name = `${sequence.schema}.${sequence.sequence}`
      const position = positions.get(name)
      if (position?.readable === false) unreadable.push(qualified(sequence.schema, sequence.sequence))
      if (sequence.cycle || position === undefined || position.lastValue === null) continue
      const last = BigInt(position.lastValue)
      const min = BigInt(sequence.min)
      const max = BigInt(sequence.max)
      const rising = BigInt(sequence.increment) > 0n
      const left = rising ? max - last : last - min
      const range = max - min
      if (left < margin) over.push(`${name} (at ${last}, ${left} left)`)
      else if (left * 10n < range) near.push(`${name} (at ${last}, ${left} left)`)
    }
    const findings: Finding[] = []
    if (unreadable.length > 0) {
      findings.push({
        severity: 'blocker',
        message: counted(unreadable.length, 'sequence cannot be read', 'sequences cannot be read'),
        objects: unreadable,
        why: 'Their values are set on the target at the cutover.',
        remedy: statements(
          unreadable.map(
            (name) =>
              `GRANT SELECT ON SEQUENCE ${name} TO CURRENT_USER; -- as the owner, to the migration’s login`,
          ),
        ),
      })
    }
    if (over.length > 0) {
      findings.push({
        severity: 'blocker',
        message: counted(
          over.length,
          'sequence has less room than `sequences.margin`',
          'sequences have less room than `sequences.margin`',
        ),
        objects: over,
        why: 'The value that the target would get lies past the end of the sequence.',
        remedy: 'Widen the sequence (ALTER SEQUENCE … AS bigint MAXVALUE …), or make the margin smaller.',
      })
    }
    if (near.length > 0) {
      findings.push({
        severity: 'warning',
        message: counted(
          near.length,
          'sequence has used more than nine tenths of its range',
          'sequences have used more than nine tenths of their range',
        ),
        objects: near,
        why: 'They may end soon after the move, when nobody looks for it.',
        remedy: 'ALTER SEQUENCE … AS bigint; with the column that it feeds.',
      })
    }
    return findings
  },
}
