import { join } from 'node:path'
import { commandFileVariables, createCommandFiles } from './command-files.ts'
import { runStepProcess } from './step-process.ts'
import type { Annotation } from './annotation.ts'
import type { StepProcess } from './step-process.ts'
import type { StepRecord } from './step-record.ts'

/** What one process of a step, an action's or a script's, came to. */
export interface ActionResult {
  readonly exitCode: number | null
  readonly outcome: 'success' | 'failure' | 'cancelled'
  readonly outputs: Record<string, string>
  readonly summary: string
  readonly annotations: Annotation[]
  readonly log: string
  readonly state: Record<string, string>
  /** What GITHUB_ENV and GITHUB_PATH change for the steps that follow. */
  readonly environment: Record<string, string>
  readonly paths: string[]
}

/**
 * Runs a step's process with new command files and gathers everything that it left into one result. When the signal
 * aborts, a string as its reason becomes the error that the step shows.
 */
export async function runRecorded(
  record: StepRecord,
  step: Omit<StepProcess, 'onLine'> & { readonly temp: string },
): Promise<ActionResult> {
  const files = await createCommandFiles(join(step.temp, '_runner_file_commands'))
  const { exitCode, cancelled } = await runStepProcess({
    ...step,
    environment: { ...step.environment, ...commandFileVariables(files) },
    onLine: (line) => record.output(line),
  })
  await record.readFiles(files)
  if (cancelled) {
    const reason: unknown = step.signal?.reason
    record.error(typeof reason === 'string' ? reason : 'The operation was canceled.')
  } else if (exitCode !== 0) {
    record.failed = true
  }
  return {
    exitCode,
    outcome: cancelled ? 'cancelled' : record.failed ? 'failure' : 'success',
    outputs: record.outputs,
    summary: record.summary,
    annotations: record.annotations,
    log: record.lines.join('\n'),
    state: record.state,
    environment: record.environment,
    paths: record.paths,
  }
}
