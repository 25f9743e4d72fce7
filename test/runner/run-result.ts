import type { Annotation } from './annotation.ts'

export type StepOutcome = 'success' | 'failure' | 'cancelled' | 'skipped'

/** One step as it ended; `conclusion` is `outcome` after `continue-on-error`. */
export interface StepRun {
  readonly id: string
  readonly name: string
  readonly outcome: StepOutcome
  readonly conclusion: StepOutcome
  readonly outputs: Record<string, string>
  /** Markdown of GITHUB_STEP_SUMMARY, masked. */
  readonly summary: string
  readonly annotations: Annotation[]
  readonly logFile: string
  readonly startedAt: string
  readonly ms: number
}

/** One job as it ended; post steps follow its own steps under `post-<id>`. */
export interface JobRun {
  readonly id: string
  readonly name: string
  readonly result: StepOutcome
  /** Outputs that held a secret are missing. */
  readonly outputs: Record<string, string>
  readonly steps: StepRun[]
  /** What the runner itself had to say: dropped outputs, rejected deployments, time-outs. */
  readonly annotations: Annotation[]
  readonly environment: { readonly name: string; readonly url: string } | undefined
  /** `continue-on-error` of a job: a failure of it does not fail the run. */
  readonly mayFail: boolean
  readonly startedAt: string
  readonly ms: number
}

export interface WorkflowRun {
  readonly runId: string
  readonly attempt: number
  readonly conclusion: 'success' | 'failure' | 'cancelled'
  readonly jobs: Record<string, JobRun>
}

/** What happens while a run goes on, for a live view; lines and texts are masked. */
export type RunEvent =
  | { readonly type: 'run-queued'; readonly runId: string; readonly reason: 'concurrency' }
  | { readonly type: 'run-started'; readonly runId: string; readonly attempt: number; readonly name: string }
  | { readonly type: 'job-queued'; readonly jobId: string; readonly reason: 'concurrency' | 'runner' }
  | { readonly type: 'waiting-approval'; readonly jobId: string; readonly environment: string }
  | {
      readonly type: 'approval'
      readonly jobId: string
      readonly environment: string
      readonly state: 'approved' | 'rejected'
      readonly user: string
    }
  | { readonly type: 'job-started'; readonly jobId: string; readonly name: string }
  | { readonly type: 'step-started'; readonly jobId: string; readonly stepId: string; readonly name: string }
  | {
      readonly type: 'process-started'
      readonly jobId: string
      readonly stepId: string
      readonly pid: number
    }
  | { readonly type: 'log-line'; readonly jobId: string; readonly stepId: string; readonly line: string }
  | { readonly type: 'summary'; readonly jobId: string; readonly stepId: string; readonly summary: string }
  | { readonly type: 'step-ended'; readonly jobId: string; readonly step: StepRun }
  | { readonly type: 'job-ended'; readonly jobId: string; readonly job: JobRun }
  | { readonly type: 'run-ended'; readonly runId: string; readonly conclusion: WorkflowRun['conclusion'] }
