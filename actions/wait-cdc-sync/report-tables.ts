import type { LatestComparison } from '../../shared/control/comparison-store.ts'
import { logHint } from '../../shared/dms/task-state.ts'
import { leastWalHours, leastWalSeconds } from '../../shared/cutover/readiness.ts'
import { plannedTables } from '../../shared/migration/plan-schemas.ts'
import type { Plan } from '../../shared/migration/plan.ts'
import { externalId } from '../../shared/dms/task-identifier.ts'
import type { OpenTransactions } from '../../shared/waiting/open-transactions.ts'
import { lsnDistance, slotOfTask, type SourceHealth } from '../../shared/waiting/source-health.ts'
import type { AgedPoint, MetricSight } from '../../shared/waiting/task-metrics.ts'
import { bottleneck } from './bottleneck.ts'
import type { DatabaseSight, SyncSight } from './assess.ts'
import type { Measured } from './evidence-document.ts'
import type { SyncOutcome } from './sync.ts'

/** What was measured as rows of what, found, allowed, whether it became evidence or not. Pure. */
export function evidenceRows(outcome: SyncOutcome, evidence: Measured, plan: Plan): string[][] {
  const total = (count: (task: Measured['tasks'][number]) => number) =>
    String(evidence.tasks.reduce((sum, task) => sum + count(task), 0))
  const { health, transactions, comparison, wal } = outcome
  const { longest, prepared } = health
  const { databases } = outcome.sight
  const seen = (holder: OpenTransactions['open']) =>
    health.mayMonitor ? holderText(holder) : 'not known: pg_monitor is missing'
  const passed = evidence.markerRoundTripsMs.length > 0
  const last = evidence.slowestTasks.length === 0 ? '' : ` (last: ${evidence.slowestTasks.join(', ')})`
  return [
    [
      'marker round trips',
      passed ? evidence.markerRoundTripsMs.map((ms) => `${Math.round(ms)} ms`).join(', ') + last : 'none yet',
      `${plan.cutover.markerRoundTripMs} ms`,
    ],
    ['tasks running', total(({ status }) => (status === 'running' ? 1 : 0)), String(plan.tasks.length)],
    ['tables errored or suspended', total((task) => task.tablesErrored + task.tablesSuspended), '0'],
    ['rows that could not be applied', appliedText(databases, evidence.applyExceptions), '0'],
    ['triggers fired by replicated rows', triggersText(evidence.canaryFired, passed), 'none'],
    ['rows that differ (DMS validation)', total(({ validation }) => validation.failed), '0'],
    ['rows waiting to be compared', total(({ validation }) => validation.pending), 'those changed lately'],
    [
      'changes captured, not yet applied',
      total(({ pendingChanges }) => pendingChanges),
      'those of the last moment',
    ],
    [
      'changes captured before a marker that arrived, not applied',
      passed || evidence.tasks.some(({ changesBehind }) => changesBehind > 0)
        ? total(({ changesBehind }) => changesBehind)
        : 'not known yet',
      '0',
    ],
    [
      'tables truncated or rewritten since their load',
      rewrittenText(databases, evidence.rewrittenAndEqual),
      'none that verify-data has not found equal since',
    ],
    [
      'large objects',
      databases?.uncarried === undefined ? 'not known' : evidence.largeObjects,
      '0, or accepted by a waiver',
    ],
    ['rows compared by verify-data', comparedText(comparison, plan), 'no rows that differ'],
    ['source’s schema', schemaText(databases, plan), 'as planned'],
    ['oldest writing transaction', seen(longest), `${plan.cutover.freezeBudgetMs / 1000} s at cutover`],
    ['oldest transaction of any kind', seen(transactions.open), 'shown only'],
    ['longest idle in a transaction', seen(transactions.idle), 'shown only'],
    ['prepared transactions', String(prepared.count), '0 at cutover'],
    ['WAL kept by slots', megabytes(evidence.walRetainedBytes), 'shown only'],
    [
      'hours until the slots fill the source’s disk',
      evidence.walHoursLeft === null ? 'not known' : evidence.walHoursLeft.toFixed(1),
      wal.seconds < leastWalSeconds
        ? `shown only: measured over ${wal.seconds.toFixed(0)} s`
        : `${leastWalHours(plan).toFixed(1)} at least`,
    ],
  ]
}

function appliedText(databases: DatabaseSight | undefined, exceptions: number): string {
  const unreadable = databases?.applyErrors.unreadable ?? []
  return unreadable.length === 0 ? String(exceptions) : `not known: ${unreadable.join(', ')} may not be read`
}

function triggersText(fired: boolean, passed: boolean): string {
  if (fired) return 'some'
  return passed ? 'none' : 'not known yet'
}

function rewrittenText(databases: DatabaseSight | undefined, equal: readonly string[]): string {
  if (databases?.uncarried === undefined) return 'not known'
  const all = databases.uncarried.tables.map(({ schema, table }) => `${schema}.${table}`)
  const open = all.filter((name) => !equal.includes(name))
  const texts = [
    ...(open.length === 0 ? [] : [`**${named(open)}: in doubt**`]),
    ...(equal.length === 0 ? [] : [`${named(equal)}: found equal since`]),
  ]
  return texts.length === 0 ? 'none' : texts.join('; ')
}

function schemaText(databases: DatabaseSight | undefined, plan: Plan): string {
  const changed = databases?.drift.length ?? 0
  return changed === 0
    ? `as planned (${plan.sourceFingerprint.slice(0, 12)})`
    : `**${changed} ${changed === 1 ? 'difference' : 'differences'}**`
}

/** At most ten names, and how many more there are. */
function named(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ')
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown
}

function holderText(holder: OpenTransactions['open']): string {
  if (holder === null) return 'none'
  const { seconds, pid, user, application } = holder
  return `${seconds.toFixed(1)} s (pid ${pid}, ${user ?? '?'} ${application ?? ''})`
}

/** What the last comparison of rows found, and when. Pure. */
export function comparedText(comparison: LatestComparison | undefined, plan: Plan): string {
  if (comparison === undefined) return 'never'
  const { state, ageMs, result, partial } = comparison
  const equal = (result?.tables ?? []).filter(({ found }) => found === 'equal').length
  return `${state}, ${agoText(ageMs)}: ${equal} of ${plannedTables(plan).length} tables equal${partial ? ' (asked for some only)' : ''}`
}

function agoText(ms: number): string {
  const minutes = Math.round(ms / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 90) return `${minutes} ${minutes === 1 ? 'minute' : 'minutes'} ago`
  return `${(ms / 3_600_000).toFixed(1)} hours ago`
}

/** What no check here can show, with the reason: reviewers decide with it in view. Pure. */
export function limitsOfProof({ health, metrics, sight, comparison }: SyncOutcome, plan: Plan): string[] {
  const since =
    comparison?.state === 'equal' && !comparison.partial
      ? `since verify-data began, ${agoText(comparison.ageMs)} or earlier`
      : 'since the load (verify-data compares the rows)'
  const lines = [
    `updates of a key ${since}: DMS drops them, and neither side nor DMS counts them`,
    'what left no trace of the kinds that DMS does not carry; looked for and not found: TRUNCATE and rewrites (the files of the tables), changes of the schema, unlogged tables, large objects',
    'the freeze itself: it is predicted from these measurements',
    ...(plan.load.by === 'existing'
      ? ['TRUNCATE between your copy of the rows and create-task, which began to watch for it']
      : []),
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
    slot.confirmedLsn === null
      ? 'unknown'
      : megabytes(lsnDistance(slot.confirmedLsn, health.walLsn).toString()),
    slot.retainedBytes === null ? 'unknown' : megabytes(slot.retainedBytes),
    slot.walStatus ?? 'unknown',
  ])
}

/** What to look at for each task whose marker was late. Pure. */
export function bottleneckLines(
  late: readonly string[],
  { sight, metrics }: Pick<SyncOutcome, 'sight' | 'metrics'>,
  limitMs: number,
): string[] {
  return sight.tasks
    .filter(({ task }) => late.includes(task.identifier))
    .map(
      ({ task }) =>
        `${task.identifier}: ${bottleneck(metrics.tasks.get(task.arn), limitMs / 1000)} (log: ${logHint(task.arn, sight.instances.get(task.replicationInstanceArn) ?? '<replication instance>')})`,
    )
}

function aged(point: AgedPoint, unit: string): string {
  return point === null ? 'no data' : `${point.value}${unit} (${Math.round(point.ageSeconds)} s old)`
}

/** Bytes as text, in MB. */
function megabytes(bytes: string): string {
  return `${(Number(BigInt(bytes) / 1024n) / 1024).toFixed(1)} MB`
}
