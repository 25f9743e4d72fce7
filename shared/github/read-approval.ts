import { getOctokit } from '@actions/github'
import type { ApprovalFacts, EnvironmentFacts } from './gate.ts'
import { MigrationError } from '../runtime/errors.ts'
import { answerStatus, readEnvironment } from './read-environment.ts'
import { readWorkflow } from './workflow-file.ts'

type Octokit = ReturnType<typeof getOctokit>

interface Place {
  readonly owner: string
  readonly repo: string
}

/** Who started a run, by GitHub's own record of it. */
export interface RunStarters {
  readonly actor: string
  readonly triggeringActor: string
}

/** What GitHub says of a run's approval. */
export interface GitHubAnswers extends RunStarters {
  readonly environment: EnvironmentFacts | undefined
  readonly approvals: readonly ApprovalFacts[]
  readonly jobsUsingEnvironment: number | undefined
}

/** Who started the run (`actions: read`). Throws what octokit throws. */
export async function readStarters(
  token: string,
  request: { readonly repository: string; readonly runId: string },
): Promise<RunStarters> {
  const run = await runOf(getOctokit(token), placeOf(request.repository), Number(request.runId))
  return startersOf(run)
}

/**
 * Reads environment, approvals, run and workflow file with the job's token (`actions: read`, `contents: read`). What
 * may not be read comes back as undefined and is judged as missing; other failures throw.
 */
export async function readApproval(
  token: string,
  request: { readonly repository: string; readonly runId: string; readonly environment: string },
): Promise<GitHubAnswers> {
  const github = getOctokit(token)
  const place = placeOf(request.repository)
  const run_id = Number(request.runId)
  const run = await runOf(github, place, run_id)
  const approvals = await github.rest.actions.getReviewsForRun({ ...place, run_id })
  return {
    ...startersOf(run),
    environment: await environmentOrNone(github, place, request.environment),
    approvals: approvals.data.map((approval) => ({
      state: approval.state,
      user: approval.user.login,
      comment: approval.comment,
      environments: approval.environments.map(({ name }) => name ?? ''),
    })),
    jobsUsingEnvironment: await countJobs(github, place, run, request.environment),
  }
}

async function runOf(github: Octokit, place: Place, run_id: number) {
  try {
    return (await github.rest.actions.getWorkflowRun({ ...place, run_id })).data
  } catch (cause) {
    if (!notReadable(cause)) throw cause
    throw new MigrationError('precondition', 'GitHub does not show this run and its approvals to the job', {
      remedy: 'Give the job `permissions: { actions: read }`, and leave the input github-token as it is.',
      cause,
    })
  }
}

function startersOf(run: Awaited<ReturnType<typeof runOf>>): RunStarters {
  return { actor: run.actor?.login ?? '', triggeringActor: run.triggering_actor?.login ?? '' }
}

async function environmentOrNone(
  github: Octokit,
  place: Place,
  name: string,
): Promise<EnvironmentFacts | undefined> {
  try {
    return await readEnvironment(github, place, name)
  } catch (error) {
    if (notReadable(error)) return undefined
    throw error
  }
}

async function countJobs(
  github: Octokit,
  place: Place,
  run: { readonly path: string; readonly head_sha: string },
  environment: string,
): Promise<number | undefined> {
  try {
    const { data } = await github.rest.repos.getContent({
      ...place,
      path: run.path.split('@')[0] ?? run.path,
      ref: run.head_sha,
    })
    if (Array.isArray(data) || !('content' in data)) return undefined
    return readWorkflow(Buffer.from(data.content, 'base64').toString('utf8'), environment)?.jobsInEnvironment
      .length
  } catch (error) {
    if (notReadable(error)) return undefined
    throw error
  }
}

function placeOf(repository: string): Place {
  const [owner = '', repo = ''] = repository.split('/')
  return { owner, repo }
}

function notReadable(error: unknown): boolean {
  const status = answerStatus(error)
  return status === 404 || status === 403
}
