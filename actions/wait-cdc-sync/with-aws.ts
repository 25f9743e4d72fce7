import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service'
import type { AwsAccount } from '../../shared/aws/accounts.ts'
import { awsClientOptions } from '../../shared/aws/client-options.ts'
import { metrics, type Metrics } from '../../shared/cloudwatch/metrics.ts'
import { replicationInstances } from '../../shared/dms/replication-instances.ts'
import type { ReplicationTasks, TaskSelection } from '../../shared/dms/replication-tasks.ts'
import type { Compute } from '../../shared/dms/compute.ts'
import { replications } from '../../shared/dms/replications.ts'
import { instanceNames } from '../../shared/waiting/instance-names.ts'

/** DMS and CloudWatch as this wait uses them. */
export interface Aws {
  readonly port: ReplicationTasks
  readonly metrics: Metrics
  /** Identifiers of the replication instances of these tasks, by ARN. */
  readonly instanceNames: (selection: TaskSelection) => Promise<ReadonlyMap<string, string>>
}

/** Opens the clients, runs `work`, and closes them whatever happens. `signal` ends calls that are under way. */
export async function withAws<T>(
  where: { readonly compute: Compute; readonly account: AwsAccount },
  signal: AbortSignal,
  work: (aws: Aws) => Promise<T>,
): Promise<T> {
  const dms = new DatabaseMigrationServiceClient(awsClientOptions(where.account))
  const cloudWatch = new CloudWatchClient(awsClientOptions(where.account))
  const port = replications(where.compute, dms, signal)
  try {
    return await work({
      port,
      metrics: metrics(cloudWatch, signal),
      instanceNames: async (selection) =>
        instanceNames(replicationInstances(dms, signal), await port.describe(selection)),
    })
  } finally {
    dms.destroy()
    cloudWatch.destroy()
  }
}
