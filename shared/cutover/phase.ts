import type { DatabaseName, Direction } from '../migration/direction.ts'

/** The phases of a cutover, in order (design section 5). */
export type Phase = 'check' | 'pause' | 'drain' | 'fence' | 'end-sessions' | 'open' | 'switch' | 'watch'

/** Phases in which an abort is a ROLLBACK. After the fence's COMMIT there is only forward, and `abort` does not compile. */
export type BeforeCommit = Extract<Phase, 'check' | 'pause' | 'drain' | 'fence'>

export interface PhaseTime {
  readonly name: Phase
  /** ISO 8601, by the runner's clock. */
  readonly startedAt: string
  readonly ms: number
}

/** The deciding row of one database. */
export interface Decision {
  /** Which database of the plan it stands in. */
  readonly side: DatabaseName
  /** Of the cutover that wrote it last. */
  readonly direction: Direction
  readonly generation: bigint
  readonly runId: string
  readonly attempt: number
  /** `fenced`: closed by `fence: read-only` before its commit point, so that it can still be given back. */
  readonly phase: 'paused' | 'fenced' | 'committed' | 'aborted' | 'guarded' | 'opened'
  readonly planDigest: string
  readonly evidenceId: string | null
  readonly detail: Readonly<Record<string, unknown>>
  /** False where the row was written by another server: a clone carries its source's journal. */
  readonly ours: boolean
}
