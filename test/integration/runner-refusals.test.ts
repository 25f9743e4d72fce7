import { afterAll, beforeAll, expect, test } from 'vitest'
import { InvalidInputs, NotTriggered, UnsupportedWorkflow } from '../runner/run-workflow.ts'
import { openWorkflowFixture } from '../runner/workflow-fixture.ts'
import type { WorkflowRunOptions } from '../runner/run-workflow.ts'
import type { WorkflowFixture } from '../runner/workflow-fixture.ts'

let fixture: WorkflowFixture

beforeAll(async () => {
  fixture = await openWorkflowFixture()
  fixture.write(
    'actions/old/action.yml',
    `name: old\nruns:\n  using: node20\n  pre: a.js\n  main: main.mjs\n`,
  )
  fixture.write('actions/box/action.yml', `name: box\nruns: { using: composite, steps: [] }\n`)
})

afterAll(() => fixture.close())

async function refusal(workflow: string, options: Partial<WorkflowRunOptions> = {}): Promise<Error> {
  const before = fixture.github.state.runs.size
  const error = await fixture.run(workflow, options).then(
    () => new Error('it ran'),
    (reason: unknown) => reason as Error,
  )
  // Nothing of it has begun.
  expect(fixture.github.state.runs.size).toBe(before)
  return error
}

test('everything that is not supported is refused at once, with its line', async () => {
  const error = await refusal(`on:
  workflow_dispatch:
  workflow_call:
jobs:
  matrix:
    runs-on: x
    strategy: { matrix: { a: [1, 2] } }
    container: node:24
    services: { db: { image: postgres } }
    steps:
      - uses: docker://alpine
      - uses: someone/unknown@v1
      - uses: acme/shop/actions/old@v1
      - uses: acme/shop/actions/box@v1
      - uses: acme/shop/actions/absent@v1
      - { uses: actions/checkout@v5, with: { lfs: true } }
      - { run: print(1), shell: python }
      - { run: '\${{ nope.x }}' }
  reusable:
    uses: ./.github/workflows/other.yml
  lost:
    needs: nobody
    runs-on: x
    steps: [{ run: 'true' }]
`)
  expect(error).toBeInstanceOf(UnsupportedWorkflow)
  const lines = (error as UnsupportedWorkflow).problems.map(({ line, message }) => `${line}: ${message}`)
  const root = fixture.checkout
  expect(lines).toEqual([
    '3: on.workflow_call is not supported, only workflow_dispatch, push, pull_request, schedule',
    '7: jobs.matrix.strategy: matrix and other strategies are not supported',
    '8: jobs.matrix.container: container jobs are not supported',
    '9: jobs.matrix.services: service containers are not supported',
    '11: uses: docker://alpine: container actions are not supported',
    '12: uses: someone/unknown@v1: this runner has no stand-in for the third-party action someone/unknown',
    `13: uses: acme/shop/actions/old@v1: ${root}/actions/old/action.yml:3: runs.using: node20 is not supported, only node24`,
    `13: uses: acme/shop/actions/old@v1: ${root}/actions/old/action.yml:4: runs.pre is not supported`,
    `13: uses: acme/shop/actions/old@v1: ${root}/actions/old/action.yml:5: runs.main: there is no file ${root}/actions/old/main.mjs`,
    `14: uses: acme/shop/actions/box@v1: ${root}/actions/box/action.yml:2: runs.using: composite is not supported, only node24`,
    `14: uses: acme/shop/actions/box@v1: ${root}/actions/box/action.yml:2: runs.main is missing`,
    `15: uses: acme/shop/actions/absent@v1: ${root}/actions/absent:1: there is no action.yml or action.yaml here`,
    '16: with.lfs: the stand-in for actions/checkout does not support this input',
    '17: shell: python is not supported, only bash and sh',
    "18: Unrecognized named-value: 'nope'",
    '20: jobs.reusable.uses: reusable workflows are not supported',
    "22: Job 'lost' depends on unknown job 'nobody'.",
  ])
})

test('YAML that cannot be read is refused with its first error', async () => {
  const error = await refusal('on: push\njobs: { a: [ }\n')
  expect(error).toBeInstanceOf(UnsupportedWorkflow)
  expect((error as UnsupportedWorkflow).problems).toEqual([
    {
      path: '.github/workflows/ci.yml',
      line: 2,
      message: expect.stringContaining('Flow sequence') as string,
    },
  ])
})

test('an event that does not start the workflow is refused', async () => {
  const workflow = `
on: { push: { branches: [main, 'staging/**'] }, pull_request: { branches: [main] } }
jobs: { one: { runs-on: x, outputs: { base: '\${{ github.base_ref }} \${{ github.ref }}' }, steps: [{ run: 'true' }] } }
`
  expect(await refusal(workflow)).toBeInstanceOf(NotTriggered)
  expect(await refusal(workflow, { event: { name: 'push' }, ref: 'refs/heads/feature' })).toBeInstanceOf(
    NotTriggered,
  )
  const pushed = await fixture.run(workflow, { event: { name: 'push' }, ref: 'refs/heads/staging/a' })
  expect(pushed.conclusion).toBe('success')
  const requested = await fixture.run(workflow, { event: { name: 'pull_request', payload: { number: 12 } } })
  expect(requested.jobs['one']?.outputs).toEqual({ base: 'main refs/pull/12/merge' })
})

test('inputs that do not fit are refused', async () => {
  const workflow = `
on: { workflow_dispatch: { inputs: { migration: { type: string, required: true }, count: { type: number, default: 2 } } } }
jobs: { one: { runs-on: x, outputs: { more: '\${{ inputs.count > 1 }} \${{ github.event.inputs.count }}' }, steps: [{ run: 'true' }] } }
`
  expect(
    await refusal(workflow, { event: { name: 'workflow_dispatch', inputs: { typo: 'x' } } }),
  ).toBeInstanceOf(InvalidInputs)
  const run = await fixture.run(workflow, {
    event: { name: 'workflow_dispatch', inputs: { migration: 'm' } },
  })
  expect(run.jobs['one']?.outputs).toEqual({ more: 'true 2' })
})
