import { setTimeout as sleep } from 'node:timers/promises'
import { matchesPatterns } from './event-trigger.ts'
import type { RunSetting } from './run-setting.ts'
import type { EnvironmentSettings } from './github-server.ts'

/** What a reviewer is asked, with what the run has shown so far. */
export interface ApprovalRequest {
  readonly environment: string
  readonly jobId: string
  /** Logins that may answer; empty where only teams are named. */
  readonly reviewers: readonly string[]
  readonly run: {
    readonly id: string
    readonly attempt: number
    readonly number: number
    readonly url: string
  }
  /** Markdown: the step summaries of the jobs that ended before, in the order in which they were written. */
  readonly summarySoFar: string
  /** Aborts when the run is cancelled while it waits. */
  readonly signal: AbortSignal
}

export interface ApprovalDecision {
  readonly state: 'approved' | 'rejected'
  /** The reviewer's login. */
  readonly user: string
  readonly comment: string
}

export type Gate = { readonly open: true } | { readonly open: false; readonly reason: string }

/** Asks reviewers; one question for each environment at a time, whatever the number of jobs that wait for it. */
export class EnvironmentGate {
  readonly #setting: RunSetting
  readonly #approve: (request: ApprovalRequest) => Promise<ApprovalDecision>
  readonly #asked = new Map<string, Promise<ApprovalDecision>>()

  constructor(setting: RunSetting, approve: (request: ApprovalRequest) => Promise<ApprovalDecision>) {
    this.#setting = setting
    this.#approve = approve
  }

  /**
   * Holds a job until its environment lets it through: branch policy, wait timer, required reviewers. An environment
   * that does not exist is created without rules. Rejects with the signal's reason when the run is cancelled.
   */
  async pass(name: string, jobId: string, summarySoFar: string, signal: AbortSignal): Promise<Gate> {
    const settings = this.#setting.github.state.ensureEnvironment(name)
    const { ref } = this.#setting.event
    if (!mayDeploy(settings, ref)) {
      const branch = ref.replace(/^refs\/(heads|tags)\//, '')
      return {
        open: false,
        reason: `Branch "${branch}" is not allowed to deploy to ${settings.name} due to environment protection rules.`,
      }
    }
    const { waitTimerMinutes = 0, reviewers = [], teams = [] } = settings
    if (waitTimerMinutes > 0) await sleep(waitTimerMinutes * 60_000, undefined, { signal })
    if (reviewers.length + teams.length === 0) return { open: true }
    const decision = await this.#ask(settings, jobId, summarySoFar, signal)
    const refused = this.#refuses(settings, decision)
    if (refused !== undefined) return { open: false, reason: refused }
    return decision.state === 'approved'
      ? { open: true }
      : {
          open: false,
          reason: `The deployment to ${settings.name} was rejected by ${decision.user}: ${decision.comment}`,
        }
  }

  async #ask(
    settings: EnvironmentSettings,
    jobId: string,
    summarySoFar: string,
    signal: AbortSignal,
  ): Promise<ApprovalDecision> {
    const key = settings.name.toLowerCase()
    const running = this.#asked.get(key)
    if (running !== undefined) return running
    const question = this.#question(settings, jobId, summarySoFar, signal)
    this.#asked.set(key, question)
    try {
      return await question
    } finally {
      this.#asked.delete(key)
    }
  }

  async #question(
    settings: EnvironmentSettings,
    jobId: string,
    summarySoFar: string,
    signal: AbortSignal,
  ): Promise<ApprovalDecision> {
    const { record, github, repository } = this.#setting
    const environment = settings.name
    record.pending.add(environment)
    record.status = 'waiting'
    this.#setting.emit({ type: 'waiting-approval', jobId, environment })
    const cancelled = Promise.withResolvers<never>()
    const onAbort = (): void => cancelled.reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    try {
      const run = {
        id: record.id,
        attempt: record.attempt,
        number: record.number,
        url: `${github.url}/${repository}/actions/runs/${record.id}`,
      }
      const reviewers = settings.reviewers ?? []
      const decision = await Promise.race([
        this.#approve({ environment, jobId, reviewers, run, summarySoFar, signal }),
        cancelled.promise,
      ])
      if (this.#refuses(settings, decision) === undefined) {
        record.approvals.push({ environment, ...decision })
        this.#setting.emit({
          type: 'approval',
          jobId,
          environment,
          state: decision.state,
          user: decision.user,
        })
      }
      return decision
    } finally {
      signal.removeEventListener('abort', onAbort)
      record.pending.delete(environment)
      record.status = record.pending.size > 0 ? 'waiting' : 'in_progress'
    }
  }

  /** Why GitHub would not take this review: the user is no reviewer, or may not review their own run. */
  #refuses(settings: EnvironmentSettings, { user }: ApprovalDecision): string | undefined {
    const { reviewers = [], teams = [], preventSelfReview = false } = settings
    const isReviewer =
      teams.length > 0 || reviewers.some((login) => login.toLowerCase() === user.toLowerCase())
    if (!isReviewer) return `${user} is not among the required reviewers of ${settings.name}.`
    const { triggeringActor } = this.#setting.record
    return preventSelfReview && triggeringActor.toLowerCase() === user.toLowerCase()
      ? `${user} started this run and may not review it: ${settings.name} prevents self-review.`
      : undefined
  }
}

function mayDeploy(settings: EnvironmentSettings, ref: string): boolean {
  const branch = ref.replace(/^refs\/(heads|tags)\//, '')
  if (settings.branches === undefined) return true
  return settings.branches === 'protected'
    ? ref === 'refs/heads/main'
    : matchesPatterns(settings.branches, branch)
}
