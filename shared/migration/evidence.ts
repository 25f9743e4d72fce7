/** What one replication task showed when the evidence was taken. */
export interface TaskEvidence {
  readonly identifier: string
  readonly arn: string
  readonly status: string
  readonly tablesErrored: number
  readonly tablesSuspended: number
  /** Captured but not yet applied changes by table statistics. */
  readonly pendingChanges: number
  /** CloudWatch, seconds and the age of the data point; null where CloudWatch had none. Never proof alone. */
  readonly latencySource: { readonly seconds: number; readonly ageSeconds: number } | null
  readonly latencyTarget: { readonly seconds: number; readonly ageSeconds: number } | null
  readonly validation: {
    readonly enabled: boolean
    readonly pending: number
    readonly failed: number
    readonly suspended: number
  }
}

/** What wait-cdc-sync measured and a reviewer approves. Judged again by thresholds after approval, never compared. */
export interface Evidence {
  readonly version: 1
  readonly id: string
  readonly migration: string
  readonly planDigest: string
  readonly runId: string
  /** `marker`: a marker went through every task. `metrics-only`: it did not, and cutover refuses. */
  readonly proof: 'marker' | 'metrics-only'
  /** Marker round trips in ms, one after another, each the slowest of all tasks. */
  readonly markerRoundTripsMs: readonly number[]
  readonly canaryFired: boolean
  readonly applyExceptions: number
  readonly oldestTransactionSeconds: number
  readonly walRetainedBytes: string
  /** Hours until the slots fill the source's disk at the present rate; null where it cannot be known. */
  readonly walHoursLeft: number | null
  readonly sourceFingerprint: string
  readonly tasks: readonly TaskEvidence[]
  /** Freeze that the measurements predict, in ms. */
  readonly predictedFreezeMs: number
}
