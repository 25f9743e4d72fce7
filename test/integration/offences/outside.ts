import { cleanGitHub, cleanReplicationInstance, known } from '../../../shared/preflight/clean-facts.ts'
import type { PreflightFacts } from '../../../shared/preflight/facts.ts'
import type { GitHubFacts } from '../../../shared/preflight/github-facts.ts'
import type { Offence } from './offence.ts'
import { dms, onSide, rds } from './spoil.ts'

/** The facts of GitHub with something else in the workflow or in the environment. */
function github(change: {
  readonly workflow?: Partial<GitHubFacts['workflow']>
  readonly environment?: Partial<NonNullable<GitHubFacts['environment']>>
}): (facts: PreflightFacts) => PreflightFacts {
  return (facts) => {
    const old = facts.github.known && facts.github.value !== undefined ? facts.github.value : cleanGitHub
    const { environment } = old
    return {
      ...facts,
      github: known({
        workflow: { ...old.workflow, ...change.workflow },
        environment: environment === undefined ? undefined : { ...environment, ...change.environment },
      }),
    }
  }
}

/** What AWS and GitHub say; they are not asked here, so all of these change the facts. */
export const offences: readonly Offence[] = [
  {
    code: 'copy-share',
    object: 'shop-aurora-source',
    change: (facts) => ({
      ...facts,
      copy: known({
        source: 'shop-aurora-source',
        sharing: 'not-shared',
        keyArn: 'arn:aws:kms:eu-west-1:111122223333:key/k',
        keyAtSource: undefined,
        keyAtTarget: undefined,
      }),
    }),
  },
  {
    code: 'copy-key',
    object: 'arn:aws:kms:eu-west-1:111122223333:key/k',
    change: (facts) => facts,
  },
  { code: 'rds-servers', object: 'db-1', change: rds('source', { status: 'modifying' }) },
  { code: 'rds-backups', object: 'db-1', change: rds('source', { backupRetentionDays: 0 }) },
  {
    code: 'rds-pending-changes',
    object: 'db-1: EngineVersion',
    change: rds('source', { pendingModifications: ['EngineVersion'] }),
  },
  {
    code: 'rds-maintenance',
    object: 'db-1: system-update',
    change: onSide('source', () => ({
      maintenance: known([{ action: 'system-update', description: '', appliedAt: undefined }]),
    })),
  },
  {
    code: 'rds-logical-replication',
    object: 'aurora-pg',
    change: onSide('target', () => ({ parameters: known([]) })),
  },
  {
    code: 'rds-parameters',
    object: 'work_mem: 65536 here, the default there',
    change: onSide('source', ({ parameters }) => ({
      parameters: known([
        ...((parameters.known ? parameters.value : undefined) ?? []),
        { group: 'pg', name: 'work_mem', value: '65536' },
      ]),
    })),
  },
  { code: 'rds-multi-az', object: 'aurora-1', change: rds('target', { multiAz: false }) },
  { code: 'rds-readers', object: 'replica-1', change: rds('source', { readers: ['replica-1'] }) },
  {
    code: 'rds-free-storage',
    object: 'db-1',
    change: onSide('source', () => ({ freeStorage: known({ bytes: '1024', growthBytes: '0' }) })),
  },
  {
    code: 'rds-deletion-protection',
    object: 'aurora-1',
    change: rds('target', { deletionProtection: false }),
  },
  {
    code: 'rds-certificates',
    object: 'db-1',
    change: rds('source', {
      certificates: [{ instance: 'db-1', authority: 'rds-ca-2019', validTill: undefined }],
    }),
  },
  { code: 'rds-public-access', object: 'db-1', change: rds('source', { publiclyAccessible: true }) },
  {
    code: 'rds-security-groups',
    object: 'sg-1 (0.0.0.0/0)',
    change: onSide('source', () => ({ openRules: known([{ group: 'sg-1', range: '0.0.0.0/0' }]) })),
  },
  { code: 'rds-encryption', object: 'aurora-1', change: rds('target', { encrypted: false }) },
  {
    code: 'rds-alarms',
    object: 'shop cpu (CPUUtilization)',
    change: onSide('source', () => ({ alarms: known([{ name: 'shop cpu', metric: 'CPUUtilization' }]) })),
  },
  { code: 'rds-network', object: 'db-1', change: rds('source', { vpc: 'vpc-2' }) },
  {
    code: 'replication-instance',
    object: 'offending-instance',
    change: dms({
      instances: known([
        { ...cleanReplicationInstance, storageGb: 5, multiAz: false, class: 'dms.t3.medium' },
        { ...cleanReplicationInstance, identifier: 'offending-instance', status: 'not there', class: '' },
      ]),
    }),
  },
  {
    code: 'replication-instance-class',
    object: 'dms.t3.medium',
    change: onSide('source', ({ statistics }) => ({
      statistics: statistics.known
        ? known(statistics.value.map((one) => ({ ...one, bytes: String(10 * 1024 ** 3) })))
        : statistics,
    })),
  },
  // Both of the instance above, which is too small, and alone.
  { code: 'replication-instance-storage', object: 'ri', change: (facts) => facts },
  { code: 'replication-instance-multi-az', object: 'ri', change: (facts) => facts },
  {
    code: 'dms-quotas',
    object: 'Endpoints',
    change: dms({ quotas: known([{ name: 'Endpoints', used: 1000, most: 1000 }]) }),
  },
  {
    code: 'dms-names',
    object: 'aurora-migration-shop-1',
    change: dms({
      taken: known([
        { kind: 'replication task', identifier: 'aurora-migration-shop-1', migration: undefined },
      ]),
    }),
  },
  {
    code: 'dms-serverless',
    object: 'dms.serverless.min-capacity',
    change: (facts) => ({
      ...facts,
      migration: {
        ...facts.migration,
        dms: {
          ...facts.migration.dms,
          serverless: { 'max-capacity': 1, 'min-capacity': 2, 'multi-az': true, 'security-groups': [] },
        },
      },
    }),
  },
  {
    code: 'github-environment',
    object: 'production-cutover',
    change: github({ environment: { reviewers: 0 } }),
  },
  {
    code: 'github-environment-use',
    object: 'deploy',
    change: github({ workflow: { jobsInEnvironment: ['cutover', 'deploy'] } }),
  },
  {
    code: 'github-permissions',
    object: '.github/workflows/migrate.yml',
    change: github({ workflow: { topPermissions: 'write-all' } }),
  },
  {
    code: 'github-concurrency',
    object: '.github/workflows/migrate.yml',
    change: github({ workflow: { concurrency: 'cancels' } }),
  },
]
