import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EnvironmentSettings } from '../../runner/github-server.ts'

export const repository = 'acme/shop'

/** The cutover's environments: the clean look's, and one that nobody guards. */
export const environments: readonly EnvironmentSettings[] = [
  {
    name: 'guarded',
    reviewers: ['dba'],
    preventSelfReview: true,
    canAdminsBypass: false,
    branches: 'protected',
  },
  { name: 'production-cutover' },
]

const clean = `permissions: {}
concurrency: migration
jobs:
  cutover:
    environment: guarded
    steps: [{ uses: acme/migrations/actions/cutover@v1 }]
`

const offending = `permissions: write-all
concurrency: { group: migration, cancel-in-progress: true }
jobs:
  cutover:
    environment: production-cutover
    steps: [{ uses: acme/migrations/actions/cutover@v1 }]
  deploy:
    environment: production-cutover
    steps: [{ run: ./deploy }]
`

/** Writes both workflows into a checkout. */
export function writeWorkflows(checkout: string): void {
  const folder = join(checkout, '.github', 'workflows')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'clean.yml'), clean)
  writeFileSync(join(folder, 'offending.yml'), offending)
}

/** What the runner tells a job of one of them. */
export function workflowVariables(
  checkout: string,
  workflow: 'clean' | 'offending',
): Readonly<Record<string, string>> {
  return {
    GITHUB_REPOSITORY: repository,
    GITHUB_WORKSPACE: checkout,
    GITHUB_WORKFLOW_REF: `${repository}/.github/workflows/${workflow}.yml@refs/heads/main`,
  }
}
