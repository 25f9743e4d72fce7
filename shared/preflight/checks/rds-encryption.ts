import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** Encryption at rest can only be chosen when a server is made. */
export const rdsEncryption: Check = {
  code: 'rds-encryption',
  title: 'the target is encrypted where the source is',
  judge: (facts) => {
    const source = knownFact(facts.source.rds)
    const target = knownFact(facts.target.rds)
    if (source === undefined || target === undefined || !source.encrypted || target.encrypted) return []
    return [
      {
        severity: 'blocker',
        message: `${source.identifier} is encrypted at rest, ${target.identifier} is not`,
        objects: [target.identifier],
        why: 'It cannot be turned on later: the target would have to be made again, with the data in it.',
        remedy: `aws rds create-db-${target.kind} --db-${target.kind}-identifier NEW --storage-encrypted --kms-key-id KEY …  # make the target again, encrypted`,
      },
    ]
  },
}
