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

test('conditions, continue-on-error and post steps follow a failure as on GitHub', async () => {
  const run = await fixture.run(`
on: workflow_dispatch
jobs:
  steps:
    runs-on: ubuntu-24.04
    outputs: { seen: '\${{ steps.soft.outcome }}/\${{ steps.soft.conclusion }}/\${{ job.status }}' }
    steps:
      - { id: soft, uses: acme/shop/actions/say@main, continue-on-error: true, with: { word: soft, fail: 'true' } }
      - { id: next, run: 'true' }
      - { id: hard, uses: acme/shop/actions/say@main, with: { word: hard, fail: 'true' } }
      - { id: left-out, run: 'true' }
      - { id: on-failure, if: failure(), run: 'true' }
      - { id: never, if: cancelled(), run: 'true' }
      - { id: always, if: always(), run: 'echo status=\${{ job.status }}' }
`)
  const job = run.jobs['steps']
  expect(run.conclusion).toBe('failure')
  expect(job?.steps.map(({ id, outcome, conclusion }) => `${id} ${outcome} ${conclusion}`)).toEqual([
    'soft failure success',
    'next success success',
    'hard failure failure',
    'left-out skipped skipped',
    'on-failure success success',
    'never skipped skipped',
    'always success success',
    'post-hard success success',
    'post-soft success success',
  ])
  expect(job?.outputs).toEqual({ seen: 'failure/success/failure' })
  expect(run.log('steps')).toContain('status=failure')
})

test('post-if is judged by the job, and a post step that fails fails it', async () => {
  fixture.action('on-failure', 'console.log("fine")', {
    post: 'console.log("tidied up")',
    runs: `  post-if: failure() || cancelled()\n`,
  })
  fixture.action('bad-post', 'console.log("fine")', { post: 'process.exitCode = 7' })
  const run = await fixture.run(`
on: workflow_dispatch
jobs:
  good:
    runs-on: ubuntu-24.04
    steps: [{ id: a, uses: acme/shop/actions/on-failure@main }]
  bad:
    runs-on: ubuntu-24.04
    steps: [{ id: a, uses: acme/shop/actions/on-failure@main }, { run: exit 1 }]
  later:
    runs-on: ubuntu-24.04
    steps: [{ id: b, uses: acme/shop/actions/bad-post@main }]
`)
  expect(run.jobs['good']?.steps.at(-1)?.outcome).toBe('skipped')
  expect(run.jobs['bad']?.steps.at(-1)?.outcome).toBe('success')
  expect(run.jobs['later']?.result).toBe('failure')
})

test('jobs wait for what they need, the others run side by side; skipping spreads', async () => {
  const run = await fixture.run(`
on: workflow_dispatch
jobs:
  a: { runs-on: x, steps: [{ run: sleep 0.4 }] }
  b: { runs-on: x, steps: [{ run: sleep 0.4 }] }
  fails: { runs-on: x, steps: [{ run: exit 9 }] }
  after-both: { runs-on: x, needs: [a, b], steps: [{ run: 'true' }] }
  skipped: { runs-on: x, needs: fails, steps: [{ run: 'true' }] }
  skipped-too: { runs-on: x, needs: skipped, steps: [{ run: 'true' }] }
  report:
    runs-on: x
    needs: [fails, skipped-too]
    if: always() && needs.fails.result == 'failure'
    steps: [{ run: 'echo "\${{ needs.skipped-too.result }}"' }]
  after-report: { runs-on: x, needs: report, steps: [{ run: 'true' }] }
  unwanted: { runs-on: x, if: "github.ref == 'refs/heads/other'", steps: [{ run: 'true' }] }
  may-fail: { runs-on: x, continue-on-error: true, steps: [{ run: exit 1 }] }
  sees-success: { runs-on: x, needs: may-fail, steps: [{ run: 'true' }] }
`)
  const results = Object.fromEntries(Object.entries(run.jobs).map(([id, { result }]) => [id, result]))
  expect(results).toEqual({
    a: 'success',
    b: 'success',
    fails: 'failure',
    'after-both': 'success',
    skipped: 'skipped',
    'skipped-too': 'skipped',
    report: 'success',
    // A skipped ancestor anywhere before it keeps a job without a status function from running.
    'after-report': 'skipped',
    unwanted: 'skipped',
    'may-fail': 'failure',
    'sees-success': 'success',
  })
  const order = run.events.flatMap((event) =>
    event.type === 'job-started' || event.type === 'job-ended' ? [`${event.type} ${event.jobId}`] : [],
  )
  expect(order.indexOf('job-started b')).toBeLessThan(order.indexOf('job-ended a'))
  expect(order.indexOf('job-ended b')).toBeLessThan(order.indexOf('job-started after-both'))
  expect(run.log('report')).toContain('skipped')
})

test('secrets and masked values are hidden everywhere, and outputs that hold one are dropped', async () => {
  fixture.action(
    'leak',
    `import { appendFileSync } from 'node:fs'
     console.log('::add-mask::found-later')
     console.log('log', process.env.INPUT_SECRET, 'found-later')
     console.error('::warning::warned of found-later')
     appendFileSync(process.env.GITHUB_STEP_SUMMARY, 'summary of found-later\\n')
     appendFileSync(process.env.GITHUB_OUTPUT, 'bad=x-found-later-y\\ngood=fine\\n')`,
    { keys: 'inputs: { secret: {} }\n' },
  )
  const run = await fixture.run(
    `
on: workflow_dispatch
jobs:
  one:
    runs-on: x
    outputs: { bad: '\${{ steps.leak.outputs.bad }}', good: '\${{ steps.leak.outputs.good }}', key: '\${{ secrets.KEY }}' }
    steps:
      - { id: leak, uses: acme/shop/actions/leak@main, with: { secret: '\${{ secrets.KEY }}' } }
      - run: echo "\${{ steps.leak.outputs.bad }} and \${{ github.token }}"
  two: { runs-on: x, needs: one, steps: [{ run: 'echo "[\${{ needs.one.outputs.bad }}]"' }] }
`,
    { secrets: { KEY: 'line-one\nline-two' } },
  )
  const job = run.jobs['one']
  expect(job?.outputs).toEqual({ good: 'fine' })
  expect(job?.annotations.map(({ message }) => message)).toEqual([
    "Skip output 'bad' since it may contain secret.",
    "Skip output 'key' since it may contain secret.",
  ])
  expect(job?.steps[0]?.summary).toBe('summary of ***\n')
  expect(job?.steps[0]?.annotations).toEqual([{ level: 'warning', message: 'warned of ***' }])
  expect(job?.steps[0]?.outputs).toEqual({ bad: 'x-found-later-y', good: 'fine' })
  expect(JSON.stringify(run.events.filter(({ type }) => type === 'log-line'))).not.toMatch(
    /found-later|line-one|line-two|ghs_/,
  )
  expect(run.log('two')).toContain('[]')
})

test('a step sees a runner, and nothing of the caller', async () => {
  process.env['CALLER_ONLY'] = 'must not be seen'
  const run = await fixture.run(
    `
on: workflow_dispatch
permissions: {}
defaults: { run: { shell: sh, working-directory: below } }
jobs:
  one:
    runs-on: x
    steps:
      - { run: mkdir below, working-directory: . }
      - run: |
          pwd
          env | sort
          cat "$GITHUB_EVENT_PATH"
      - { run: "false | true; echo without pipefail", shell: sh }
      - { id: pipefail, run: "false | true", shell: bash, continue-on-error: true }
`,
    { environment: { FROM_RUNNER: 'yes' }, actor: 'mona' },
  )
  delete process.env['CALLER_ONLY']
  const log = run.log('one')
  expect(run.conclusion).toBe('success')
  expect(log).toMatch(/\/shop\/shop\/below$/m)
  expect(log).toContain('FROM_RUNNER=yes')
  for (const name of [
    'CI=true',
    'GITHUB_ACTIONS=true',
    'GITHUB_ACTOR=mona',
    'GITHUB_API_URL=http://127.0.0.1:',
    'GITHUB_EVENT_NAME=workflow_dispatch',
    'GITHUB_JOB=one',
    'GITHUB_REF=refs/heads/main',
    'GITHUB_REF_NAME=main',
    'GITHUB_REPOSITORY=acme/shop',
    'GITHUB_RUN_ATTEMPT=1',
    'GITHUB_TRIGGERING_ACTOR=mona',
    'GITHUB_WORKFLOW_REF=acme/shop/.github/workflows/ci.yml@refs/heads/main',
    'RUNNER_ENVIRONMENT=self-hosted',
    'RUNNER_OS=',
  ]) {
    expect(log).toContain(`\n${name}`)
  }
  expect(log).not.toMatch(/CALLER_ONLY|VITEST|GITHUB_TOKEN|ACTIONS_ID_TOKEN|^HOME=\/root$/m)
  expect(log).toContain('"ref":"refs/heads/main"')
  expect(log).toContain('without pipefail')
  expect(run.jobs['one']?.steps[3]?.outcome).toBe('failure')
})

test('outputs of more than 1 MB fail the job', async () => {
  const run = await fixture.run(`
on: workflow_dispatch
jobs:
  one:
    runs-on: x
    outputs: { big: '\${{ steps.big.outputs.text }}' }
    steps: [{ id: big, run: 'printf "text=%0*d\\n" 600000 0 >> "$GITHUB_OUTPUT"' }]
`)
  expect(run.jobs['one']).toMatchObject({ result: 'failure', outputs: {} })
  expect(run.jobs['one']?.annotations[0]?.message).toContain('take 1200000 bytes')
})

test('a command file in the wrong format fails the step whatever the exit code', async () => {
  const run = await fixture.run(`
on: workflow_dispatch
jobs: { one: { runs-on: x, steps: [{ run: 'echo no-sign >> "$GITHUB_OUTPUT"' }] } }
`)
  expect(run.jobs['one']?.steps[0]).toMatchObject({
    outcome: 'failure',
    annotations: [
      { level: 'error', message: "Unable to process file command 'output' successfully." },
      { level: 'error', message: "Invalid format 'no-sign'" },
    ],
  })
})
