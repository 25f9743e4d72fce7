import type { Evidence, TaskEvidence } from '../../shared/migration/evidence.ts'
import type { ApplyErrors } from '../../shared/waiting/apply-errors.ts'
import { retainedBytes, type SourceHealth, type WalDeadline } from '../../shared/waiting/source-health.ts'
import { validation } from '../../shared/dms/table-state.ts'
import type { AgedPoint, MetricSight } from '../../shared/waiting/task-metrics.ts'
import { migratedTables, type TaskSight } from '../../shared/waiting/task-sight.ts'
import { tableState } from '../../shared/dms/table-state.ts'

export interface EvidenceFacts {
  readonly id: string
  readonly migration: string
  readonly planDigest: string
  readonly runId: string
  /** The rounds that count, oldest first, in ms. */
  readonly rounds: readonly number[]
  readonly applyErrors: ApplyErrors
  readonly health: SourceHealth
  readonly wal: WalDeadline
  readonly fingerprint: string
  readonly tasks: readonly TaskSight[]
  readonly metrics: MetricSight
  readonly predictedFreezeMs: number
}

/** The document that a reviewer approves and cutover judges again. Pure. */
export function evidenceOf(facts: EvidenceFacts): Evidence {
  return {
    version: 1,
    id: facts.id,
    migration: facts.migration,
    planDigest: facts.planDigest,
    runId: facts.runId,
    proof: 'marker',
    markerRoundTripsMs: facts.rounds.map((ms) => Math.round(ms * 10) / 10),
    // A canary that fired ends the wait; evidence with one does not come to be.
    canaryFired: false,
    applyExceptions: facts.applyErrors.exceptions,
    oldestTransactionSeconds: facts.health.longest?.seconds ?? 0,
    walRetainedBytes: retainedBytes(facts.health).toString(),
    walHoursLeft: facts.wal.hoursLeft,
    sourceFingerprint: facts.fingerprint,
    tasks: facts.tasks.map((sight) => taskEvidence(sight, facts)),
    predictedFreezeMs: facts.predictedFreezeMs,
  }
}

function taskEvidence(sight: TaskSight, facts: EvidenceFacts): TaskEvidence {
  const { task } = sight
  const tables = migratedTables(sight)
  const metrics = facts.metrics.tasks.get(task.arn)
  const carried = new Set(tables.map(({ schema, table }) => `${schema}.${table}`))
  const sum = (count: (table: (typeof tables)[number]) => number) =>
    tables.reduce((total, table) => total + count(table), 0)
  return {
    identifier: task.identifier,
    arn: task.arn,
    status: task.status,
    tablesErrored: tables.filter(({ state }) => tableState(state) === 'errored').length,
    tablesSuspended: facts.applyErrors.suspended.filter(({ table }) => carried.has(table)).length,
    pendingChanges: sum(({ captured, applied }) => Math.max(0, captured - applied)),
    latencySource: latency(metrics?.latencySource ?? null),
    latencyTarget: latency(metrics?.latencyTarget ?? null),
    validation: {
      enabled: tables.some(({ validationState }) => validation(validationState) !== 'off'),
      pending: sum(({ validationPending }) => validationPending),
      failed: sum(({ validationFailed }) => validationFailed),
      suspended: sum(({ validationSuspended }) => validationSuspended),
    },
  }
}

function latency(point: AgedPoint): TaskEvidence['latencySource'] {
  return point === null ? null : { seconds: point.value, ageSeconds: Math.round(point.ageSeconds) }
}
