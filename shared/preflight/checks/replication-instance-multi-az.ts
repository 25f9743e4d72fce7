import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** A standby takes over within minutes; without one the loss of a zone stops every task until somebody acts. */
export const replicationInstanceMultiAz: Check = {
  code: 'replication-instance-multi-az',
  title: 'the replication instance has a standby in another Availability Zone',
  judge: (facts) => {
    const wanted = facts.migration.dms['replication-instance']
    const alone = [
      ...knownFact(facts.dms.instances)
        .filter(({ status, multiAz }) => status === 'available' && !multiAz)
        .map(({ identifier }) => identifier),
      ...(typeof wanted === 'object' && 'create' in wanted && !wanted.create['multi-az']
        ? ['dms.replication-instance.create']
        : []),
      ...(facts.migration.dms.serverless?.['multi-az'] === false ? ['dms.serverless'] : []),
    ]
    if (alone.length === 0) return []
    return [
      {
        severity: 'note',
        message: `${alone.join(', ')} ${alone.length === 1 ? 'stands' : 'stand'} in one Availability Zone`,
        objects: alone,
        why: 'When that zone is lost the tasks stand still, slots keep WAL on the source, and there is no way back.',
        remedy:
          'aws dms modify-replication-instance --replication-instance-arn ARN --multi-az --apply-immediately',
      },
    ]
  },
}
