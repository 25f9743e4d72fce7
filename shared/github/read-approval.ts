import { getOctokit } from '@actions/github'
import type { ApprovalFacts, EnvironmentFacts } from './gate.ts'
import { answerStatus, readEnvironment } from './read-environment.ts'
import { readWorkflow } from './workflow-file.ts'

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
    environment: await environmentOrNone(github, owner, repo, request.environment),
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

async function environmentOrNone(
  github: Octokit,
  owner: string,
  repo: string,
  name: string,
): Promise<EnvironmentFacts | undefined> {
  try {
    return await readEnvironment(github, { owner, repo }, name)
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
    return readWorkflow(Buffer.from(data.content, 'base64').toString('utf8'), environment)?.jobsInEnvironment
      .length
  } catch (error) {
    if (notReadable(error)) return undefined
    throw error
  }
}

function notReadable(error: unknown): boolean {
  const status = answerStatus(error)
  return status === 404 || status === 403
}
