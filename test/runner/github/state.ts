import { createHash, randomBytes } from 'node:crypto'
import type { Permissions } from '../permissions.ts'

/** Settings of a deployment environment, as an administrator would make them. */
export interface EnvironmentSettings {
  readonly name: string
  /** Logins; any one of them may approve. */
  readonly reviewers?: readonly string[]
  /** Slugs of teams that may approve; membership is not modelled: everyone is taken for a member. */
  readonly teams?: readonly string[]
  readonly preventSelfReview?: boolean
  /** GitHub's default is true. */
  readonly canAdminsBypass?: boolean
  /** Minutes that a job waits besides the review. */
  readonly waitTimerMinutes?: number
  /** Which refs may deploy: protected branches (here `main`), or these patterns; any when absent. */
  readonly branches?: 'protected' | readonly string[]
}

/** A review of one environment for one run; GitHub keys it by run, not by attempt. */
export interface Approval {
  readonly state: 'approved' | 'rejected'
  readonly user: string
  readonly comment: string
  readonly environment: string
}

export interface JobRecord {
  readonly id: number
  readonly key: string
  readonly name: string
  readonly attempt: number
  status: 'queued' | 'waiting' | 'in_progress' | 'completed'
  conclusion: 'success' | 'failure' | 'cancelled' | 'skipped' | null
  readonly createdAt: string
  startedAt: string
  completedAt: string | null
  steps: StepRecordShape[]
}

export interface StepRecordShape {
  readonly name: string
  readonly number: number
  readonly conclusion: string
  readonly startedAt: string
  readonly completedAt: string
}

export interface RunRecord {
  readonly id: string
  readonly number: number
  attempt: number
  readonly workflowName: string
  readonly workflowPath: string
  title: string
  readonly event: string
  readonly ref: string
  readonly sha: string
  readonly actor: string
  triggeringActor: string
  status: 'queued' | 'in_progress' | 'waiting' | 'completed'
  conclusion: 'success' | 'failure' | 'cancelled' | null
  readonly createdAt: string
  startedAt: string
  updatedAt: string
  /** Jobs of every attempt, oldest first. */
  readonly jobs: JobRecord[]
  readonly approvals: Approval[]
  readonly pending: Set<string>
}

/** What one issued token may do. */
export interface TokenGrant {
  readonly login: string
  /** `all` is an administrator's own token. */
  readonly permissions: Permissions | 'all'
}

export interface IssueComment {
  readonly id: number
  readonly issue: number
  readonly user: string
  body: string
  readonly createdAt: string
  updatedAt: string
}

/** A run that was asked for by `POST …/dispatches`. */
export interface Dispatch {
  readonly workflowPath: string
  readonly ref: string
  readonly inputs: Readonly<Record<string, string>>
  readonly actor: string
}

/** Everything that the local GitHub remembers: one repository, its environments, runs, tokens and comments. */
export class GitHubState {
  readonly repository: string
  readonly createdAt = new Date().toISOString()
  readonly environments = new Map<string, EnvironmentSettings>()
  readonly runs = new Map<string, RunRecord>()
  readonly tokens = new Map<string, TokenGrant>()
  readonly comments: IssueComment[] = []
  /** What people are to the repository; whoever is not named, and is not its owner, is nothing to it. */
  readonly associations = new Map<string, 'MEMBER' | 'COLLABORATOR' | 'CONTRIBUTOR'>()
  /** Logins by `organization/team`; a team that is not here does not exist. */
  readonly teamMembers = new Map<string, readonly string[]>()
  /** Oldest first; nothing starts them by itself. */
  readonly dispatches: Dispatch[] = []
  /** Where `contents` reads files; the checkout of the newest run. */
  checkout: string | undefined
  #lastRun = 0
  #lastId = 20_000

  constructor(repository: string, environments: readonly EnvironmentSettings[]) {
    this.repository = repository
    for (const environment of environments) this.environments.set(environment.name.toLowerCase(), environment)
  }

  get owner(): string {
    return this.repository.split('/')[0] ?? ''
  }

  /** An environment by name, without regard to case; undefined when it does not exist. */
  environment(name: string): EnvironmentSettings | undefined {
    return this.environments.get(name.toLowerCase())
  }

  /** The environment that a job names; one that does not exist is created without rules, as GitHub does. */
  ensureEnvironment(name: string): EnvironmentSettings {
    const existing = this.environment(name)
    if (existing !== undefined) return existing
    const created: EnvironmentSettings = { name }
    this.environments.set(name.toLowerCase(), created)
    return created
  }

  /** Registers a run and gives it an id and a number. */
  addRun(
    run: Pick<
      RunRecord,
      'workflowName' | 'workflowPath' | 'title' | 'event' | 'ref' | 'sha' | 'actor' | 'triggeringActor'
    >,
  ): RunRecord {
    const now = new Date().toISOString()
    const number = ++this.#lastRun
    const record: RunRecord = {
      ...run,
      // Ids of real runs have eleven digits; they must not be taken for run numbers.
      id: String(10_000_000_000 + number),
      number,
      attempt: 1,
      status: 'queued',
      conclusion: null,
      createdAt: now,
      startedAt: now,
      updatedAt: now,
      jobs: [],
      approvals: [],
      pending: new Set(),
    }
    this.runs.set(record.id, record)
    return record
  }

  /** Starts the next attempt of a run. Throws when there is no such run or it still goes on. */
  addAttempt(id: string, triggeringActor: string): RunRecord {
    const run = this.runs.get(id)
    if (run === undefined) throw new Error(`there is no run ${id} to run again`)
    if (run.status !== 'completed') throw new Error(`run ${id} has not ended yet`)
    run.attempt += 1
    run.triggeringActor = triggeringActor
    run.status = 'queued'
    run.conclusion = null
    run.startedAt = new Date().toISOString()
    return run
  }

  /** Registers a job of a run's current attempt. */
  addJob(run: RunRecord, key: string, name: string): JobRecord {
    const now = new Date().toISOString()
    const job: JobRecord = {
      id: this.nextId(),
      key,
      name,
      attempt: run.attempt,
      status: 'queued',
      conclusion: null,
      createdAt: now,
      startedAt: now,
      completedAt: null,
      steps: [],
    }
    run.jobs.push(job)
    return job
  }

  /** A new token with the given rights; `prefix` as on GitHub: ghs_ for jobs, ghp_ for people. */
  issueToken(prefix: 'ghs' | 'ghp', grant: TokenGrant): string {
    const token = `${prefix}_${randomBytes(18).toString('hex')}`
    this.tokens.set(token, grant)
    return token
  }

  nextId(): number {
    return ++this.#lastId
  }
}

/** A number that is always the same for the same text: ids of users, repositories and environments. */
export function stableId(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0)
}
