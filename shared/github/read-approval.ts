import { getOctokit } from '@actions/github'
import { parse } from 'yaml'
import type { ApprovalFacts, EnvironmentFacts } from './gate.ts'

type Octokit = ReturnType<typeof getOctokit>

/** What GitHub says of a run's approval. */
export interface GitHubAnswers {
  readonly environment: EnvironmentFacts | undefined
  readonly approvals: readonly ApprovalFacts[]
  readonly jobsUsingEnvironment: number | undefined
  readonly actor: string
  readonly triggeringActor: string
}

/**
 * Reads environment, approvals, run and workflow file with the job's token (`actions: read`, `contents: read`). What
 * may not be read comes back as undefined and is judged as missing; other failures throw.
 */
export async function readApproval(
  token: string,
  request: { repository: string; runId: string; environment: string },
): Promise<GitHubAnswers> {
  const github = getOctokit(token)
  const [owner = '', repo = ''] = request.repository.split('/')
  const run_id = Number(request.runId)
  const run = await github.rest.actions.getWorkflowRun({ owner, repo, run_id })
  const approvals = await github.rest.actions.getReviewsForRun({ owner, repo, run_id })
  return {
    environment: await readEnvironment(github, owner, repo, request.environment),
    approvals: approvals.data.map((approval) => ({
      state: approval.state,
      user: approval.user.login,
      comment: approval.comment,
      environments: approval.environments.map(({ name }) => name ?? ''),
    })),
    jobsUsingEnvironment: await countJobs(
      github,
      owner,
      repo,
      run.data.path,
      run.data.head_sha,
      request.environment,
    ),
    actor: run.data.actor?.login ?? '',
    triggeringActor: run.data.triggering_actor?.login ?? '',
  }
}

async function readEnvironment(
  github: Octokit,
  owner: string,
  repo: string,
  name: string,
): Promise<EnvironmentFacts | undefined> {
  try {
    const { data } = await github.rest.repos.getEnvironment({ owner, repo, environment_name: name })
    let reviewers = 0
    let preventSelfReview = false
    for (const rule of data.protection_rules ?? []) {
      if (rule.type !== 'required_reviewers' || !('reviewers' in rule)) continue
      reviewers += rule.reviewers?.length ?? 0
      preventSelfReview ||= rule.prevent_self_review === true
    }
    const adminsMayBypass = 'can_admins_bypass' in data ? data.can_admins_bypass !== false : true
    return { name: data.name, reviewers, preventSelfReview, adminsMayBypass }
  } catch (error) {
    if (notReadable(error)) return undefined
    throw error
  }
}

async function countJobs(
  github: Octokit,
  owner: string,
  repo: string,
  path: string,
  ref: string,
  environment: string,
): Promise<number | undefined> {
  try {
    const { data } = await github.rest.repos.getContent({
      owner,
      repo,
      path: path.split('@')[0] ?? path,
      ref,
    })
    if (Array.isArray(data) || !('content' in data)) return undefined
    return jobsUsing(Buffer.from(data.content, 'base64').toString('utf8'), environment)
  } catch (error) {
    if (notReadable(error)) return undefined
    throw error
  }
}

/** Jobs of a workflow file that name an environment. One that is computed could be any, so it counts as this one. Pure. */
export function jobsUsing(workflow: string, environment: string): number {
  const { jobs } = parse(workflow) as {
    jobs?: Record<string, { environment?: string | { name?: string } } | undefined>
  }
  return Object.values(jobs ?? {}).filter((job) => {
    const named = typeof job?.environment === 'string' ? job.environment : job?.environment?.name
    return named !== undefined && (named.includes('${{') || named.toLowerCase() === environment.toLowerCase())
  }).length
}

function notReadable(error: unknown): boolean {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined
  return status === 404 || status === 403
}
