import type { RdsServer } from './rds-facts.ts'

// Literals for the tests of the checks: an RDS server with nothing wrong.

/** A source or target of RDS; its address is that of the source in clean-facts.ts. */
export function cleanRds(kind: RdsServer['kind'], more: Partial<RdsServer> = {}): RdsServer {
  const instance = kind === 'instance'
  return {
    kind,
    identifier: instance ? 'db-1' : 'aurora-1',
    status: 'available',
    engine: instance ? 'postgres' : 'aurora-postgresql',
    engineVersion: instance ? '15.8' : '17.4',
    address: instance ? 'source' : 'target',
    port: 5432,
    instanceClass: 'db.r6g.large',
    multiAz: true,
    storage: instance ? { allocatedGib: 100, autoscalesToGib: undefined } : undefined,
    encrypted: true,
    kmsKey: undefined,
    publiclyAccessible: false,
    deletionProtection: true,
    backupRetentionDays: 7,
    latestRestorable: new Date('2026-06-01T11:57:00Z'),
    parameterGroups: [
      {
        name: instance ? 'pg' : 'aurora-pg',
        kind: instance ? 'instance' : 'cluster',
        applyStatus: 'in-sync',
      },
    ],
    pendingModifications: [],
    maintenanceWindow: 'sun:03:00-sun:03:30',
    minorUpgrades: false,
    certificates: [
      {
        instance: instance ? 'db-1' : 'aurora-1-a',
        authority: 'rds-ca-rsa2048-g1',
        validTill: new Date('2061-05-25T00:00:00Z'),
      },
    ],
    readers: [],
    readerEndpoint: instance ? '' : 'aurora-1.cluster-ro.example',
    securityGroups: ['sg-1'],
    vpc: 'vpc-1',
    arn: `arn:aws:rds:eu-west-1:111122223333:${instance ? 'db:db-1' : 'cluster:aurora-1'}`,
    ...more,
  }
}
