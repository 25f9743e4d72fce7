/** What GitHub and the workflow file say of the run that preflight is part of. */
export interface GitHubFacts {
  readonly workflow: WorkflowFacts
  /** Undefined where the workflow asks for no approval, so that GitHub was not asked. */
  readonly environment: EnvironmentProtection | undefined
}

/** The workflow file, as it is in the checkout. */
export interface WorkflowFacts {
  /** Path from the root of the repository. */
  readonly path: string
  /** `permissions:` at the top: what jobs without their own get. */
  readonly topPermissions: 'none' | 'some' | 'write-all' | 'not said'
  readonly concurrency: 'none' | 'waits' | 'cancels'
  /** Jobs that run in the cutover's environment. */
  readonly jobsInEnvironment: readonly string[]
  /** Jobs with a cutover step. */
  readonly cutoverJobs: readonly string[]
  /** False only where every cutover step says `require-approval: 'false'`. */
  readonly asksForApproval: boolean
}

export interface EnvironmentProtection {
  readonly exists: boolean
  readonly reviewers: number
  readonly preventsSelfReview: boolean
  readonly adminsMayBypass: boolean
  /** Any branch may deploy. */
  readonly anyBranch: boolean
}
