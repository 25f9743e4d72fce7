import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { actionFolders } from '../build/action-file.ts'
import type { StepRun, WorkflowRun } from '../runner/run-workflow.ts'
import { policyOf } from './examples-policies.ts'
import { checkout, openExamplesStack, type ExamplesStack } from './examples-stack.ts'

const file = 'workflows-examples/migrate-long.yml'
const migration = 'workflows-examples/migrations/rehearsal.yml'
const role = 'arn:aws:iam::123456789012:role/migration'

let examples: ExamplesStack
beforeAll(async () => {
  const allow = actionFolders(join(checkout, 'actions')).flatMap(policyOf)
  const vars = {
    AWS_REGION: 'eu-west-1',
    MIGRATION_ROLE: role,
    MIGRATION_MAX_WAIT: '1s',
    MIGRATION_UNDER_WAY: migration,
  }
  const gate = { name: 'production-cutover', reviewers: ['dba'], preventSelfReview: true }
  examples = await openExamplesStack([{ arn: role, allow }], vars, [gate])
})
afterAll(() => examples.close())

const stepOf = (run: WorkflowRun, name: string): StepRun | undefined =>
  Object.values(run.jobs)
    .flatMap(({ steps }) => steps)
    .find((step) => step.name === name)
const results = (run: WorkflowRun) =>
  Object.fromEntries(Object.entries(run.jobs).map(([id, { result }]) => [id, result]))

describe('workflows-examples/migrate-long.yml', { timeout: 60_000 }, () => {
  test('a run whose time is over before the load has the next one started, with the same inputs', async () => {
    await examples.stack.emulator.addFault({
      operation: 'full-load:table',
      match: 'shop.orders',
      effect: { kind: 'hold' },
    })
    const inputs = { migration, 'runs-left': '1' }
    const run = await examples.run(file, { event: { name: 'workflow_dispatch', inputs } })
    expect(run.conclusion, examples.log()).toBe('success')
    expect(results(run)).toEqual({ load: 'success', sync: 'skipped', again: 'success' })
    expect(stepOf(run, 'Full load')?.outputs['state']).toBe('still-running')
    const [next, ...others] = examples.github.state.dispatches
    expect(others).toEqual([])
    expect(next).toMatchObject({
      workflowPath: file,
      ref: 'refs/heads/main',
      inputs: { migration, database: '', 'runs-left': '0' },
      actor: 'github-actions[bot]',
    })
  })

  test('the run of the schedule goes on from what AWS and the control schema know, to the evidence', async () => {
    await examples.stack.emulator.clearFaults()
    const started = await startedTasks()
    const run = await examples.run(file, { event: { name: 'schedule' } })
    expect(run.conclusion, examples.log()).toBe('success')
    expect(results(run)).toEqual({ load: 'success', sync: 'success', again: 'skipped' })
    expect(stepOf(run, 'Full load')?.outputs['state']).toBe('loaded')
    expect(stepOf(run, 'CDC and evidence')?.outputs['evidence-id']).toMatch(/./u)
    // Nothing was loaded anew.
    expect(await startedTasks()).toEqual(started)
  })
})

/** Starts of tasks that AWS was asked for with `start-replication`. */
async function startedTasks(): Promise<unknown[]> {
  const calls = await examples.stack.emulator.calls()
  return calls.flatMap(({ operation, request, error }) =>
    operation === 'StartReplicationTask' &&
    error === undefined &&
    JSON.stringify(request).includes('start-rep')
      ? [request]
      : [],
  )
}
