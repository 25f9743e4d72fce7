import type { Evidence } from '../../shared/migration/evidence.ts'
import type { Plan } from '../../shared/migration/plan.ts'
import { externalId } from '../../shared/dms/task-identifier.ts'
import { slotOfTask, type SourceHealth } from '../../shared/waiting/source-health.ts'
import type { AgedPoint, MetricSight } from '../../shared/waiting/task-metrics.ts'
import type { SyncSight } from './assess.ts'
import type { SyncOutcome } from './sync.ts'

/** The evidence as rows of what, found, allowed. Pure. */
export function evidenceRows(outcome: SyncOutcome, evidence: Evidence, plan: Plan): string[][] {
  const total = (count: (task: Evidence['tasks'][number]) => number) =>
    String(evidence.tasks.reduce((sum, task) => sum + count(task), 0))
  const { longest, prepared } = outcome.health
  return [
    [
      'marker round trips',
      evidence.markerRoundTripsMs.map((ms) => `${Math.round(ms)} ms`).join(', '),
      `${plan.cutover.markerRoundTripMs} ms`,
    ],
    ['tasks running', String(evidence.tasks.length), String(plan.tasks.length)],
    ['tables errored or suspended', total((task) => task.tablesErrored + task.tablesSuspended), '0'],
    ['rows that could not be applied', String(evidence.applyExceptions), '0'],
    ['triggers fired by replicated rows', 'none', 'none'],
    ['rows that differ (DMS validation)', total(({ validation }) => validation.failed), '0'],
    ['rows waiting to be compared', total(({ validation }) => validation.pending), 'those changed lately'],
    [
      'changes captured, not yet applied',
      total(({ pendingChanges }) => pendingChanges),
      'those of the last moment; more that stay are conflicts with the load, or missing rows',
    ],
    ['source’s schema', `as planned (${evidence.sourceFingerprint.slice(0, 12)})`, 'as planned'],
    [
      'oldest writing transaction',
      longest === null
        ? 'none'
        : `${longest.seconds.toFixed(1)} s (pid ${longest.pid}, ${longest.user ?? '?'} ${longest.application ?? ''})`,
      `${plan.cutover.freezeBudgetMs / 1000} s at cutover`,
    ],
    ['prepared transactions', String(prepared.count), '0 at cutover'],
    ['WAL kept by slots', megabytes(evidence.walRetainedBytes), 'see WAL deadline'],
  ]
}

/** What no check here can show, with the reason: reviewers decide with it in view. Pure. */
export function limitsOfProof({ health, metrics, sight }: SyncOutcome): string[] {
  const lines = [
    'changes that DMS does not carry: TRUNCATE, updates of a key, unlogged tables, large objects (preflight excludes what it can see)',
    'the freeze itself: it is predicted from these measurements, not rehearsed',
  ]
  if (!health.mayMonitor)
    lines.push('transactions of other users: the migration’s login lacks pg_monitor on the source')
  if (health.prepared.count > 0)
    lines.push(
      `${health.prepared.count} prepared transactions hold capture up, the oldest for ${health.prepared.seconds.toFixed(0)} s; cutover refuses until they have ended`,
    )
  if (metrics.failure !== undefined) lines.push(`CloudWatch’s metrics: ${metrics.failure}`)
  for (const { task } of sight.tasks) {
    const slot = slotOfTask(health.slots, externalId(task.arn))
    if (slot === undefined) lines.push(`the slot of ${task.identifier}: none has its name`)
    else if (!slot.active)
      lines.push(`the slot of ${task.identifier} (${slot.name}) is not being read at this moment`)
    const found = metrics.tasks.get(task.arn)
    if (metrics.failure === undefined && (found?.latencySource ?? null) === null)
      lines.push(`CloudWatch’s latencies of ${task.identifier}: there is no data point (this is no zero)`)
  }
  return lines
}

/** One row for each task: status, backlog, and metrics with their age. Pure. */
export function metricRows(sight: SyncSight, metrics: MetricSight): string[][] {
  return sight.tasks.map(({ task, tables }) => {
    const found = metrics.tasks.get(task.arn)
    const pending = tables.reduce((sum, { captured, applied }) => sum + Math.max(0, captured - applied), 0)
    return [
      task.identifier,
      task.status,
      String(pending),
      aged(found?.latencySource ?? null, ' s'),
      aged(found?.latencyTarget ?? null, ' s'),
      aged(found?.incomingChanges ?? null, ''),
    ]
  })
}

/** One row for each logical slot of the source's database. Pure. */
export function slotRows(health: SourceHealth): string[][] {
  return health.slots.map((slot) => [
    slot.name,
    slot.active ? 'yes' : 'no',
    slot.confirmedLsn ?? 'none',
    slot.retainedBytes === null ? 'unknown' : megabytes(slot.retainedBytes),
    slot.walStatus ?? 'unknown',
  ])
}

function aged(point: AgedPoint, unit: string): string {
  return point === null ? 'no data' : `${point.value}${unit} (${Math.round(point.ageSeconds)} s old)`
}

/** Bytes as text, in MB. */
function megabytes(bytes: string): string {
  return `${(Number(BigInt(bytes) / 1024n) / 1024).toFixed(1)} MB`
}
