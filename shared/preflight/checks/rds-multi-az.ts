import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** Who has a standby today should not lose it by moving. */
export const rdsMultiAz: Check = {
  code: 'rds-multi-az',
  title: 'the target has a standby in another Availability Zone where the source has one',
  judge: (facts) => {
    const source = knownFact(facts.source.rds)
    const target = knownFact(facts.target.rds)
    if (source === undefined || target === undefined || !source.multiAz || target.multiAz) return []
    return [
      {
        severity: 'warning',
        message: `${source.identifier} has a standby in another Availability Zone, ${target.identifier} has none`,
        objects: [target.identifier],
        why: 'After the switch the loss of one zone is an outage of many minutes; during it the cutover is rolled back.',
        remedy:
          target.kind === 'cluster'
            ? `aws rds create-db-instance --db-instance-identifier ${target.identifier}-2 --db-cluster-identifier ${target.identifier} --engine ${target.engine} --db-instance-class ${target.instanceClass || 'CLASS'}`
            : `aws rds modify-db-instance --db-instance-identifier ${target.identifier} --multi-az --apply-immediately`,
      },
    ]
  },
}
