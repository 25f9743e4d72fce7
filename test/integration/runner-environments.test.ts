import { getOctokit } from '@actions/github'
import { afterEach, expect, test } from 'vitest'
import { openWorkflowFixture } from '../runner/workflow-fixture.ts'
import type { EnvironmentSettings } from '../runner/github-server.ts'
import type { ApprovalRequest, WorkflowRunOptions } from '../runner/run-workflow.ts'
import type { FixtureRun, WorkflowFixture } from '../runner/workflow-fixture.ts'

let fixture: WorkflowFixture | undefined
afterEach(async () => fixture?.close())

const production: EnvironmentSettings = {
  name: 'production',
  reviewers: ['dba'],
  preventSelfReview: true,
  canAdminsBypass: false,
  branches: 'protected',
}

const workflow = `
on: workflow_dispatch
permissions: { actions: read }
jobs:
  prepare: { runs-on: x, steps: [{ run: 'echo "## evidence" >> "$GITHUB_STEP_SUMMARY"' }] }
  cutover:
    runs-on: x
    needs: prepare
    environment: { name: production, url: 'https://example.test/\${{ github.run_id }}' }
    steps: [{ run: 'echo in charge' }]
  after: { runs-on: x, needs: cutover, steps: [{ run: 'true' }] }
`

async function start(options: Partial<WorkflowRunOptions>): Promise<FixtureRun> {
  fixture = await openWorkflowFixture([production])
  return fixture.run(workflow, { actor: 'mona', ...options })
}

function results(run: FixtureRun): Record<string, string> {
  return Object.fromEntries(Object.entries(run.jobs).map(([id, { result }]) => [id, result]))
}

test('an approved job runs, and the approval can be read through the API', async () => {
  const asked: ApprovalRequest[] = []
  let whileWaiting: unknown
  const run = await start({
    approve: async (request) => {
      asked.push(request)
      const { url, token } = fixture!.github
      const octokit = getOctokit(token, { baseUrl: url })
      const path = { owner: 'acme', repo: 'shop', run_id: Number(request.run.id) }
      const pending = await octokit.rest.actions.getPendingDeploymentsForRun(path)
      const { data } = await octokit.rest.actions.getWorkflowRun(path)
      whileWaiting = [data.status, pending.data[0]?.environment.name, pending.data[0]?.reviewers[0]?.reviewer]
      return { state: 'approved', user: 'dba', comment: 'evidence read' }
    },
  })
  expect(results(run)).toEqual({ prepare: 'success', cutover: 'success', after: 'success' })
  expect(asked).toMatchObject([
    {
      environment: 'production',
      jobId: 'cutover',
      reviewers: ['dba'],
      summarySoFar: '## evidence\n',
      run: { id: run.runId, attempt: 1 },
    },
  ])
  expect(whileWaiting).toMatchObject(['waiting', 'production', { login: 'dba', type: 'User' }])
  expect(run.jobs['cutover']?.environment).toEqual({
    name: 'production',
    url: `https://example.test/${run.runId}`,
  })
  const { url, token } = fixture!.github
  const octokit = getOctokit(token, { baseUrl: url })
  const path = { owner: 'acme', repo: 'shop', run_id: Number(run.runId) }
  const approvals = await octokit.rest.actions.getReviewsForRun(path)
  expect(approvals.data).toMatchObject([
    {
      state: 'approved',
      comment: 'evidence read',
      user: { login: 'dba' },
      environments: [{ name: 'production' }],
    },
  ])
  const environment = await octokit.rest.repos.getEnvironment({
    owner: 'acme',
    repo: 'shop',
    environment_name: 'production',
  })
  expect(environment.data).toMatchObject({
    name: 'production',
    can_admins_bypass: false,
    deployment_branch_policy: { protected_branches: true, custom_branch_policies: false },
    protection_rules: [
      {
        type: 'required_reviewers',
        prevent_self_review: true,
        reviewers: [{ type: 'User', reviewer: { login: 'dba' } }],
      },
      { type: 'branch_policy' },
    ],
  })
  const jobs = await octokit.rest.actions.listJobsForWorkflowRun(path)
  expect(jobs.data.jobs.map(({ name, conclusion, run_attempt }) => [name, conclusion, run_attempt])).toEqual([
    ['prepare', 'success', 1],
    ['cutover', 'success', 1],
    ['after', 'success', 1],
  ])
  expect((await octokit.rest.actions.getWorkflowRun(path)).data).toMatchObject({
    status: 'completed',
    conclusion: 'success',
    run_attempt: 1,
    actor: { login: 'mona' },
    triggering_actor: { login: 'mona' },
    path: '.github/workflows/ci.yml',
  })
})

test('a rejected job fails without running, and what needs it is skipped', async () => {
  const run = await start({
    approve: () => Promise.resolve({ state: 'rejected', user: 'dba', comment: 'too late' }),
  })
  expect(results(run)).toEqual({ prepare: 'success', cutover: 'failure', after: 'skipped' })
  expect(run.conclusion).toBe('failure')
  expect(run.jobs['cutover']).toMatchObject({
    steps: [],
    annotations: [{ message: 'The deployment to production was rejected by dba: too late' }],
  })
  expect(fixture?.github.state.runs.get(run.runId)?.approvals).toMatchObject([
    { state: 'rejected', user: 'dba' },
  ])
})

test.each([
  ['whoever is no reviewer', { actor: 'mona' }, 'mallory', /mallory is not among the required reviewers/],
  ['whoever started the run', { actor: 'dba' }, 'dba', /prevents self-review/],
])('%s cannot approve', async (_, options, user, message) => {
  const run = await start({
    ...options,
    approve: () => Promise.resolve({ state: 'approved', user, comment: '' }),
  })
  expect(results(run)).toEqual({ prepare: 'success', cutover: 'failure', after: 'skipped' })
  expect(run.jobs['cutover']?.annotations[0]?.message).toMatch(message)
  expect(fixture?.github.state.runs.get(run.runId)?.approvals).toEqual([])
})

test('a branch that the environment does not allow cannot deploy', async () => {
  const run = await start({ ref: 'refs/heads/feature' })
  expect(run.jobs['cutover']?.annotations[0]?.message).toBe(
    'Branch "feature" is not allowed to deploy to production due to environment protection rules.',
  )
})

test('cancelling ends the waiting, and nothing is recorded', async () => {
  const controller = new AbortController()
  const run = await start({
    signal: controller.signal,
    approve: () => {
      controller.abort()
      return new Promise(() => {})
    },
  })
  expect(results(run)).toEqual({ prepare: 'success', cutover: 'cancelled', after: 'skipped' })
  expect(run.conclusion).toBe('cancelled')
  expect(fixture?.github.state.runs.get(run.runId)).toMatchObject({ approvals: [], pending: new Set() })
})

test('an environment that does not exist is created without rules', async () => {
  fixture = await openWorkflowFixture()
  const run = await fixture.run(workflow)
  expect(results(run)).toEqual({ prepare: 'success', cutover: 'success', after: 'success' })
  expect(fixture.github.state.environment('Production')).toEqual({ name: 'production' })
})
