import { mkdir } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { settleInputs } from './dispatch-inputs.ts'
import { checkTrigger } from './event-trigger.ts'
import { githubContext } from './github-context.ts'
import { JobSchedule } from './job-schedule.ts'
import { watchOrphans } from './orphan-watch.ts'
import { describeEvent } from './run-setting.ts'
import { concurrencyOf, stringOf } from './template-value.ts'
import { loadWorkflow } from './workflow-file.ts'
import type { ApprovalDecision, ApprovalRequest } from './environment-gate.ts'
import type { GitHubServer, RunRecord } from './github-server.ts'
import type { JobRun, RunEvent, WorkflowRun } from './run-result.ts'
import type { RunSetting, RunSource } from './run-setting.ts'
import type { Workflow } from './workflow.ts'

export { InvalidInputs } from './dispatch-inputs.ts'
export { NotTriggered } from './event-trigger.ts'
export { UnsupportedWorkflow } from './workflow-file.ts'
export type { Annotation } from './annotation.ts'
export type { ApprovalDecision, ApprovalRequest } from './environment-gate.ts'
export type { JobRun, RunEvent, StepOutcome, StepRun, WorkflowRun } from './run-result.ts'

export interface WorkflowRunOptions {
  /** The workflow file, absolute or relative to the checkout. */
  readonly file: string
  /** Root of this repository: `uses:` of `repository` resolves here. */
  readonly checkout: string
  /** Folder whose files a checkout step lays over those of the checkout, as a commit would have put them there. */
  readonly overlay?: string
  /** `owner/name`. */
  readonly repository: string
  readonly event: {
    readonly name: string
    readonly inputs?: Readonly<Record<string, string>>
    readonly payload?: Readonly<Record<string, unknown>>
  }
  /** `refs/heads/main` unless given. */
  readonly ref?: string
  readonly actor?: string
  readonly secrets?: Readonly<Record<string, string>>
  readonly vars?: Readonly<Record<string, string>>
  /** What a self-hosted runner has in its own environment. */
  readonly environment?: Readonly<Record<string, string>>
  readonly github: GitHubServer
  readonly workFolder: string
  readonly signal?: AbortSignal
  /** Runs an ended run again as its next attempt: all jobs, or those that did not succeed and what depends on them. */
  readonly rerun?: { readonly of: WorkflowRun; readonly jobs: 'all' | 'failed'; readonly actor?: string }
  approve(request: ApprovalRequest): Promise<ApprovalDecision>
  onEvent?(event: RunEvent): void
}

/**
 * Runs one workflow file from its event to its end. Throws before anything runs: UnsupportedWorkflow for what this
 * runner does not do, NotTriggered for an event that does not start the file, InvalidInputs for wrong inputs.
 */
export async function runWorkflow(options: WorkflowRunOptions): Promise<WorkflowRun> {
  const checkout = resolve(options.checkout)
  const workflow = await loadWorkflow(options.file, { repository: options.repository, checkout })
  const actor = options.actor ?? 'octocat'
  // Inputs exist only where a dispatch gave them.
  const inputs =
    options.event.name === 'workflow_dispatch'
      ? settleInputs(workflow.dispatchInputs, options.event.inputs ?? {})
      : { typed: {}, text: {} }
  const event = describeEvent({
    name: options.event.name,
    payload: options.event.payload,
    inputs: inputs.text,
    ref: options.ref,
    actor,
    repository: options.repository,
    checkout,
  })
  checkTrigger(workflow, event.name, event.ref, event.baseRef)
  const record = registerRun(options, workflow, event, actor)
  options.github.state.checkout = checkout
  const folder = resolve(options.workFolder, `run-${record.id}`, `attempt-${record.attempt}`)
  const artifacts = resolve(options.workFolder, `run-${record.id}`, 'artifacts')
  await Promise.all([folder, artifacts].map((one) => mkdir(one, { recursive: true })))
  const setting: RunSetting = {
    workflow,
    github: options.github,
    record,
    folder,
    artifacts,
    checkout,
    overlay: options.overlay === undefined ? undefined : resolve(options.overlay),
    repository: options.repository,
    event,
    inputs,
    secrets: options.secrets ?? {},
    vars: options.vars ?? {},
    environment: options.environment ?? {},
    trackingId: `github_${randomUUID()}`,
    emit: (one) => options.onEvent?.(one),
  }
  const endWatch = watchOrphans(setting.trackingId)
  try {
    return await runAttempt(setting, options)
  } finally {
    await endWatch()
  }
}

async function runAttempt(setting: RunSetting, options: WorkflowRunOptions): Promise<WorkflowRun> {
  const { workflow, record, github } = setting
  const scope = {
    contexts: { github: githubContext(setting), inputs: setting.inputs.typed, vars: setting.vars },
  }
  if (workflow.runName !== undefined) record.title = stringOf(workflow.runName, scope) || workflow.name
  const cancel = new AbortController()
  const onAbort = (): void => cancel.abort(options.signal?.reason)
  options.signal?.addEventListener('abort', onAbort, { once: true })
  if (options.signal?.aborted) onAbort()
  let leave: (() => void) | undefined
  try {
    const concurrency = concurrencyOf(workflow.concurrency, scope)
    if (concurrency !== undefined) {
      setting.emit({ type: 'run-queued', runId: record.id, reason: 'concurrency' })
      leave = await github.concurrency.enter(concurrency, (reason) => cancel.abort(reason), cancel.signal)
    }
    record.status = 'in_progress'
    setting.emit({ type: 'run-started', runId: record.id, attempt: record.attempt, name: record.title })
    const schedule = new JobSchedule(
      setting,
      (request) => options.approve(request),
      cancel.signal,
      keptJobs(workflow, options.rerun),
    )
    const jobs = await schedule.run()
    const conclusion = conclude(Object.values(jobs), cancel.signal.aborted)
    record.conclusion = conclusion
    setting.emit({ type: 'run-ended', runId: record.id, conclusion })
    return { runId: record.id, attempt: record.attempt, conclusion, jobs }
  } finally {
    record.conclusion ??= 'failure'
    record.status = 'completed'
    record.updatedAt = new Date().toISOString()
    leave?.()
    options.signal?.removeEventListener('abort', onAbort)
  }
}

function registerRun(
  options: WorkflowRunOptions,
  workflow: Workflow,
  event: RunSource,
  actor: string,
): RunRecord {
  const { state } = options.github
  if (options.rerun !== undefined)
    return state.addAttempt(options.rerun.of.runId, options.rerun.actor ?? actor)
  return state.addRun({
    workflowName: workflow.name,
    workflowPath: workflow.path,
    title: workflow.name,
    event: event.name,
    ref: event.ref,
    sha: event.sha,
    actor,
    triggeringActor: actor,
  })
}

/** Jobs of the attempt before that stay as they were: those that succeeded and do not depend on one that did not. */
function keptJobs(workflow: Workflow, rerun: WorkflowRunOptions['rerun']): Record<string, JobRun> {
  if (rerun === undefined || rerun.jobs === 'all') return {}
  const kept: Record<string, JobRun> = {}
  const again = new Set<string>()
  const runsAgain = (id: string): boolean => {
    const job = workflow.jobs.find((one) => one.id === id)
    const before = rerun.of.jobs[id]
    if (again.has(id) || job === undefined || before?.result !== 'success' || job.needs.some(runsAgain))
      again.add(id)
    return again.has(id)
  }
  for (const { id } of workflow.jobs) {
    const before = rerun.of.jobs[id]
    if (!runsAgain(id) && before !== undefined) kept[id] = before
  }
  return kept
}

function conclude(jobs: readonly JobRun[], cancelled: boolean): WorkflowRun['conclusion'] {
  const results = jobs.map(({ result, mayFail }) => (result === 'failure' && mayFail ? 'success' : result))
  if (results.includes('cancelled') && (cancelled || !results.includes('failure'))) return 'cancelled'
  return results.includes('failure') ? 'failure' : 'success'
}
