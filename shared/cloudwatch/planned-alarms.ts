import type { AlarmPolicy } from '../migration/alarm-schema.ts'
import type { Migration } from '../migration/schema.ts'
import { instanceMetric, taskMetric } from './dms-metrics.ts'
import type { Metric } from './metrics.ts'

/** An alarm as it is to be. */
export interface PlannedAlarm {
  readonly name: string
  readonly description: string
  /** In whose account and region the metric is. */
  readonly account: 'dms' | 'source' | 'target'
  readonly metric: AlarmMetric
  readonly when: 'above' | 'below'
  readonly threshold: number
  /** Minutes in a row that must be so. */
  readonly minutes: number
}

/** What an alarm watches; names of metrics that only alarms look at stand here. */
export type AlarmMetric = Omit<Metric, 'name'> & { readonly name: string }

/** A task with the identifiers that CloudWatch knows it by. */
export interface WatchedTask {
  readonly identifier: string
  readonly externalId: string
  readonly replicationInstance: string
}

/** What the name of every alarm of ours begins with; a task's identifier does so, too. */
export const alarmPrefix = 'aurora-migration-'

/** A lull or a peak of a few minutes is no trouble: DMS itself reports its latencies once a minute, in jumps. */
const minutes = 5

/**
 * The alarms that a migration asks for. On Aurora the writer's metrics are watched by role, since instances change theirs
 * (Aurora User Guide, Creating CloudWatch alarms); what WAL a slot holds is OldestReplicationSlotLag on RDS and
 * ReplicationSlotDiskUsage on Aurora (dimension tables of both User Guides). Servers that RDS does not run have none. Pure.
 */
export function plannedAlarms(
  migration: Migration,
  policy: AlarmPolicy,
  tasks: readonly WatchedTask[],
  instances: readonly string[],
): PlannedAlarm[] {
  const prefix = `${alarmPrefix}${migration.name}`
  const alarm = (
    account: PlannedAlarm['account'],
    of: string,
    metric: AlarmMetric,
    when: PlannedAlarm['when'],
    threshold: number,
  ): PlannedAlarm => ({
    name: `${of}-${metric.name}`,
    description: `Migration ${migration.name}: ${metric.name} of ${of} is ${when} ${threshold}${metric.name.startsWith('CDCLatency') ? ' s' : ' bytes'}`,
    account,
    metric,
    when,
    threshold,
    minutes,
  })
  const seconds = policy.latency / 1000
  return [
    ...tasks.flatMap((task) =>
      (['CDCLatencySource', 'CDCLatencyTarget'] as const).map((name) =>
        alarm('dms', task.identifier, taskMetric(name, task), 'above', seconds),
      ),
    ),
    ...instances.flatMap((instance) => [
      alarm(
        'dms',
        `${prefix}-instance-${instance}`,
        instanceMetric('FreeStorageSpace', instance),
        'below',
        policy['instance-storage'],
      ),
      alarm(
        'dms',
        `${prefix}-instance-${instance}`,
        instanceMetric('FreeableMemory', instance),
        'below',
        policy['instance-memory'],
      ),
    ]),
    ...sourceMetrics(migration).map(({ metric, when }) =>
      alarm(
        'source',
        `${prefix}-source`,
        metric,
        when,
        policy[when === 'below' ? 'source-storage' : 'source-wal'],
      ),
    ),
    ...serverMetric(migration, 'target', 'FreeableMemory', 'Minimum').map((metric) =>
      alarm('target', `${prefix}-target`, metric, 'below', policy['target-memory']),
    ),
  ]
}

function sourceMetrics(migration: Migration): { metric: AlarmMetric; when: PlannedAlarm['when'] }[] {
  const onAurora = migration.source['rds-cluster'] !== undefined
  const wal = onAurora
    ? ['ReplicationSlotDiskUsage', 'TransactionLogsDiskUsage']
    : ['OldestReplicationSlotLag', 'TransactionLogsDiskUsage']
  return [
    // Aurora's storage grows by itself.
    ...(onAurora
      ? []
      : serverMetric(migration, 'source', 'FreeStorageSpace', 'Minimum').map((metric) => ({
          metric,
          when: 'below' as const,
        }))),
    ...wal
      .flatMap((name) => serverMetric(migration, 'source', name, 'Maximum'))
      .map((metric) => ({ metric, when: 'above' as const })),
  ]
}

/** A metric of a side's server; none where RDS does not run it. */
function serverMetric(
  migration: Migration,
  side: 'source' | 'target',
  name: string,
  statistic: Metric['statistic'],
): AlarmMetric[] {
  const { 'rds-cluster': cluster, 'rds-instance': instance } = migration[side]
  const dimensions =
    cluster !== undefined
      ? { DBClusterIdentifier: cluster, Role: 'WRITER' }
      : instance === undefined
        ? undefined
        : { DBInstanceIdentifier: instance }
  return dimensions === undefined ? [] : [{ namespace: 'AWS/RDS', name, dimensions, statistic }]
}
