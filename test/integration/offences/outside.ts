import type { Offence } from './offence.ts'

/** What AWS and GitHub say: scenes/emulated-aws.ts and scenes/workflow-files.ts set them so that they do. */
export const offences: readonly Offence[] = [
  { code: 'copy-share', object: 'shared', scene: 'copy', by: 'aws' },
  { code: 'copy-key', object: 'arn:aws:kms:eu-west-1:222222222222:key/k', scene: 'copy', by: 'aws' },
  { code: 'rds-servers', object: 'db-1', by: 'aws' },
  { code: 'rds-backups', object: 'db-1', by: 'aws' },
  { code: 'rds-pending-changes', object: 'db-1: EngineVersion', by: 'aws' },
  { code: 'rds-maintenance', object: 'db-1: system-update', by: 'aws' },
  { code: 'rds-logical-replication', object: 'aurora-pg', by: 'aws' },
  { code: 'rds-parameters', object: 'work_mem: 65536 here, the default there', by: 'aws' },
  { code: 'rds-multi-az', object: 'aurora-1', by: 'aws' },
  { code: 'rds-readers', object: 'replica-1', by: 'aws' },
  { code: 'rds-free-storage', object: 'db-1', by: 'aws' },
  { code: 'rds-deletion-protection', object: 'aurora-1', by: 'aws' },
  { code: 'rds-certificates', object: 'db-1', by: 'aws' },
  { code: 'rds-public-access', object: 'db-1', by: 'aws' },
  { code: 'rds-security-groups', object: 'sg-1 (0.0.0.0/0)', by: 'aws' },
  { code: 'rds-encryption', object: 'aurora-1', by: 'aws' },
  { code: 'rds-alarms', object: 'shop cpu (CPUUtilization)', by: 'aws' },
  { code: 'rds-network', object: 'db-1', by: 'aws' },
  { code: 'replication-instance', object: 'nowhere', by: 'aws' },
  // Too small, too weak and alone; the table is one of 60 GiB, all of it holes.
  {
    code: 'replication-instance-class',
    object: 'dms.t3.medium',
    side: 'source',
    sql: [
      'create table shop.offending_vast (id bigint)',
      'alter table shop.offending_vast owner to shop_owner',
    ],
  },
  { code: 'replication-instance-storage', object: 'small', by: 'aws' },
  { code: 'replication-instance-multi-az', object: 'small', by: 'aws' },
  { code: 'dms-quotas', object: 'Endpoints', by: 'aws' },
  { code: 'dms-names', object: 'aurora-migration-shop-source', by: 'aws' },
  { code: 'dms-serverless', object: 'dms.serverless', scene: 'copy', by: 'file' },
  { code: 'github-environment', object: 'production-cutover', by: 'github' },
  { code: 'github-environment-use', object: 'deploy', by: 'github' },
  { code: 'github-permissions', object: '.github/workflows/offending.yml', by: 'github' },
  { code: 'github-concurrency', object: '.github/workflows/offending.yml', by: 'github' },
]
