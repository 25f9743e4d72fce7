import type { Metric } from './metrics.ts'

/**
 * A metric of one replication task. DMS names the task by its external id (the last segment of its ARN) and the
 * instance by its identifier in lower case (User Guide, Monitoring; AWS sample DMS_Task_Monitoring).
 */
export function taskMetric(
  name: 'CDCLatencySource' | 'CDCLatencyTarget' | 'CDCIncomingChanges',
  task: { readonly externalId: string; readonly replicationInstance: string },
): Metric {
  return {
    namespace: 'AWS/DMS',
    name,
    dimensions: {
      ReplicationInstanceIdentifier: task.replicationInstance.toLowerCase(),
      ReplicationTaskIdentifier: task.externalId,
    },
    statistic: 'Maximum',
  }
}

/** Bytes of storage that an RDS instance has left. */
export function freeStorage(instance: string): Metric {
  return {
    namespace: 'AWS/RDS',
    name: 'FreeStorageSpace',
    dimensions: { DBInstanceIdentifier: instance },
    statistic: 'Minimum',
  }
}
