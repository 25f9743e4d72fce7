import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { loadBytes } from '../load-bytes.ts'

const gib = 1024n ** 3n

/** Changes that come during the load wait on the replication instance's disk, beside its logs and files. */
export const replicationInstanceStorage: Check = {
  code: 'replication-instance-storage',
  title: 'the replication instance has storage for a tenth of what is loaded',
  judge: (facts) => {
    const wanted = facts.migration.dms['replication-instance']
    const sizes =
      typeof wanted === 'object' && 'create' in wanted
        ? [{ identifier: 'dms.replication-instance.create', storageGb: wanted.create['storage-gb'] }]
        : knownFact(facts.dms.instances).filter(({ status }) => status === 'available')
    if (sizes.length === 0) return []
    const share = loadBytes(facts) / 10n / BigInt(sizes.length)
    return sizes
      .filter(({ storageGb }) => BigInt(storageGb) * gib < share)
      .map(({ identifier, storageGb }) => ({
        severity: 'warning',
        message: `${identifier} has ${storageGb} GB of storage; a tenth of what it loads is ${share / gib} GiB`,
        objects: [identifier],
        why: 'Changes captured during the load are kept there until it ends; full, the instance stops every task on it.',
        remedy: `aws dms modify-replication-instance --replication-instance-arn ARN --allocated-storage ${share / gib + 1n} --apply-immediately`,
      }))
  },
}
