import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWorkflowFixture } from '../runner/workflow-fixture.ts'
import type { RunEvent } from '../runner/run-workflow.ts'
import type { WorkflowFixture } from '../runner/workflow-fixture.ts'

let fixture: WorkflowFixture

beforeAll(async () => {
  fixture = await openWorkflowFixture()
  fixture.action(
    'say',
    `import { appendFileSync } from 'node:fs'
     appendFileSync(process.env.GITHUB_OUTPUT, 'word=' + process.env.INPUT_WORD + '\\n')`,
    { keys: 'inputs: { word: {} }\n' },
  )
})

afterAll(() => fixture.close())

test('checkout fills the workspace, local actions need it, artifacts pass between jobs', async () => {
  fixture.write('data/a.txt', 'from the checkout\n')
  const run = await fixture.run(`
on: workflow_dispatch
jobs:
  without: { runs-on: x, steps: [{ uses: ./actions/say }] }
  forbidden: { runs-on: x, permissions: {}, steps: [{ uses: actions/checkout@v5 }] }
  build:
    runs-on: x
    steps:
      - { uses: actions/checkout@v5, with: { persist-credentials: false } }
      - { id: local, uses: ./actions/say, with: { word: local } }
      - run: cp data/a.txt copy.txt
      - { uses: actions/upload-artifact@v4, with: { name: report, path: copy.txt } }
  use:
    runs-on: x
    needs: build
    steps:
      - { uses: actions/download-artifact@v5, with: { name: report, path: got } }
      - { id: read, run: 'cat got/copy.txt; ls' }
`)
  expect(run.jobs['without']?.steps[0]?.annotations[0]?.message).toContain(
    'Did you forget to run actions/checkout',
  )
  expect(run.jobs['forbidden']?.steps[0]?.annotations[0]?.message).toContain('contents: read')
  expect(run.jobs['build']?.steps.find(({ id }) => id === 'local')?.outputs['word']).toBe('local')
  expect(run.log('use')).toContain('from the checkout')
  expect(run.jobs['use']?.result).toBe('success')
})

test('a run again is the next attempt, of failed jobs and what depends on them', async () => {
  const workflow = `
on: workflow_dispatch
jobs:
  kept: { runs-on: x, outputs: { n: '\${{ github.run_attempt }}' }, steps: [{ run: 'true' }] }
  flaky: { runs-on: x, steps: [{ run: 'test \${{ github.run_attempt }} = 2' }] }
  last: { runs-on: x, needs: [kept, flaky], outputs: { n: '\${{ needs.kept.outputs.n }}' }, steps: [{ run: 'true' }] }
`
  const first = await fixture.run(workflow, { actor: 'mona' })
  const second = await fixture.run(workflow, { rerun: { of: first, jobs: 'failed', actor: 'hubot' } })
  const third = await fixture.run(workflow, { rerun: { of: second, jobs: 'all' } })
  expect(
    [first, second, third].map(({ runId, attempt, conclusion }) => [runId, attempt, conclusion]),
  ).toEqual([
    [first.runId, 1, 'failure'],
    [first.runId, 2, 'success'],
    [first.runId, 3, 'failure'],
  ])
  expect(second.jobs['last']?.outputs).toEqual({ n: '1' })
  expect(third.jobs['kept']?.outputs).toEqual({ n: '3' })
  const record = fixture.github.state.runs.get(first.runId)
  expect(record).toMatchObject({ attempt: 3, actor: 'mona' })
  expect(record?.jobs.map(({ attempt, key, conclusion }) => `${attempt} ${key} ${conclusion}`)).toContain(
    '2 kept success',
  )
})

test('one run of a concurrency group at a time; the newest takes the place of the one that waits', async () => {
  const gate = join(fixture.checkout, 'gate')
  const workflow = `
on: workflow_dispatch
concurrency: { group: 'Migration-\${{ github.ref_name }}' }
jobs: { one: { runs-on: x, steps: [{ run: 'until [ -e "${gate}" ]; do sleep 0.05; done' }] } }
`
  const ends: string[] = []
  /** Starts a run; `reached` is when it gets as far as the named event. */
  const start = (
    word: string,
    event: RunEvent['type'],
  ): { reached: Promise<void>; ended: Promise<unknown> } => {
    const reached = Promise.withResolvers<void>()
    const ended = fixture
      .run(workflow, { onEvent: ({ type }) => type === event && reached.resolve() })
      .then((run) => ends.push(`${word} ${run.conclusion}`))
    return { reached: reached.promise, ended }
  }
  const first = start('first', 'step-started')
  await first.reached
  const second = start('second', 'run-queued')
  await second.reached
  const third = start('third', 'run-queued')
  await Promise.all([second.ended, third.reached])
  fixture.write('gate', '')
  await Promise.all([first.ended, third.ended])
  expect(ends).toEqual(['second cancelled', 'first success', 'third success'])
})
