import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** Logical decoding needs wal_level = logical (DMS User Guide, PostgreSQL source, prerequisites). */
export const sourceWalLevel: Check = {
  code: 'source-wal-level',
  title: 'the source writes logical WAL',
  judge: (facts) => {
    const level = knownFact(facts.source.server).settings['wal_level']
    if (level === 'logical') return []
    const rds = facts.migration.source['rds-instance'] ?? facts.migration.source['rds-cluster']
    return [
      {
        severity: 'blocker',
        message: `wal_level is ${level ?? 'unknown'}`,
        objects: ['wal_level'],
        why: 'DMS reads changes by logical decoding; without it there is no change data capture.',
        remedy:
          rds === undefined
            ? 'ALTER SYSTEM SET wal_level = logical; -- then restart the server'
            : `aws rds modify-db-${facts.migration.source['rds-cluster'] === undefined ? '' : 'cluster-'}parameter-group --${facts.migration.source['rds-cluster'] === undefined ? 'db' : 'db-cluster'}-parameter-group-name NAME --parameters ParameterName=rds.logical_replication,ParameterValue=1,ApplyMethod=pending-reboot  # then reboot ${rds}`,
      },
    ]
  },
}
