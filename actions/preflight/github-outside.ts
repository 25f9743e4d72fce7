import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { answerStatus, readEnvironmentWith } from '../../shared/github/read-environment.ts'
import { readWorkflow } from '../../shared/github/workflow-file.ts'
import type { EnvironmentProtection, GitHubFacts } from '../../shared/preflight/github-facts.ts'

/**
 * What GitHub and the workflow file of this run say of the cutover's gate; undefined outside a workflow. The workflow is
 * read from the checkout, the environment with the job's token (`actions: read`), unless the workflow asks nobody for an
 * approval. Throws an Error that says what could not be read.
 */
export async function readGitHub(
  environmentName: string,
  token: string | undefined,
  variables: NodeJS.ProcessEnv = process.env,
): Promise<GitHubFacts | undefined> {
  const repository = variables['GITHUB_REPOSITORY'] ?? ''
  const reference = variables['GITHUB_WORKFLOW_REF'] ?? ''
  if (reference === '') return undefined
  // `owner/name/.github/workflows/migrate.yml@refs/heads/main`; of a reusable workflow's repository, not always ours.
  const path = reference.split('@')[0]?.split('/').slice(2).join('/') ?? ''
  const workflow = readWorkflow(await workflowText(variables, path), environmentName)
  if (workflow === undefined) throw new Error(`${path} of the checkout is not a workflow`)
  return {
    workflow: { path, ...workflow },
    environment: workflow.asksForApproval
      ? await readProtection(repository, environmentName, token)
      : undefined,
  }
}

async function workflowText(variables: NodeJS.ProcessEnv, path: string): Promise<string> {
  try {
    return await readFile(join(variables['GITHUB_WORKSPACE'] ?? '', path), 'utf8')
  } catch (cause) {
    throw new Error(`the workflow ${path} is not in the checkout`, { cause })
  }
}

async function readProtection(
  repository: string,
  name: string,
  token: string | undefined,
): Promise<EnvironmentProtection> {
  if (token === undefined) throw new Error('the input github-token is empty')
  const [owner = '', repo = ''] = repository.split('/')
  try {
    const found = await readEnvironmentWith(token, { owner, repo }, name)
    return {
      exists: true,
      reviewers: found.reviewers,
      preventsSelfReview: found.preventSelfReview,
      adminsMayBypass: found.adminsMayBypass,
      anyBranch: found.anyBranch,
    }
  } catch (error) {
    const status = answerStatus(error)
    if (status === 404) return absent
    const said = error instanceof Error ? error.message : String(error)
    throw new Error(
      status === 403
        ? `GitHub does not show the environment ${name} to this job (${said}): give it \`permissions: { actions: read }\``
        : `the environment ${name} could not be read from GitHub: ${said}`,
      { cause: error },
    )
  }
}

const absent = {
  exists: false,
  reviewers: 0,
  preventsSelfReview: false,
  adminsMayBypass: true,
  anyBranch: true,
}
