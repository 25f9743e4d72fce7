import type { ApprovalDecision, ApprovalRequest, RunEvent } from '../runner/run-workflow.ts'
import type { Sabotage } from '../workload/sabotage.ts'
import type { RunningWorkload } from '../workload/start-workload.ts'
import type { Stack } from './open-stack.ts'
import type { Strategy } from './strategies.ts'

/** The repository that the example workflows name in `uses:`. */
export const repository = 'aurora-migration/aurora-migration-actions'

export interface RehearsalOptions {
  /** Root of the checkout whose bundles and examples are run. */
  readonly checkout: string
  readonly workflow: string
  readonly migration: string
  readonly out: string
  readonly scale: number
  readonly writers: number
  readonly replicationDelayMs: number
  /** Writes that must have been acknowledged before the writers are stopped. */
  readonly leastWrites: number
  readonly sourceUrl?: string
  readonly targetUrl?: string
  /** One of the strategies instead of `migration`. */
  readonly strategy?: Strategy
  readonly sabotage?: Sabotage
  /** Falls back after so many ms of writes on the target, and cuts over again. */
  readonly fallBackAfterMs?: number
  readonly signal: AbortSignal
  approve(request: ApprovalRequest): Promise<ApprovalDecision>
  /** For the live view. */
  readonly onJobs: (ids: readonly string[]) => void
  readonly onStep: (step: string) => void
  readonly onEvent: (event: RunEvent) => void
  readonly onWorkload: (workload: RunningWorkload, stack: Stack) => void
}
