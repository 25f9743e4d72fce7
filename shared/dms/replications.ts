import type { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service'
import type { Migration } from '../migration/schema.ts'
import { replicationTasks, type ReplicationTasks } from './replication-tasks.ts'
import { serverlessReplications } from './serverless-replications.ts'

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

/** The port for either; `signal` ends calls that are under way. */
export function replications(
  compute: Compute,
  client: DatabaseMigrationServiceClient,
  signal?: AbortSignal,
): ReplicationTasks {
  return compute === 'serverless' ? serverlessReplications(client, signal) : replicationTasks(client, signal)
}
