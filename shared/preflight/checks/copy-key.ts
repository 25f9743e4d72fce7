import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** What is encrypted with `aws/rds` cannot be shared at all; any other key must let the target's account use it. */
export const copyKey: Check = {
  code: 'copy-key',
  title: 'the account that copies an encrypted source may use its key',
  unwaivable: 'RDS cannot read a copy whose key it may not use.',
  judge: (facts) => {
    const copy = knownFact(facts.copy)
    if (copy?.keyArn === undefined) return []
    const finding = (message: string, remedy: string) => [
      {
        severity: 'blocker' as const,
        message,
        objects: [copy.keyArn ?? ''],
        why: 'A clone or a restored snapshot is encrypted with the key of the source until it has one of its own.',
        remedy,
      },
    ]
    if (copy.keyAtSource?.customerManaged === false) {
      return finding(
        `${copy.source} is encrypted with a key that AWS manages, which cannot be shared`,
        'Copy a snapshot of it under a customer managed key (aws rds copy-db-cluster-snapshot --kms-key-id …), restore that, and migrate from there; or use `load: { by: dms }`.',
      )
    }
    if (copy.keyAtTarget?.enabled === true) return []
    return finding(
      copy.keyAtTarget === undefined
        ? 'the target’s account may not use the key of the source'
        : 'the key of the source is disabled',
      'In the key’s policy allow kms:DescribeKey, kms:CreateGrant, kms:Decrypt and kms:ReEncrypt* to the target’s account (aws kms put-key-policy), and enable the key.',
    )
  },
}
