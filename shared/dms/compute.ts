import type { Migration } from '../migration/schema.ts'

/** What carries rows: tasks on replication instances, or DMS Serverless. */
export type Compute = 'instance' | 'serverless'

/** Which of them a migration file asks for. */
export function computeOf(migration: Pick<Migration, 'dms'>): Compute {
  return migration.dms.serverless === undefined ? 'instance' : 'serverless'
}

/** Which of them an ARN is of: `…:task:…` or `…:replication-config:…`. */
export function computeOfArn(arn: string): Compute {
  return arn.includes(':replication-config:') ? 'serverless' : 'instance'
}
