import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWorkflowFixture } from '../runner/workflow-fixture.ts'
import type { WorkflowFixture } from '../runner/workflow-fixture.ts'

let fixture: WorkflowFixture

beforeAll(async () => {
  fixture = await openWorkflowFixture()
  fixture.action(
    'say',
    `import { appendFileSync } from 'node:fs'
     const env = process.env
     console.log('main says', env.INPUT_WORD, env['INPUT_WITH-DEFAULT'], env.GITHUB_ACTION, env.FROM_JOB, env.LATER ?? 'unset')
     appendFileSync(env.GITHUB_OUTPUT, 'word<<END\\n' + env.INPUT_WORD + '\\nagain\\nEND\\n')
     appendFileSync(env.GITHUB_ENV, 'LATER=' + env.INPUT_WORD + '\\n')
     appendFileSync(env.GITHUB_STATE, 'kept=' + env.INPUT_WORD + '\\n')
     appendFileSync(env.GITHUB_STEP_SUMMARY, '# ' + env.INPUT_WORD + '\\n')
     if (env.INPUT_FAIL === 'true') process.exit(3)`,
    {
      keys: `inputs:\n  word: { required: true }\n  fail: { default: 'false' }\n  with-default: { default: 'at \${{ github.repository }}' }\noutputs:\n  word: {}\n`,
      post: `console.log('post of', process.env.STATE_kept)`,
    },
  )
})

afterAll(() => fixture.close())

test('outputs pass between jobs, defaults are evaluated, GITHUB_ENV reaches later steps', async () => {
  const run = await fixture.run(`
on: { workflow_dispatch: { inputs: { word: { type: string, default: hello }, loud: { type: boolean } } } }
env: { FROM_FILE: 'f' }
jobs:
  first:
    runs-on: ubuntu-24.04
    env: { FROM_JOB: 'job-\${{ inputs.word }}' }
    outputs:
      word: \${{ steps.say.outputs.word }}
      loud: \${{ inputs.loud && 'loud' || 'quiet' }}
    steps:
      - id: say
        uses: acme/shop/actions/say@main
        with: { word: '\${{ inputs.word }}' }
      - run: echo "later is $LATER in $FROM_FILE, \${{ env.LATER }}"
  second:
    needs: first
    runs-on: ubuntu-24.04
    steps:
      - run: printf '%s' '\${{ toJSON(needs.first) }}'
`)
  expect(run.conclusion).toBe('success')
  expect(run.jobs['first']?.outputs).toEqual({ word: 'hello\nagain', loud: 'quiet' })
  expect(run.jobs['first']?.steps.map(({ id, outcome, summary }) => [id, outcome, summary])).toEqual([
    ['say', 'success', '# hello\n'],
    ['__run', 'success', ''],
    ['post-say', 'success', ''],
  ])
  expect(run.log('first')).toContain('main says hello at acme/shop say job-hello unset')
  expect(run.log('first')).toContain('later is hello in f, hello')
  expect(run.log('first')).toContain('post of hello')
  expect(run.log('second')).toContain('"result": "success"')
})
