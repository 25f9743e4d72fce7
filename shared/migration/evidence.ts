/** A point of CloudWatch and its age when it was read; null where CloudWatch had none, which is no zero. Never proof alone. */
export type MetricEvidence = { readonly value: number; readonly ageSeconds: number } | null

/** What one replication task showed when the evidence was taken. */
export interface TaskEvidence {
  readonly identifier: string
  readonly arn: string
  readonly status: string
  readonly tablesErrored: number
  readonly tablesSuspended: number
  /** Captured but not yet applied changes by table statistics: of a busy database never zero. */
  readonly pendingChanges: number
  /** Changes that were captured before a marker which has arrived, and are not applied; without those that verify-data settled. */
  readonly changesBehind: number
  /** CloudWatch: seconds, seconds, and changes that wait to be applied. */
  readonly latencySource: MetricEvidence
  readonly latencyTarget: MetricEvidence
  readonly incomingChanges: MetricEvidence
  /** The task's replication slot on the source; null where none has its name. */
  readonly slot: {
    readonly name: string
    readonly active: boolean
    readonly confirmedLsn: string | null
    /** Bytes of WAL between what DMS has confirmed and what is written; null where it has confirmed nothing. */
    readonly behindBytes: string | null
    readonly walStatus: string | null
  } | null
  readonly validation: {
    readonly enabled: boolean
    readonly pending: number
    readonly failed: number
    readonly suspended: number
  }
}

/** The last comparison of rows by verify-data when the evidence was taken. */
export interface ComparisonEvidence {
  readonly id: string
  readonly state: string
  /** Milliseconds since the epoch by the source's clock. */
  readonly startedAt: number
  readonly ageMs: number
  readonly tablesEqual: number
}

/** What wait-cdc-sync measured and a reviewer approves. Judged again by thresholds after approval, never compared. */
export interface Evidence {
  readonly version: 2
  readonly id: string
  readonly migration: string
  readonly planDigest: string
  readonly runId: string
  /** `marker`: a marker went through every task. `metrics-only`: it did not, and cutover refuses. */
  readonly proof: 'marker' | 'metrics-only'
  /** Marker round trips in ms, one after another, each the slowest of all tasks. */
  readonly markerRoundTripsMs: readonly number[]
  /** Tasks that delivered last in the slowest of those rounds; empty where all were there at once. */
  readonly slowestTasks: readonly string[]
  readonly canaryFired: boolean
  readonly applyExceptions: number
  /** The oldest transaction that writes, and the one that has been idle inside of a transaction for longest. */
  readonly oldestTransactionSeconds: number
  readonly idleInTransactionSeconds: number
  readonly preparedTransactions: number
  readonly walRetainedBytes: string
  /** Hours until the slots fill the source's disk at the present rate; null where it cannot be known. */
  readonly walHoursLeft: number | null
  /** Over how many seconds the rate behind it was measured. */
  readonly walSeconds: number
  readonly sourceFingerprint: string
  /** Tables that were truncated or rewritten since their load, and found equal by a comparison that began later. */
  readonly rewrittenAndEqual: readonly string[]
  /** Large objects on the source, which DMS does not carry. */
  readonly largeObjects: string
  readonly comparison: ComparisonEvidence | null
  readonly tasks: readonly TaskEvidence[]
  /** Freeze that the measurements predict, in ms, and the span in which it is expected. */
  readonly predictedFreezeMs: number
  readonly predictedRangeMs: { readonly low: number; readonly high: number }
}
