import type { TaskCompute } from '../dms/replication-tasks.ts'
import type { ReplicationInstance } from '../dms/replication-instances.ts'
import type { Migration } from '../migration/schema.ts'
import type { AwsWork } from './aws-work.ts'
import { ensureReplicationInstances } from './ensure-replication-instance.ts'

/** What the tasks run on: instances that are available, or the capacity that DMS Serverless is to have. */
export interface PlacedCompute {
  /** For people: `on shop-replication`, `on DMS Serverless (up to 16 DCU)`. */
  readonly name: string
  readonly instances: readonly Pick<ReplicationInstance, 'identifier' | 'arn'>[]
  /** Of the task number `index`, from 0; several instances take the tasks in turn. */
  ofTask(index: number): TaskCompute
}

/** Instances made or found, each available; nothing is there to be made for DMS Serverless before its tasks. */
export async function ensureCompute(work: AwsWork, migration: Migration): Promise<PlacedCompute> {
  const { serverless } = migration.dms
  if (serverless !== undefined) {
    const { 'min-capacity': least, 'subnet-group': subnetGroup, 'kms-key': kmsKey } = serverless
    const capacity = {
      most: serverless['max-capacity'],
      multiAz: serverless['multi-az'],
      securityGroups: serverless['security-groups'],
      ...(least === undefined ? {} : { least }),
      ...(subnetGroup === undefined ? {} : { subnetGroup }),
      ...(kmsKey === undefined ? {} : { kmsKey }),
    }
    return {
      name: `DMS Serverless (up to ${capacity.most} DCU)`,
      instances: [],
      ofTask: () => ({ capacity }),
    }
  }
  const instances = await ensureReplicationInstances(work, migration)
  return {
    name: instances.map(({ identifier }) => identifier).join(', '),
    instances,
    ofTask: (index) => ({ replicationInstanceArn: instances[index % instances.length]?.arn ?? '' }),
  }
}
