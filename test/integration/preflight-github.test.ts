import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startGitHubServer, type EnvironmentSettings, type GitHubServer } from '../runner/github-server.ts'

// What preflight reads of the workflow and, from the local GitHub, of the cutover's environment.

let github: GitHubServer
let checkout: string

const environments: EnvironmentSettings[] = [
  {
    name: 'guarded',
    reviewers: ['dba'],
    preventSelfReview: true,
    canAdminsBypass: false,
    branches: 'protected',
  },
  { name: 'open' },
]

beforeAll(async () => {
  checkout = mkdtempSync(join(tmpdir(), 'preflight github '))
  mkdirSync(join(checkout, '.github', 'workflows'), { recursive: true })
  github = await startGitHubServer({ repository: 'acme/shop', environments })
  vi.stubEnv('GITHUB_API_URL', github.url)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await github.close()
  rmSync(checkout, { recursive: true, force: true })
})

describe('GitHub', () => {
  const workflow = (approval: string) =>
    `permissions: {}\nconcurrency: one\njobs:\n  cutover:\n    environment: guarded\n    steps: [{ uses: a/b/actions/cutover@v1, with: { require-approval: ${approval} } }]\n`
  const variables = (file: string) => ({
    GITHUB_REPOSITORY: 'acme/shop',
    GITHUB_WORKFLOW_REF: `acme/shop/.github/workflows/${file}@refs/heads/main`,
    GITHUB_WORKSPACE: checkout,
  })

  async function read(environment: string, approval = "'true'", token: string | undefined = github.token) {
    const { readGitHub } = await import('../../actions/preflight/github-outside.ts')
    writeFileSync(join(checkout, '.github', 'workflows', 'migrate.yml'), workflow(approval))
    return readGitHub(environment, token, variables('migrate.yml'))
  }

  test('an environment with its reviewers, and the workflow of the run', async () => {
    expect(await read('guarded')).toEqual({
      workflow: {
        path: '.github/workflows/migrate.yml',
        topPermissions: 'none',
        concurrency: 'waits',
        jobsInEnvironment: ['cutover'],
        cutoverJobs: ['cutover'],
        asksForApproval: true,
      },
      environment: {
        exists: true,
        reviewers: 1,
        preventsSelfReview: true,
        adminsMayBypass: false,
        anyBranch: false,
      },
    })
  })

  test('an environment without protection, and none at all', async () => {
    expect((await read('open'))?.environment).toMatchObject({ exists: true, reviewers: 0, anyBranch: true })
    expect((await read('nowhere'))?.environment).toMatchObject({ exists: false })
  })

  test('a workflow that asks nobody is not asked about at GitHub', async () => {
    expect((await read('guarded', "'false'", 'no token at all'))?.environment).toBeUndefined()
  })

  test('a token that may not read it, no token, no file: each says what is missing', async () => {
    const weak = github.state.issueToken('ghs', {
      login: 'github-actions[bot]',
      permissions: { contents: 'read' },
    })
    await expect(read('guarded', "'true'", weak)).rejects.toThrow('actions: read')
    await expect(read('guarded', "'true'", 'wrong')).rejects.toThrow('could not be read from GitHub')
    const { readGitHub } = await import('../../actions/preflight/github-outside.ts')
    await expect(readGitHub('guarded', undefined, variables('migrate.yml'))).rejects.toThrow('github-token')
    await expect(readGitHub('guarded', 'x', variables('other.yml'))).rejects.toThrow('not in the checkout')
    expect(await readGitHub('guarded', 'x', {})).toBeUndefined()
  })
})
