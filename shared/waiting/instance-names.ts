import type { ReplicationInstances } from '../dms/replication-instances.ts'
import type { ReplicationTask } from '../dms/replication-task.ts'

/** Identifiers of the tasks' replication instances by ARN: logs and metrics are named by them. */
export async function instanceNames(
  port: ReplicationInstances,
  tasks: readonly Pick<ReplicationTask, 'replicationInstanceArn'>[],
): Promise<ReadonlyMap<string, string>> {
  // Serverless replications have none.
  const arns = [...new Set(tasks.map(({ replicationInstanceArn }) => replicationInstanceArn))].filter(
    (arn) => arn !== '',
  )
  if (arns.length === 0) return new Map()
  const instances = await port.describe({ arns })
  return new Map(instances.map(({ arn, identifier }) => [arn, identifier]))
}
