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

/** Metrics of a replication instance with what is worst of a minute (User Guide, Replication instance metrics). */
const instanceStatistics = {
  FreeStorageSpace: 'Minimum',
  FreeableMemory: 'Minimum',
  SwapUsage: 'Maximum',
  CPUUtilization: 'Average',
} as const

export type InstanceMetricName = keyof typeof instanceStatistics

/** A metric of a replication instance, which CloudWatch knows by its identifier in lower case. */
export function instanceMetric(name: InstanceMetricName, replicationInstance: string): Metric {
  return {
    namespace: 'AWS/DMS',
    name,
    dimensions: { ReplicationInstanceIdentifier: replicationInstance.toLowerCase() },
    statistic: instanceStatistics[name],
  }
}

/** How much of its capacity units a serverless replication uses, in percent (User Guide, Serverless monitoring). */
export function capacityMetric(dimensions: Readonly<Record<string, string>>): Metric {
  return { namespace: 'AWS/DMS', name: 'CapacityUtilization', dimensions, statistic: 'Maximum' }
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
