import { freeStorage, taskMetric } from '../cloudwatch/dms-metrics.ts'
import type { LatestPoint, Metric, Metrics } from '../cloudwatch/metrics.ts'
import { externalId } from '../dms/task-identifier.ts'
import type { ReplicationTask } from '../dms/replication-task.ts'

/** A metric's newest value and how old it is; null where CloudWatch has none. */
export type AgedPoint = { readonly value: number; readonly ageSeconds: number } | null

export interface TaskMetrics {
  readonly latencySource: AgedPoint
  readonly latencyTarget: AgedPoint
  readonly incomingChanges: AgedPoint
}

export interface MetricSight {
  /** By task ARN. */
  readonly tasks: ReadonlyMap<string, TaskMetrics>
  /** Free storage of the source's RDS instance in bytes; null where it is not on RDS or not known. */
  readonly freeBytes: number | null
  /** Why CloudWatch could not be read, where it could not. */
  readonly failure: string | undefined
}

const names = ['CDCLatencySource', 'CDCLatencyTarget', 'CDCIncomingChanges'] as const

/**
 * CloudWatch's view of the tasks. It supports a proof and never makes one, so its absence is reported, not thrown:
 * a missing point is null, never zero.
 */
export async function readTaskMetrics(
  port: Metrics,
  tasks: readonly ReplicationTask[],
  instances: ReadonlyMap<string, string>,
  options: { readonly sourceInstance: string | undefined; readonly now: number },
): Promise<MetricSight> {
  const storage = options.sourceInstance === undefined ? [] : [freeStorage(options.sourceInstance)]
  let points: LatestPoint[]
  let failure: string | undefined
  let wanted: Metric[] = []
  try {
    wanted = (await Promise.all(tasks.map((task) => metricsOf(port, task, instances)))).flat()
    points = await port.latest([...wanted, ...storage], new Date(options.now))
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') throw error
    points = []
    failure = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  }
  const aged = (place: number): AgedPoint => {
    const point = points[place] ?? null
    return point === null
      ? null
      : { value: point.value, ageSeconds: Math.max(0, (options.now - point.at.getTime()) / 1000) }
  }
  return {
    tasks: new Map(
      tasks.map((task, index) => [
        task.arn,
        {
          latencySource: aged(index * names.length),
          latencyTarget: aged(index * names.length + 1),
          incomingChanges: aged(index * names.length + 2),
        },
      ]),
    ),
    freeBytes: failure === undefined ? (aged(wanted.length)?.value ?? null) : null,
    failure,
  }
}

/** The three metrics of a task. A serverless replication has no instance to be named by: its metrics are looked for. */
async function metricsOf(
  port: Metrics,
  task: ReplicationTask,
  instances: ReadonlyMap<string, string>,
): Promise<Metric[]> {
  if (task.replicationInstanceArn !== '') {
    const place = {
      externalId: externalId(task.arn),
      replicationInstance: instances.get(task.replicationInstanceArn) ?? '',
    }
    return names.map((name) => taskMetric(name, place))
  }
  const found = await Promise.all(
    [externalId(task.arn), task.identifier].map((name) => port.dimensionsOf(names[0], name)),
  )
  const dimensions = found.find((one) => one !== undefined) ?? {
    ReplicationConfigIdentifier: task.identifier,
  }
  return names.map((name) => ({ namespace: 'AWS/DMS', name, dimensions, statistic: 'Maximum' }))
}
