import { externalId } from '../../shared/dms/task-identifier.ts'
import { tableState, validation } from '../../shared/dms/table-state.ts'
import type {
  ComparisonEvidence,
  Evidence,
  MetricEvidence,
  TaskEvidence,
} from '../../shared/migration/evidence.ts'
import type { OpenTransactions } from '../../shared/waiting/open-transactions.ts'
import {
  lsnDistance,
  retainedBytes,
  slotOfTask,
  type SourceHealth,
  type WalDeadline,
} from '../../shared/waiting/source-health.ts'
import type { AgedPoint, MetricSight } from '../../shared/waiting/task-metrics.ts'
import { migratedTables, type TaskSight } from '../../shared/waiting/task-sight.ts'
import type { DatabaseSight } from './assess.ts'
import type { TableBehind } from './backlog.ts'
import type { FreezePrediction } from './predict.ts'
import type { MarkerRound } from './wait.ts'

export interface MeasuredFacts {
  /** The rounds that count, oldest first. */
  readonly rounds: readonly MarkerRound[]
  /** Tables that are behind a marker which has arrived. */
  readonly behind: readonly TableBehind[]
  readonly databases: DatabaseSight
  /** Tables that were rewritten since their load, and compared since. */
  readonly settled: readonly string[]
  readonly comparison: ComparisonEvidence | null
  readonly health: SourceHealth
  readonly transactions: OpenTransactions
  readonly wal: WalDeadline
  /** An application's trigger fired for a replicated marker. */
  readonly canaryFired: boolean
  readonly tasks: readonly TaskSight[]
  readonly metrics: MetricSight
}

/** Numbers of a wait, whether they become evidence or not. */
export type Measured = Omit<
  Evidence,
  | 'version'
  | 'id'
  | 'migration'
  | 'planDigest'
  | 'runId'
  | 'proof'
  | 'sourceFingerprint'
  | 'predictedFreezeMs'
  | 'predictedRangeMs'
>

/** The document that a reviewer approves and cutover judges again. Pure. */
export function evidenceOf(
  facts: MeasuredFacts,
  about: Pick<Evidence, 'id' | 'migration' | 'planDigest' | 'runId' | 'sourceFingerprint'>,
  prediction: FreezePrediction,
): Evidence {
  return {
    version: 2,
    proof: 'marker',
    ...about,
    ...measuredOf(facts),
    predictedFreezeMs: prediction.ms,
    predictedRangeMs: prediction.range,
  }
}

/** What the wait has measured so far. Pure. */
export function measuredOf(facts: MeasuredFacts): Measured {
  const { rounds, databases, health } = facts
  const slowest = rounds.reduce((worst, round) => (round.ms > worst.ms ? round : worst), {
    ms: 0,
    slowest: [],
  } as MarkerRound)
  return {
    markerRoundTripsMs: rounds.map(({ ms }) => Math.round(ms * 10) / 10),
    slowestTasks: slowest.slowest,
    canaryFired: facts.canaryFired,
    applyExceptions: databases.applyErrors.exceptions,
    oldestTransactionSeconds: health.longest?.seconds ?? 0,
    idleInTransactionSeconds: facts.transactions.idle?.seconds ?? 0,
    preparedTransactions: health.prepared.count,
    walRetainedBytes: retainedBytes(health).toString(),
    walHoursLeft: facts.wal.hoursLeft,
    walSeconds: Math.round(facts.wal.seconds),
    rewrittenAndEqual: facts.settled,
    largeObjects: databases.uncarried?.largeObjects.count ?? '0',
    comparison: facts.comparison,
    tasks: facts.tasks.map((sight) => taskEvidence(sight, facts)),
  }
}

function taskEvidence(sight: TaskSight, facts: MeasuredFacts): TaskEvidence {
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
    tablesSuspended: facts.databases.applyErrors.suspended.filter(({ table }) => carried.has(table)).length,
    pendingChanges: sum(({ captured, applied }) => Math.max(0, captured - applied)),
    changesBehind: facts.behind
      .filter((table) => table.task === task.identifier)
      .reduce((total, { changes }) => total + changes, 0),
    latencySource: aged(metrics?.latencySource ?? null),
    latencyTarget: aged(metrics?.latencyTarget ?? null),
    incomingChanges: aged(metrics?.incomingChanges ?? null),
    slot: slotEvidence(facts.health, externalId(task.arn)),
    validation: {
      enabled: tables.some(({ validationState }) => validation(validationState) !== 'off'),
      pending: sum(({ validationPending }) => validationPending),
      failed: sum(({ validationFailed }) => validationFailed),
      suspended: sum(({ validationSuspended }) => validationSuspended),
    },
  }
}

function slotEvidence(health: SourceHealth, externalTaskId: string): TaskEvidence['slot'] {
  const slot = slotOfTask(health.slots, externalTaskId)
  if (slot === undefined) return null
  const { name, active, confirmedLsn, walStatus } = slot
  const behindBytes = confirmedLsn === null ? null : lsnDistance(confirmedLsn, health.walLsn).toString()
  return { name, active, confirmedLsn, behindBytes, walStatus }
}

function aged(point: AgedPoint): MetricEvidence {
  return point === null ? null : { value: point.value, ageSeconds: Math.round(point.ageSeconds) }
}
