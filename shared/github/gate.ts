import type { Problem } from '../runtime/errors.ts'
import type { IdentityClaims } from './identity-token.ts'

/** The environment as GET /repos/{owner}/{repo}/environments/{name} describes it. */
export interface EnvironmentFacts {
  readonly name: string
  readonly reviewers: number
  readonly preventSelfReview: boolean
  readonly adminsMayBypass: boolean
}

/** One entry of GET /repos/{owner}/{repo}/actions/runs/{run_id}/approvals: keyed by run, without attempt or time. */
export interface ApprovalFacts {
  readonly state: string
  readonly user: string
  readonly comment: string
  readonly environments: readonly string[]
}

export interface GateFacts {
  /** The environment that the plan demands. */
  readonly demanded: string
  readonly planDigest: string
  readonly claims: IdentityClaims
  readonly repository: string
  readonly runId: string
  readonly attempt: number
  readonly actor: string
  readonly triggeringActor: string
  /** Undefined where it does not exist. */
  readonly environment: EnvironmentFacts | undefined
  readonly approvals: readonly ApprovalFacts[]
  /** Jobs of the running workflow file that name the environment; undefined where the file could not be read. */
  readonly jobsUsingEnvironment: number | undefined
  /** The journal says that this very run, under this digest, began a cutover: a re-run may finish or undo it. */
  readonly begunByThisRun: boolean
}

export interface GateVerdict {
  readonly problems: readonly Problem[]
  readonly approvedBy: readonly string[]
}

/**
 * Is this job where the reviewers let it through, and did one of them do so? GitHub holds the job; this does not take
 * that on trust. Pure: answers of GitHub and the journal in, problems out.
 */
export function judgeGate(facts: GateFacts): GateVerdict {
  const problems: Problem[] = []
  const refuse = (message: string, remedy: string) => problems.push({ field: 'approval', message, remedy })
  const { claims, environment, demanded } = facts

  if (
    claims.repository !== facts.repository ||
    claims.run_id !== facts.runId ||
    claims.run_attempt !== facts.attempt
  ) {
    refuse(
      'the identity token belongs to another run or attempt',
      'Run the action in a job of its own workflow run; do not pass variables of another.',
    )
  }
  if (claims.environment !== demanded) {
    refuse(
      claims.environment === undefined
        ? `this job runs in no environment; the plan demands ${demanded}`
        : `this job runs in environment ${claims.environment}; the plan demands ${demanded}`,
      `Set \`environment: ${demanded}\` on the job of the cutover.`,
    )
  }
  if (environment === undefined) {
    refuse(
      `the environment ${demanded} does not exist or cannot be read`,
      'Create it with required reviewers, and give the job `permissions: { actions: read }`.',
    )
  } else {
    if (environment.reviewers === 0)
      refuse(
        `the environment ${demanded} has no required reviewers`,
        'Settings → Environments → Required reviewers. On plans without it, see README.',
      )
    if (!environment.preventSelfReview)
      refuse(
        `the environment ${demanded} allows self-review`,
        'Settings → Environments → Prevent self-review.',
      )
  }

  const digestMark = facts.planDigest.slice(0, 8)
  const forHere = facts.approvals.filter((approval) => approval.environments.includes(demanded))
  if (forHere.some((approval) => approval.state === 'rejected'))
    refuse('a reviewer rejected this run', 'Start a new run once the reasons are settled.')
  const approved = forHere.filter((approval) => approval.state === 'approved')
  const byOthers = approved.filter(
    (approval) => approval.user !== facts.actor && approval.user !== facts.triggeringActor,
  )
  if (approved.length === 0)
    refuse(
      'no reviewer approved this run',
      'Have a reviewer approve the deployment; an administrator’s bypass is no approval.',
    )
  else if (byOthers.length === 0)
    refuse(
      `only ${approved[0]?.user ?? 'its own actor'} approved, who started this run`,
      'Another person must approve.',
    )

  // The API does not say for which job an approval was given; an earlier job of the same environment would do.
  const namesDigest = byOthers.some((approval) => approval.comment.includes(digestMark))
  if (!namesDigest && facts.jobsUsingEnvironment !== 1) {
    refuse(
      facts.jobsUsingEnvironment === undefined
        ? 'it cannot be told whether the approval was given for this job: the workflow file cannot be read'
        : `${facts.jobsUsingEnvironment} jobs of this workflow use the environment ${demanded}: the approval may have been given for another`,
      `Use the environment for the cutover's job only (and give the job \`contents: read\`), or approve with a comment that contains ${digestMark}.`,
    )
  }
  if (facts.attempt > 1 && !facts.begunByThisRun) {
    refuse(
      `this is attempt ${facts.attempt}: GitHub cannot tell for which attempt the approval was given`,
      'Start a new run and have it approved. A re-run may only finish or undo a cutover which that run began.',
    )
  }
  return { problems, approvedBy: byOthers.map((approval) => approval.user) }
}
