import { EnvironmentGate } from './environment-gate.ts'
import { evaluateCondition } from './expression.ts'
import { githubContext } from './github-context.ts'
import { runJob } from './job-run.ts'
import { restrictedPermissions } from './permissions.ts'
import { jobStatusFunctions } from './status-functions.ts'
import { booleanOf, concurrencyOf, entryOf, stringOf } from './template-value.ts'
import type { ApprovalDecision, ApprovalRequest } from './environment-gate.ts'
import type { ContextValue, ExpressionScope } from './expression.ts'
import type { JobRecord } from './github-server.ts'
import type { JobEnd } from './job-run.ts'
import type { JobRun, StepOutcome } from './run-result.ts'
import type { RunSetting } from './run-setting.ts'
import type { WorkflowJob } from './workflow.ts'

/** How many jobs run at a time. */
const runners = 4

/** Runs the jobs of one attempt in the order of `needs`, independent ones at the same time. */
export class JobSchedule {
  readonly #setting: RunSetting
  readonly #gate: EnvironmentGate
  readonly #signal: AbortSignal
  readonly #kept: Readonly<Record<string, JobRun>>
  readonly #ended = new Map<string, Promise<JobRun>>()
  readonly #summaries: string[] = []
  readonly #waiting: (() => void)[] = []
  #running = 0

  /** `kept` are jobs of the attempt before which do not run again. */
  constructor(
    setting: RunSetting,
    approve: (request: ApprovalRequest) => Promise<ApprovalDecision>,
    signal: AbortSignal,
    kept: Readonly<Record<string, JobRun>>,
  ) {
    this.#setting = setting
    this.#gate = new EnvironmentGate(setting, approve)
    this.#signal = signal
    this.#kept = kept
  }

  /** Runs every job to its end; the result has the order of the file. */
  async run(): Promise<Record<string, JobRun>> {
    const { jobs } = this.#setting.workflow
    const runs = await Promise.all(jobs.map((job) => this.#end(job)))
    return Object.fromEntries(runs.map((run) => [run.id, run]))
  }

  #end(job: WorkflowJob): Promise<JobRun> {
    const known = this.#ended.get(job.id)
    if (known !== undefined) return known
    const run = this.#runJob(job)
    this.#ended.set(job.id, run)
    return run
  }

  async #runJob(job: WorkflowJob): Promise<JobRun> {
    const started = new Date()
    const before = this.#kept[job.id]
    if (before !== undefined) {
      this.#record(before.id, before.name, before.result, started)
      return before
    }
    const { ancestors, needs } = await this.#needs(job)
    const scope = (cancelled: boolean): ExpressionScope => ({
      contexts: {
        github: githubContext(this.#setting),
        vars: this.#setting.vars,
        inputs: this.#setting.inputs.typed,
        needs,
        strategy: { 'fail-fast': true, 'job-index': 0, 'job-total': 1, 'max-parallel': 1 },
      },
      functions: jobStatusFunctions(ancestors, cancelled),
    })
    const name = attempt(() => stringOf(job.name, scope(false))) || job.id
    const record = this.#setting.github.state.addJob(this.#setting.record, job.id, name)
    const finish = (result: StepOutcome, end: Partial<JobEnd>, more: Partial<JobRun> = {}): JobRun => {
      const run: JobRun = {
        id: job.id,
        name,
        result,
        outputs: end.outputs ?? {},
        steps: end.steps ?? [],
        annotations: end.annotations ?? [],
        environment: undefined,
        mayFail: false,
        // As on GitHub: waiting for other jobs, a reviewer or a runner is no part of a job's time.
        startedAt: record.startedAt,
        ms: Date.now() - Date.parse(record.startedAt),
        ...more,
      }
      complete(record, result)
      this.#setting.emit({ type: 'job-ended', jobId: job.id, job: run })
      return run
    }
    try {
      const holds = (): boolean => evaluateCondition(job.if, scope(this.#signal.aborted))
      if (!holds()) {
        // What the cancelling alone keeps from running is cancelled; the rest would have been skipped anyway.
        const wouldRun = this.#signal.aborted && evaluateCondition(job.if, scope(false))
        return finish(wouldRun ? 'cancelled' : 'skipped', {})
      }
      const mayFail = booleanOf(job.continueOnError, scope(false))
      const environment = this.#environmentName(job, scope(false))
      const { end, url } = await this.#whenAllowed(job, record, environment, holds, scope(false), needs)
      for (const { summary } of end.steps ?? []) if (summary !== '') this.#summaries.push(summary)
      return finish(end.result ?? 'failure', end, {
        mayFail,
        environment: environment === undefined ? undefined : { name: environment, url },
      })
    } catch (error) {
      return finish('failure', { annotations: [{ level: 'error', message: messageOf(error) }] })
    }
  }

  /** Passes concurrency, environment and a free runner, then runs the job; cancelling ends the waiting. */
  async #whenAllowed(
    job: WorkflowJob,
    record: JobRecord,
    environment: string | undefined,
    holds: () => boolean,
    scope: ExpressionScope,
    needs: Readonly<Record<string, ContextValue>>,
  ): Promise<{ end: Partial<JobEnd>; url: string }> {
    const cancel = new AbortController()
    // A job whose condition holds in spite of the cancelling (`always()`) goes on.
    const onCancel = (): void => {
      if (!holds()) cancel.abort(this.#signal.reason)
    }
    this.#signal.addEventListener('abort', onCancel, { once: true })
    let leave: (() => void) | undefined
    let release: (() => void) | undefined
    try {
      const concurrency = concurrencyOf(job.concurrency, scope)
      if (concurrency !== undefined) {
        this.#setting.emit({ type: 'job-queued', jobId: job.id, reason: 'concurrency' })
        leave = await this.#setting.github.concurrency.enter(
          concurrency,
          (reason) => cancel.abort(reason),
          cancel.signal,
        )
      }
      if (environment !== undefined && !cancel.signal.aborted) {
        record.status = 'waiting'
        const gate = await this.#gate.pass(environment, job.id, this.#summaries.join('\n\n'), cancel.signal)
        if (!gate.open) {
          return {
            end: { result: 'failure', annotations: [{ level: 'error', message: gate.reason }] },
            url: '',
          }
        }
      }
      release = await this.#takeRunner(job)
      if (cancel.signal.aborted) return { end: cancelled(cancel.signal), url: '' }
      record.status = 'in_progress'
      record.startedAt = new Date().toISOString()
      this.#setting.emit({ type: 'job-started', jobId: job.id, name: record.name })
      const end = await runJob(
        {
          run: this.#setting,
          job,
          record,
          permissions: job.permissions ?? this.#setting.workflow.permissions ?? restrictedPermissions,
          environment,
          needs,
        },
        cancel.signal,
      )
      return { end, url: end.environmentUrl }
    } catch (error) {
      if (cancel.signal.aborted) return { end: cancelled(cancel.signal), url: '' }
      throw error
    } finally {
      this.#signal.removeEventListener('abort', onCancel)
      release?.()
      leave?.()
    }
  }

  /** Waits for the jobs it needs; gives their results and outputs, and the results of all jobs before them. */
  async #needs(
    job: WorkflowJob,
  ): Promise<{ ancestors: Map<string, StepOutcome>; needs: Record<string, ContextValue> }> {
    const byId = new Map(this.#setting.workflow.jobs.map((one) => [one.id, one]))
    const ancestors = new Map<string, StepOutcome>()
    const collect = async (ids: readonly string[]): Promise<void> => {
      for (const id of ids) {
        const one = byId.get(id)
        if (one === undefined || ancestors.has(id)) continue
        ancestors.set(id, seenBy(await this.#end(one)))
        await collect(one.needs)
      }
    }
    await collect(job.needs)
    const needs: Record<string, ContextValue> = {}
    for (const id of job.needs) {
      const run = await this.#ended.get(id)
      if (run !== undefined) needs[id] = { result: seenBy(run), outputs: run.outputs }
    }
    return { ancestors, needs }
  }

  #environmentName(job: WorkflowJob, scope: ExpressionScope): string | undefined {
    if (job.environment === undefined) return undefined
    const name = stringOf(entryOf(job.environment, 'name') ?? job.environment, scope)
    return name === '' ? undefined : name
  }

  async #takeRunner(job: WorkflowJob): Promise<() => void> {
    if (this.#running >= runners) {
      this.#setting.emit({ type: 'job-queued', jobId: job.id, reason: 'runner' })
      // Whoever ends hands its runner over.
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else {
      this.#running += 1
    }
    return () => {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running -= 1
      else next()
    }
  }

  #record(id: string, name: string, result: StepOutcome, started: Date): void {
    const record = this.#setting.github.state.addJob(this.#setting.record, id, name)
    record.startedAt = started.toISOString()
    complete(record, result)
  }
}

function complete(record: JobRecord, result: StepOutcome): void {
  record.status = 'completed'
  record.conclusion = result
  record.completedAt = new Date().toISOString()
}

/** A failed job that may fail looks like a success to those that need it. */
function seenBy(run: JobRun): StepOutcome {
  return run.result === 'failure' && run.mayFail ? 'success' : run.result
}

function cancelled(signal: AbortSignal): Partial<JobEnd> {
  const reason: unknown = signal.reason
  const message = typeof reason === 'string' ? reason : 'The operation was canceled.'
  return { result: 'cancelled', annotations: [{ level: 'error', message }] }
}

function attempt(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
