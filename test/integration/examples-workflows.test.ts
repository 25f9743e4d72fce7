import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { actionFolders } from '../build/action-file.ts'
import { loadWorkflow } from '../runner/workflow-file.ts'
import { checkout, openExamplesStack, repository, type ExamplesStack } from './examples-stack.ts'
import { callsOfActions, policyOf } from './examples-policies.ts'
import type { WorkflowRun } from '../runner/run-workflow.ts'

const folders = actionFolders(join(checkout, 'actions'))
const reads = [...policyOf('preflight'), ...policyOf('create-task')].filter((action) =>
  /:(Describe|List|Get)/u.test(action),
)
const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`
const ofPullRequest = {
  name: 'pull_request',
  payload: { pull_request: { head: { repo: { full_name: repository } } } },
}

let examples: ExamplesStack
let scratch: string
const runs: WorkflowRun[] = []

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'examples-workflows-'))
  examples = await openExamplesStack(
    [
      { arn: role('reader'), allow: reads },
      { arn: role('staging'), allow: folders.flatMap(policyOf) },
      ...folders.map((folder) => ({ arn: role(folder), allow: policyOf(folder) })),
    ],
    {
      AWS_REGION: 'eu-west-1',
      STAGING_READ_ROLE: role('reader'),
      STAGING_ROLE: role('staging'),
      STAGING_MIGRATION: 'workflows-examples/migrations/rehearsal.yml',
      MIGRATION_ROLE: role('cleanup'),
    },
    [{ name: 'production-cleanup' }],
  )
})
afterAll(async () => {
  await examples.close()
  rmSync(scratch, { recursive: true, force: true })
})

/** A workflow with one action, under a role that may do what that action's README says and nothing else. */
function alone(folder: string, inputs: Readonly<Record<string, string>>): string {
  const file = join(scratch, `${folder}.yml`)
  const given = Object.entries(inputs).map(([name, value]) => `          ${name}: '${value}'`)
  writeFileSync(
    file,
    `on: workflow_dispatch
permissions: { contents: read, id-token: write }
jobs:
  alone:
    runs-on: self-hosted
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1
      - uses: aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c
        with: { role-to-assume: '${role(folder)}', aws-region: eu-west-1 }
      - id: ${folder}
        uses: ${repository}/actions/${folder}@v0
        with:
          migration: workflows-examples/migrations/rehearsal.yml
${given.join('\n')}
`,
  )
  return file
}

describe('workflows-examples/rehearse.yml', { timeout: 180_000 }, () => {
  let digest = ''
  let decisions = ''

  test('a pull request shows what would be done and writes nothing', async () => {
    const run = await examples.run('workflows-examples/rehearse.yml', { event: ofPullRequest })
    runs.push(run)
    expect(run.conclusion, examples.log()).toBe('success')
    expect(run.jobs['rehearsal']?.result).toBe('skipped')
    const steps = run.jobs['dry-run']?.steps ?? []
    const outputs = steps.find(({ id }) => id === 'preflight')?.outputs ?? {}
    digest = outputs['plan-digest'] ?? ''
    decisions = outputs['plan-decisions'] ?? ''
    expect(digest).toMatch(/^[0-9a-f]{64}$/u)
    const planned = steps.find(({ name }) => name === 'What create-task would do')
    expect(planned?.outputs['state']).toBe('planned')
    expect(planned?.outputs['task-arns']).toBe('[]')
    const calls = await examples.stack.emulator.calls()
    expect(calls.filter(({ mutating, service }) => mutating && service !== 'sts')).toEqual([])
    for (const side of ['source', 'target'] as const) expect(await controlSchemas(side)).toEqual([])
  })

  test('a pull request from a fork runs nothing', async () => {
    const payload = { pull_request: { head: { repo: { full_name: 'someone/fork' } } } }
    const event = { name: 'pull_request', payload }
    const run = await examples.run('workflows-examples/rehearse.yml', { event })
    expect(Object.values(run.jobs).map(({ result }) => result)).toEqual(['skipped', 'skipped'])
  })

  test.each(['prepare-target', 'create-task'])(
    '%s alone works with what its README allows',
    async (folder) => {
      const file = alone(folder, { 'plan-digest': digest, 'plan-decisions': decisions })
      const run = await examples.run(file, { event: { name: 'workflow_dispatch' } })
      runs.push(run)
      expect(run.conclusion, examples.log()).toBe('success')
    },
  )

  test('a push to staging adopts what is there and runs everything, cutover included, with what the READMEs allow', async () => {
    const event = { name: 'push' }
    const run = await examples.run('workflows-examples/rehearse.yml', { event, ref: 'refs/heads/staging' })
    runs.push(run)
    expect(run.conclusion, examples.log()).toBe('success')
    expect(run.jobs['dry-run']?.result).toBe('skipped')
    const job = run.jobs['rehearsal']
    expect(job?.environment?.name).toBe('staging')
    const cutover = job?.steps.find(({ id }) => id === 'cutover')
    expect(cutover?.outputs['state']).toBe('opened')
    expect(cutover?.summary).toContain('NOBODY APPROVED THIS CUTOVER')
  })

  test('finish-target alone works with what its README allows', async () => {
    const file = alone('finish-target', { 'plan-digest': digest, 'dry-run': 'true' })
    const run = await examples.run(file, { event: { name: 'workflow_dispatch' } })
    runs.push(run)
    expect(run.conclusion, examples.log()).toBe('success')
  })

  test('fall-back alone works with what its README allows', async () => {
    const file = alone('fall-back', { 'plan-digest': digest, 'require-approval': 'false' })
    const run = await examples.run(file, { event: { name: 'workflow_dispatch' } })
    runs.push(run)
    expect(run.conclusion, examples.log()).toBe('success')
  })

  test('cleanup.yml shows first what it would remove, then removes it, with what the README allows', async () => {
    const inputs = {
      migration: 'workflows-examples/migrations/rehearsal.yml',
      when: 'abandoned',
      'give-up-way-back': 'true',
    }
    const event = { name: 'workflow_dispatch', inputs }
    const run = await examples.run('workflows-examples/cleanup.yml', { event })
    runs.push(run)
    expect(run.conclusion, examples.log()).toBe('success')
    const stateOf = (job: string, step: string) =>
      run.jobs[job]?.steps.find(({ id }) => id === step)?.outputs['state']
    expect(stateOf('dry-run', 'planned')).toBe('planned')
    expect(stateOf('cleanup', 'cleanup')).toBe('clean')
    expect(run.jobs['cleanup']?.environment?.name).toBe('production-cleanup')
  })

  test.each(folders)('%s calls exactly what its README’s policy allows', async (folder) => {
    const called = callsOfActions(runs, await examples.stack.emulator.calls(), folders).get(folder)
    // Needed by calls that IAM checks for more than their own name, or only where the file asks for a new instance, or where a
    // login was mended.
    const beside = [
      'iam:PassRole',
      'dms:AddTagsToResource',
      'dms:CreateReplicationInstance',
      'dms:DescribeOrderableReplicationInstances',
      'dms:ModifyEndpoint',
      // Of preflight only where something bears the names of the migration already.
      ...(folder === 'preflight' ? ['dms:ListTagsForResource'] : []),
      // Of cleanup only where a task still runs, and where the server that was left is a cluster.
      ...(folder === 'cleanup' ? ['dms:StopReplicationTask', 'rds:DescribeDBClusters'] : []),
    ]
    const allowed = policyOf(folder).filter(
      (action) => called?.has(action) === true || !beside.includes(action),
    )
    expect([...(called ?? [])].toSorted()).toEqual(allowed.toSorted())
  })
})

test('the workflow in README can be run', async () => {
  const [, text = ''] =
    /```yaml\n(name: Migrate.*?)```/su.exec(readFileSync(join(checkout, 'README.md'), 'utf8')) ?? []
  const file = join(scratch, 'readme.yml')
  writeFileSync(file, text)
  const workflow = await loadWorkflow(file, { repository, checkout })
  expect(workflow.jobs.map(({ id }) => id)).toEqual(['load', 'cutover'])
})

/** Schemas that a migration makes, as far as they are there. */
async function controlSchemas(side: 'source' | 'target'): Promise<unknown[]> {
  const { Client } = await import('pg')
  const client = new Client({ connectionString: examples.stack.superuserUrl(side) })
  await client.connect()
  try {
    return (await client.query("select nspname from pg_namespace where nspname like 'aurora_migration%'"))
      .rows
  } finally {
    await client.end()
  }
}
