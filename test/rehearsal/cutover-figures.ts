import type { WorkflowRun } from '../runner/run-workflow.ts'

/** The figures that the cutover put out. */
export interface CutoverFigures {
  readonly freezeMs: number | null
  readonly drainMs: number | null
  readonly ourMs: number | null
  readonly markerRoundTripMs: number | null
  readonly lockAttempts: number
  readonly sessionsEnded: number
  readonly sequencesSet: number
  readonly phases: readonly { readonly name: string; readonly startedAt: string; readonly ms: number }[]
}

/** The JSON of the step that opened the other database, wherever the workflow has it; null where none did. */
export function cutoverFigures(run: WorkflowRun): CutoverFigures | null {
  for (const job of Object.values(run.jobs)) {
    for (const step of job.steps) {
      if (step.outputs.state === 'opened' && step.outputs.result !== undefined)
        return JSON.parse(step.outputs.result) as CutoverFigures
    }
  }
  return null
}
