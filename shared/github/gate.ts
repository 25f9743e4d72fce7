import type { Problem } from '../runtime/errors.ts'
import type { IdentityClaims } from './identity-token.ts'

/** The actions that somebody has to approve; an approval for one is none for the other. */
export type ApprovedJob = 'cutover' | 'fall-back'

/**
 * What the journal says that this very run, under this digest, has begun. `undone`: it ended before its commit point;
 * `to-finish`: it passed it, and only forward is left.
 */
export type Begun = 'nothing' | 'undone' | 'to-finish'

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

/** The run that asks, however it was approved. */
export interface RunFacts {
  readonly job: ApprovedJob
  readonly planDigest: string
  readonly claims: IdentityClaims
  readonly repository: string
  readonly runId: string
  readonly attempt: number
  readonly actor: string
  readonly triggeringActor: string
  readonly begun: Begun
}

export interface GateFacts extends RunFacts {
  /** The environment that the plan demands. */
  readonly demanded: string
  /** Undefined where it does not exist. */
  readonly environment: EnvironmentFacts | undefined
  readonly approvals: readonly ApprovalFacts[]
  /** Jobs of the running workflow file that name the environment; undefined where the file could not be read. */
  readonly jobsUsingEnvironment: number | undefined
}

export interface GateVerdict {
  readonly problems: readonly Problem[]
  readonly approvedBy: readonly string[]
}

/** Whoever started this run, by all that GitHub says of it; logins have no case. Pure. */
export function startedBy(facts: Pick<RunFacts, 'actor' | 'triggeringActor' | 'claims'>): readonly string[] {
  const all = [facts.actor, facts.triggeringActor, facts.claims.actor ?? '']
  return [...new Set(all.filter((login) => login !== '').map((login) => login.toLowerCase()))]
}

/** Is this job the one that it says it is, and may this attempt of its run go on at all? Pure. */
export function judgeRun(facts: RunFacts): Problem[] {
  const problems: Problem[] = []
  const { claims } = facts
  if (
    claims.repository !== facts.repository ||
    claims.run_id !== facts.runId ||
    claims.run_attempt !== facts.attempt
  ) {
    problems.push({
      field: 'approval',
      message: 'the identity token belongs to another run or attempt',
      remedy: 'Run the action in a job of its own workflow run; do not pass variables of another.',
    })
  }
  if (facts.attempt > 1 && facts.begun !== 'to-finish') {
    const again = `Start a new run and have it approved. A re-run may only finish a ${facts.job} which that run began.`
    problems.push({
      field: 'approval',
      message:
        facts.begun === 'nothing'
          ? `this is attempt ${facts.attempt}, and its run began nothing under this plan: the approval may have been given for an earlier attempt`
          : `this is attempt ${facts.attempt}, and what its run began ended before its commit point: nothing is left to finish`,
      remedy: facts.begun === 'nothing' ? again : `The pause was taken back by PostgreSQL. ${again}`,
    })
  }
  return problems
}

/**
 * Is this job where the reviewers let it through, and did one of them do so? GitHub holds the job; this does not take
 * that on trust. Pure: answers of GitHub and the journal in, problems out.
 */
export function judgeGate(facts: GateFacts): GateVerdict {
  const problems: Problem[] = []
  const refuse = (message: string, remedy: string) => problems.push({ field: 'approval', message, remedy })
  const { claims, environment, demanded, job } = facts
  if (claims.environment !== demanded) {
    refuse(
      claims.environment === undefined
        ? `this job runs in no environment; the plan demands ${demanded}`
        : `this job runs in environment ${claims.environment}; the plan demands ${demanded}`,
      `Set \`environment: ${demanded}\` on the job of the ${job}.`,
    )
  }
  if (environment === undefined) {
    refuse(
      `the environment ${demanded} does not exist or cannot be read`,
      'Create it with required reviewers, and give the job `permissions: { actions: read }`. Where the plan of GitHub has no required reviewers: `cutover.approval` in the migration file.',
    )
  } else {
    if (environment.reviewers === 0)
      refuse(
        `the environment ${demanded} has no required reviewers`,
        'Settings → Environments → Required reviewers. Where the plan of GitHub has none: `cutover.approval` in the migration file.',
      )
    else if (!environment.preventSelfReview)
      refuse(
        `the environment ${demanded} allows self-review`,
        'Settings → Environments → Prevent self-review.',
      )
  }
  const forHere = facts.approvals.filter((approval) => approval.environments.includes(demanded))
  const starters = startedBy(facts)
  if (forHere.some((approval) => approval.state === 'rejected'))
    refuse('a reviewer rejected this run', 'Start a new run once the reasons are settled.')
  const approved = forHere.filter((approval) => approval.state === 'approved')
  const byOthers = approved.filter((approval) => !starters.includes(approval.user.toLowerCase()))
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
  if (!byOthers.some(({ comment }) => namesJob(comment, facts)) && facts.jobsUsingEnvironment !== 1) {
    refuse(
      facts.jobsUsingEnvironment === undefined
        ? 'it cannot be told whether the approval was given for this job: the workflow file cannot be read'
        : `${facts.jobsUsingEnvironment} jobs of this workflow use the environment ${demanded}: the approval may have been given for another`,
      `Use the environment for the job of the ${job} only (and give the job \`contents: read\`), or approve with a comment that contains \`${mark(facts)}\`.`,
    )
  }
  problems.push(...judgeRun(facts))
  return { problems, approvedBy: [...new Set(byOthers.map((approval) => approval.user))] }
}

/** What a reviewer's comment has to contain where the environment alone does not tell which job was meant. */
function mark({ job, planDigest }: RunFacts): string {
  const digest = planDigest.slice(0, 8)
  return job === 'cutover' ? digest : `fall-back ${digest}`
}

/** A fall-back has to be named: the digest alone means the cutover. */
function namesJob(comment: string, facts: RunFacts): boolean {
  const withoutOther =
    facts.job === 'cutover' ? comment.replaceAll(`fall-back ${facts.planDigest.slice(0, 8)}`, '') : comment
  return withoutOther.includes(mark(facts))
}
