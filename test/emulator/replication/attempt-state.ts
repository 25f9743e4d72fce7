import type { Applier } from './applier.ts'
import type { Capture } from './capture.ts'
import type { ChangeRouter } from './change-router.ts'
import type { Confirmer } from './confirmer.ts'
import type { ReplicationJob, TaskLogLine } from './job-contract.ts'
import type { Lsn } from './lsn.ts'
import type { PositionStore } from './position.ts'
import type { Sessions } from './sessions.ts'
import type { SlotPlan } from './slot-plan.ts'
import type { Statistics } from './statistics.ts'
import type { StopPosition } from './stop-position.ts'
import type { TableProgress } from './table-state.ts'
import type { TaskContext } from './task-context.ts'
import type { TaskMemory } from './task-memory.ts'
import type { TaskPlan } from './task-plan.ts'
import type { Validator } from './validation.ts'
import type { WakeSignal } from './wake-signal.ts'

export interface AttemptInput {
  readonly job: ReplicationJob
  readonly plan: TaskPlan
  readonly slot: SlotPlan | null
  readonly statistics: Statistics
  readonly positions: PositionStore
  readonly memory: TaskMemory
  readonly meters: TaskContext['meters']
  readonly stopping: AbortSignal
  log(line: TaskLogLine): void
  /** Capture has begun (or is not wanted): what is written on the source from now on is not missed. */
  ready(): void
  /** The attempt can be asked things from now on. */
  live(attempt: LiveAttempt): void
}

/** What the outside may ask of a running attempt. */
export interface LiveAttempt {
  /** commit times of the oldest transaction before and in the apply, null where none waits */
  oldest(): { waitingMs: number | null; applyingMs: number | null }
  /** rows: of a transaction not committed yet, waiting for the target, being applied */
  rows(): { open: number; waiting: number }
  reload(keys: readonly string[]): Promise<void>
  revalidate(keys: readonly string[]): void
}

/** What the parts of one attempt share: they run beside each other in one thread, so plain fields do. */
export interface AttemptState {
  readonly input: AttemptInput
  readonly context: TaskContext
  readonly sessions: Sessions
  /** wakes the apply loop */
  readonly wake: WakeSignal
  tables: Map<string, TableProgress>
  capture: Capture | null
  router: ChangeRouter | null
  applier: Applier | null
  confirmer: Confirmer | null
  validator: Validator | null
  over: boolean
  /** all loads are done: transactions are applied whole */
  flowing: boolean
  /** loads are done, caches still hold changes up to this position */
  draining: Lsn | null
  /** tables being loaded anew while the others flow */
  reloading: number
  readonly stopAt: StopPosition | null
  /** a transaction beyond the stop position was seen: what came before is still to be applied */
  stopReached: boolean
  /** A part runs beside the others; its failure ends the attempt. */
  run(part: Promise<void>): void
  end(reason: string): void
}

/** confirmed_flush_lsn stands still where nothing of interest happens, unless a heartbeat makes something happen. */
export function slotStays(job: ReplicationJob): boolean {
  return job.quirks['idle-slot-stays'] && job.source.heartbeat === undefined
}

/** Everything that the source has sent is on the target. */
export function isSettled(state: AttemptState): boolean {
  return (
    state.flowing &&
    state.draining === null &&
    state.reloading === 0 &&
    state.capture !== null &&
    state.capture.isDrained() &&
    state.router?.pending.length === 0 &&
    state.applier?.oldestInHandMs() === null
  )
}
