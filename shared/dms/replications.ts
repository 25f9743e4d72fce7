import type { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service'
import type { Compute } from './compute.ts'
import { replicationTasks, type ReplicationTasks } from './replication-tasks.ts'
import { serverlessReplications } from './serverless-replications.ts'

/** The port for tasks of either kind; `signal` ends calls that are under way. */
export function replications(
  compute: Compute,
  client: DatabaseMigrationServiceClient,
  signal?: AbortSignal,
): ReplicationTasks {
  return compute === 'serverless' ? serverlessReplications(client, signal) : replicationTasks(client, signal)
}
