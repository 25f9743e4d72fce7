import { getOctokit } from '@actions/github'
import type { EnvironmentFacts } from './gate.ts'

type Octokit = ReturnType<typeof getOctokit>

/** An environment with the branches that may deploy to it. */
export interface ProtectedEnvironment extends EnvironmentFacts {
  /** No rule says which branches may deploy. */
  readonly anyBranch: boolean
}

/** Reads an environment (`actions: read`). Throws what octokit throws: 404 where it does not exist, 403 without the right. */
export async function readEnvironment(
  github: Octokit,
  repository: { readonly owner: string; readonly repo: string },
  name: string,
): Promise<ProtectedEnvironment> {
  const { data } = await github.rest.repos.getEnvironment({ ...repository, environment_name: name })
  let reviewers = 0
  let preventSelfReview = false
  for (const rule of data.protection_rules ?? []) {
    if (rule.type !== 'required_reviewers' || !('reviewers' in rule)) continue
    reviewers += rule.reviewers?.length ?? 0
    preventSelfReview ||= rule.prevent_self_review === true
  }
  const adminsMayBypass = 'can_admins_bypass' in data ? data.can_admins_bypass !== false : true
  return {
    name: data.name,
    reviewers,
    preventSelfReview,
    adminsMayBypass,
    anyBranch: (data.deployment_branch_policy ?? null) === null,
  }
}

/** The same with a token, for who has no client yet. */
export function readEnvironmentWith(
  token: string,
  repository: { readonly owner: string; readonly repo: string },
  name: string,
): Promise<ProtectedEnvironment> {
  return readEnvironment(getOctokit(token), repository, name)
}

/** The status of an answer of GitHub that octokit threw; undefined where it was none. */
export function answerStatus(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined
}
