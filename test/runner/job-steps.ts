import { appendFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { githubVariables } from './github-context.ts'
import { evaluateCondition } from './expression.ts'
import { hashFilesFunction } from './hash-files.ts'
import { runJavaScriptAction } from './javascript-action.ts'
import { runScript } from './script-step.ts'
import { stepSignal } from './step-signal.ts'
import { stepStatusFunctions } from './status-functions.ts'
import { StepRecord } from './step-record.ts'
import { booleanOf, numberOf, stringOf, stringsOf, textOf } from './template-value.ts'
import type { ContextValue, ExpressionScope } from './expression.ts'
import type { JobSetting } from './job-setting.ts'
import type { ActionResult } from './recorded-process.ts'
import type { StepOutcome, StepRun } from './run-result.ts'
import type { JobSignals } from './step-signal.ts'
import type { ActionWork, WorkflowStep } from './workflow.ts'

/** A step to run: one of the file's, or the post phase of one. */
interface PlannedStep {
  readonly id: string
  readonly name: string
  readonly condition: string
  readonly step: WorkflowStep
  /** For a post phase: the state that its main phase saved. */
  readonly state?: Readonly<Record<string, string>>
}

/** Runs the steps of one job in order, then the post phases of its actions in reverse order. */
export class JobSteps {
  status: 'success' | 'failure' | 'cancelled' = 'success'
  readonly runs: StepRun[] = []
  readonly #setting: JobSetting
  readonly #signals: JobSignals
  /** Workflow and job `env`, then what steps wrote to GITHUB_ENV. */
  readonly #environment: Record<string, string>
  readonly #steps: Record<string, ContextValue> = {}
  readonly #posts: (() => PlannedStep)[] = []
  #paths: string[] = []
  #checkedOut = false

  constructor(setting: JobSetting, signals: JobSignals, environment: Readonly<Record<string, string>>) {
    this.#setting = setting
    this.#signals = signals
    this.#environment = { ...environment }
  }

  /** Runs everything; never throws for what a step does wrong. */
  async run(): Promise<void> {
    for (const step of this.#setting.job.steps) {
      await this.#runOne({ id: step.id, name: nameOf(step), condition: step.if, step })
    }
    for (let post = this.#posts.pop(); post !== undefined; post = this.#posts.pop())
      await this.#runOne(post())
  }

  /** What expressions see after the last step: job outputs and the environment's URL are evaluated in it. */
  scope(): ExpressionScope {
    return this.#scope(this.#environment, this.#setting.contexts['github'] ?? {})
  }

  async #runOne(planned: PlannedStep): Promise<void> {
    const setting = this.#setting
    const name = this.#displayName(planned)
    const started = new Date()
    const jobId = setting.job.id
    const logFile = join(setting.logs, `${this.runs.length + 1}_${planned.id.replaceAll(/[^\w-]/g, '_')}.txt`)
    appendFileSync(logFile, '')
    setting.run.emit({ type: 'step-started', jobId, stepId: planned.id, name })
    const record = new StepRecord({
      masker: setting.masker,
      workspace: setting.workspace,
      debug: setting.debug,
      onLine: (line) => {
        appendFileSync(logFile, `${new Date().toISOString()} ${line}\n`)
        setting.run.emit({ type: 'log-line', jobId, stepId: planned.id, line })
      },
    })
    const { outcome, mayFail } = await this.#attempt(planned, record).catch((error: unknown) => {
      record.error(error instanceof Error ? error.message : String(error))
      return { outcome: 'failure' as StepOutcome, mayFail: this.#mayFail(planned, this.scope()) }
    })
    const conclusion = outcome === 'failure' && mayFail ? 'success' : outcome
    if (this.#signals.signal.aborted) this.status = 'cancelled'
    else if (conclusion === 'failure') this.status = 'failure'
    if (planned.state === undefined && !planned.id.startsWith('__')) {
      this.#steps[planned.id] = { outputs: { ...record.outputs }, outcome, conclusion }
    }
    if (record.summary !== '') {
      setting.run.emit({ type: 'summary', jobId, stepId: planned.id, summary: record.summary })
    }
    const run: StepRun = {
      id: planned.id,
      name,
      outcome,
      conclusion,
      outputs: record.outputs,
      summary: record.summary,
      annotations: record.annotations,
      logFile,
      startedAt: started.toISOString(),
      ms: Date.now() - started.getTime(),
    }
    this.runs.push(run)
    setting.record.steps.push({
      name,
      number: this.runs.length,
      conclusion,
      startedAt: run.startedAt,
      completedAt: new Date().toISOString(),
    })
    setting.run.emit({ type: 'step-ended', jobId, step: run })
  }

  /** Evaluates the step's keys in the runner's order and runs it; throws what makes it fail before it starts. */
  async #attempt(
    planned: PlannedStep,
    record: StepRecord,
  ): Promise<{ outcome: StepOutcome; mayFail: boolean }> {
    const { step } = planned
    // Read at each use: cancelling changes what the condition says.
    const holds = (): boolean => {
      if (this.#signals.signal.aborted) this.status = 'cancelled'
      return evaluateCondition(planned.condition, this.#scope(environment, github))
    }
    const github = this.#githubOf(planned)
    const before = this.#scope(this.#environment, github)
    const environment = { ...this.#environment, ...stringsOf(step.variables, before) }
    if (!holds()) return { outcome: 'skipped', mayFail: false }
    const scope = this.#scope(environment, github)
    const mayFail = this.#mayFail(planned, scope)
    const minutes = numberOf(step.timeoutMinutes, scope)
    const limit = stepSignal(planned.name, minutes, this.#signals, holds)
    try {
      const result = await this.#execute(planned, scope, environment, limit.signal, record)
      this.#keep(result)
      // Running out of time is the step's own failure; only cancelling the job makes it cancelled.
      const timedOut = result.outcome === 'cancelled' && !this.#signals.signal.aborted
      return { outcome: timedOut ? 'failure' : result.outcome, mayFail }
    } finally {
      limit.end()
    }
  }

  async #execute(
    planned: PlannedStep,
    scope: ExpressionScope,
    environment: Readonly<Record<string, string>>,
    signal: AbortSignal,
    record: StepRecord,
  ): Promise<ActionResult> {
    const { work } = planned.step
    const { workspace, folders } = this.#setting
    const github = scope.contexts['github']
    const variables = {
      ...this.#setting.variables,
      ...environment,
      ...githubVariables(github as Record<string, ContextValue>),
    }
    const path = [...this.#paths, variables['PATH'] ?? ''].join(delimiter)
    const onSpawn = (pid: number): void =>
      this.#setting.run.emit({
        type: 'process-started',
        jobId: this.#setting.job.id,
        stepId: planned.id,
        pid,
      })
    if (work.kind === 'run') {
      return runScript(
        {
          script: stringOf(work.script, scope),
          shell: work.shell,
          workingDirectory: stringOf(work.workingDirectory, scope),
          workspace,
          temp: folders.temp,
          environment: { ...variables, PATH: path },
          signal,
          onSpawn,
        },
        record,
      )
    }
    const { action } = work
    if (action.origin === 'workspace' && !this.#checkedOut) {
      throw new Error(
        `Can't find 'action.yml' under '${action.uses}'. Did you forget to run actions/checkout before running your local action?`,
      )
    }
    const state = this.#registerPost(planned, work)
    const result = await runJavaScriptAction({
      actionFolder: action.metadata.folder,
      inputs: stringsOf(work.with, scope),
      environment: { ...variables, ...this.#standInVariables(action.origin), PATH: path },
      workFolder: folders.temp,
      signal,
      scope,
      record,
      onSpawn,
      ...(planned.state === undefined ? {} : { phase: 'post', stateFrom: planned.state }),
    })
    Object.assign(state, result.state)
    if (
      action.origin === 'stand-in' &&
      action.repository === 'actions/checkout' &&
      result.outcome === 'success'
    ) {
      this.#checkedOut = true
    }
    return result
  }

  /** Plans the post phase before main starts, so that it runs even when main is cut short. */
  #registerPost(planned: PlannedStep, work: ActionWork): Record<string, string> {
    const state: Record<string, string> = {}
    if (planned.state !== undefined || work.action.metadata.post === undefined) return state
    this.#posts.push(() => ({
      id: `post-${planned.id}`,
      name: `Post ${this.#displayName(planned)}`,
      condition: work.action.metadata.postIf,
      step: planned.step,
      state,
    }))
    return state
  }

  /** `continue-on-error`; a value that cannot be evaluated counts as false. */
  #mayFail(planned: PlannedStep, scope: ExpressionScope): boolean {
    try {
      return booleanOf(planned.step.continueOnError, scope)
    } catch {
      return false
    }
  }

  #keep(result: ActionResult): void {
    Object.assign(this.#environment, result.environment)
    for (const path of result.paths) this.#paths = [path, ...this.#paths.filter((one) => one !== path)]
  }

  #scope(environment: Readonly<Record<string, string>>, github: ContextValue): ExpressionScope {
    return {
      contexts: {
        ...this.#setting.contexts,
        github,
        env: environment,
        steps: this.#steps,
        job: { status: this.status, check_run_id: this.#setting.record.id },
      },
      functions: [...stepStatusFunctions(this.status), hashFilesFunction(this.#setting.workspace)],
    }
  }

  #githubOf(planned: PlannedStep): ContextValue {
    const base = this.#setting.contexts['github'] as Record<string, ContextValue>
    const { work } = planned.step
    const remote = work.kind === 'uses' && work.action.origin !== 'workspace' ? work.action : undefined
    return {
      ...base,
      action: planned.step.id,
      action_repository: remote?.repository ?? '',
      action_ref: remote?.ref ?? '',
    }
  }

  /** Stand-ins alone are told where the checkout and the artifacts of this machine are. */
  #standInVariables(origin: ActionWork['action']['origin']): Record<string, string> {
    if (origin !== 'stand-in') return {}
    return {
      LOCAL_RUNNER_CHECKOUT: this.#setting.run.checkout,
      LOCAL_RUNNER_OVERLAY: this.#setting.run.overlay ?? '',
      LOCAL_RUNNER_ARTIFACTS: this.#setting.run.artifacts,
    }
  }

  #displayName(planned: PlannedStep): string {
    const { name } = planned.step
    if (name === undefined || planned.state !== undefined) return this.#setting.masker.mask(planned.name)
    try {
      return this.#setting.masker.mask(stringOf(name, this.scope()))
    } catch {
      return planned.name
    }
  }
}

function nameOf(step: WorkflowStep): string {
  if (step.name !== undefined) return textOf(step.name)
  if (step.work.kind === 'uses') return `Run ${step.work.action.uses}`
  return `Run ${textOf(step.work.script).split('\n')[0] ?? ''}`
}
