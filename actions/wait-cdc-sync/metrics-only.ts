import type { Metrics } from '../../shared/cloudwatch/metrics.ts'
import { MigrationError, type Problem } from '../../shared/runtime/errors.ts'
import { poll, type Look } from '../../shared/runtime/poll.ts'
import type { ActionContext } from '../../shared/runtime/run-action.ts'
import { readTaskMetrics, type AgedPoint, type MetricSight } from '../../shared/waiting/task-metrics.ts'
import { assessSync, type SyncSight } from './assess.ts'

/** What counts as caught up by metrics, where no plan says it: the migration file's default for a marker. */
export const latencyLimitSeconds = 10
/** An older point says nothing of now. */
const ageLimitSeconds = 300

export type MetricsVerdict =
  | { readonly kind: 'caught-up'; readonly unverified: readonly string[] }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] }
  | { readonly kind: 'still-running'; readonly reasons: readonly string[] }

/** Judges tasks by status, statistics and CloudWatch alone. A metric that is missing or old is waited for. Pure. */
export function assessMetrics(sight: SyncSight, metrics: MetricSight): MetricsVerdict {
  const verdict = assessSync(sight)
  if (verdict.kind === 'refused') return verdict
  const reasons = verdict.kind === 'waiting' ? [...verdict.reasons] : []
  if (metrics.failure !== undefined) reasons.push(`CloudWatch cannot be read (${metrics.failure})`)
  for (const { task } of sight.tasks) {
    const found = metrics.tasks.get(task.arn)
    const points = {
      CDCLatencySource: found?.latencySource ?? null,
      CDCLatencyTarget: found?.latencyTarget ?? null,
      CDCIncomingChanges: found?.incomingChanges ?? null,
    }
    for (const [name, point] of Object.entries(points)) {
      const reason = pointReason(name, point)
      if (reason !== undefined) reasons.push(`${task.identifier}: ${reason}`)
    }
  }
  if (reasons.length > 0) return { kind: 'still-running', reasons }
  return { kind: 'caught-up', unverified: verdict.kind === 'clear' ? verdict.unverified : [] }
}

function pointReason(name: string, point: AgedPoint): string | undefined {
  if (point === null) return `CloudWatch has no point of ${name}`
  if (point.ageSeconds > ageLimitSeconds)
    return `the last point of ${name} is ${Math.round(point.ageSeconds)} s old`
  if (name !== 'CDCIncomingChanges' && point.value > latencyLimitSeconds)
    return `${name} is ${point.value} s; ${latencyLimitSeconds} s are allowed`
  return undefined
}

export interface MetricsWork {
  readonly metrics: Metrics
  readonly instances: ReadonlyMap<string, string>
  readonly observe: () => Promise<SyncSight>
  /** 0: one look. */
  readonly maxWaitMs: number
  readonly context: ActionContext
}

export interface MetricsOutcome {
  readonly verdict: MetricsVerdict
  readonly sight: SyncSight
  readonly metrics: MetricSight
}

/** Waits by metrics alone. */
export async function waitByMetrics(work: MetricsWork): Promise<MetricsOutcome> {
  const { clock, signal, log } = work.context
  const look = async (): Promise<MetricsOutcome> => {
    const sight = await work.observe()
    const tasks = sight.tasks.map(({ task }) => task)
    const metrics = await readTaskMetrics(work.metrics, tasks, work.instances, {
      sourceInstance: undefined,
      now: clock.now(),
    })
    return { verdict: assessMetrics(sight, metrics), sight, metrics }
  }
  let last: MetricsOutcome | undefined
  if (work.maxWaitMs === 0) return look()
  try {
    return await poll(
      async (): Promise<Look<MetricsOutcome>> => {
        try {
          last = await look()
        } catch (error) {
          // AWS is away for a while, as it is for the wait with markers.
          if (!(error instanceof MigrationError) || error.code !== 'unavailable') throw error
          return {
            done: false,
            reason: `${error.message}; it is tried again until max-wait is over`,
            progress: '',
          }
        }
        if (last.verdict.kind !== 'still-running') return { done: true, value: last }
        const reason = last.verdict.reasons.join('; ')
        return { done: false, reason, progress: reason }
      },
      {
        clock,
        signal,
        deadlineMs: work.maxWaitMs,
        what: 'CDC',
        remedy: 'Run this action again.',
        onReason: (reason) => log.line(`waiting: ${reason}`),
      },
    )
  } catch (error) {
    if (error instanceof MigrationError && error.code === 'timeout' && last !== undefined) return last
    throw error
  }
}
