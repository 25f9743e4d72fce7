import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { JobSteps } from './job-steps.ts'
import { prepareJob } from './job-setting.ts'
import { endOrphans } from './orphan-processes.ts'
import { hashFilesFunction } from './hash-files.ts'
import { entriesOf, entryOf, numberOf, stringOf, stringsOf } from './template-value.ts'
import type { Annotation } from './annotation.ts'
import type { JobSetting, JobStart } from './job-setting.ts'
import type { JobRun, StepOutcome } from './run-result.ts'

/** GitHub's limit where a job sets none, in minutes. */
const defaultTimeoutMinutes = 360

/** How long a cancelled job may still clean up before everything of it is ended, in milliseconds. */
const forcedEndMs = 300_000

/** What the outputs of one job may take in UTF-16, in bytes (GitHub's documented limit of 1 MB). */
const outputLimit = 1024 * 1024

/** What a job's end says beyond its steps. */
export interface JobEnd {
  readonly result: Exclude<StepOutcome, 'skipped'>
  readonly outputs: Record<string, string>
  readonly steps: JobRun['steps']
  readonly annotations: Annotation[]
  readonly environmentUrl: string
}

/** Runs one job on this machine, from an empty workspace to its outputs. Never throws for what the job does wrong. */
export async function runJob(start: JobStart, signal: AbortSignal): Promise<JobEnd> {
  const setting = await prepareJob(start)
  const log = new JobLog(setting)
  const cancel = new AbortController()
  const forced = new AbortController()
  const onCancel = (): void => cancel.abort(signal.reason)
  if (signal.aborted) onCancel()
  else signal.addEventListener('abort', onCancel, { once: true })
  let forcedTimer: NodeJS.Timeout | undefined
  cancel.signal.addEventListener('abort', () => {
    log.annotate('error', reasonOf(cancel.signal))
    forcedTimer = setTimeout(() => forced.abort(), forcedEndMs)
  })
  let timer: NodeJS.Timeout | undefined
  try {
    const { job, run, contexts } = setting
    const scope = { contexts, functions: [hashFilesFunction(setting.workspace)] }
    const minutes = numberOf(job.timeoutMinutes, scope) ?? defaultTimeoutMinutes
    timer = setTimeout(() => {
      cancel.abort(`The job has exceeded the maximum execution time of ${minutes} minutes.`)
    }, minutes * 60_000)
    const environment = { ...stringsOf(run.workflow.environment, scope), ...stringsOf(job.variables, scope) }
    const steps = new JobSteps(setting, { signal: cancel.signal, forced: forced.signal }, environment)
    await steps.run()
    const { outputs, failed } = settleOutputs(setting, steps, log)
    return {
      result: failed && steps.status === 'success' ? 'failure' : steps.status,
      outputs,
      steps: steps.runs,
      annotations: log.annotations,
      environmentUrl: urlOf(setting, steps),
    }
  } catch (error) {
    log.annotate('error', error instanceof Error ? error.message : String(error))
    return { result: 'failure', outputs: {}, steps: [], annotations: log.annotations, environmentUrl: '' }
  } finally {
    clearTimeout(timer)
    clearTimeout(forcedTimer)
    signal.removeEventListener('abort', onCancel)
    const orphans = endOrphans(setting.variables['RUNNER_TRACKING_ID'] ?? '')
    if (orphans.length > 0) log.line(`Terminate orphan process: pid (${orphans.join(', ')})`)
    setting.release()
  }
}

/** Evaluates the job's outputs; empty ones and those that hold a secret are left out, as on GitHub. */
function settleOutputs(
  setting: JobSetting,
  steps: JobSteps,
  log: JobLog,
): { outputs: Record<string, string>; failed: boolean } {
  const outputs: Record<string, string> = {}
  try {
    for (const { name, value } of entriesOf(setting.job.outputs)) {
      const text = stringOf(value, steps.scope())
      if (text === '') continue
      if (setting.masker.mask(text) === text) outputs[name] = text
      else log.annotate('warning', `Skip output '${name}' since it may contain secret.`)
    }
    const size = Object.values(outputs).reduce((total, text) => total + 2 * text.length, 0)
    if (size <= outputLimit) return { outputs, failed: false }
    log.annotate('error', `The job's outputs take ${size} bytes; a job may have ${outputLimit}.`)
    return { outputs: {}, failed: true }
  } catch (error) {
    log.annotate(
      'error',
      `Fail to evaluate job outputs: ${error instanceof Error ? error.message : String(error)}`,
    )
    return { outputs: {}, failed: true }
  }
}

function urlOf(setting: JobSetting, steps: JobSteps): string {
  const url = entryOf(setting.job.environment, 'url')
  return url === undefined ? '' : setting.masker.mask(stringOf(url, steps.scope()))
}

function reasonOf(signal: AbortSignal): string {
  const reason: unknown = signal.reason
  return typeof reason === 'string' ? reason : 'The operation was canceled.'
}

/** What the runner itself has to say about a job: in `0_job.txt` beside the steps' logs, and as annotations. */
class JobLog {
  readonly annotations: Annotation[] = []
  readonly #setting: JobSetting

  constructor(setting: JobSetting) {
    this.#setting = setting
  }

  annotate(level: Annotation['level'], message: string): void {
    const masked = this.#setting.masker.mask(message)
    this.annotations.push({ level, message: masked })
    this.line(`##[${level}]${masked}`)
  }

  line(text: string): void {
    appendFileSync(join(this.#setting.logs, '0_job.txt'), `${new Date().toISOString()} ${text}\n`)
    this.#setting.run.emit({ type: 'log-line', jobId: this.#setting.job.id, stepId: '', line: text })
  }
}
