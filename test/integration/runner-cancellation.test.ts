import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runJavaScriptAction } from '../runner/javascript-action.ts'
import { openWorkflowFixture } from '../runner/workflow-fixture.ts'
import type { WorkflowFixture } from '../runner/workflow-fixture.ts'

let fixture: WorkflowFixture

beforeAll(async () => {
  fixture = await openWorkflowFixture()
  fixture.action(
    'polite',
    `import { appendFileSync } from 'node:fs'
     process.on('SIGINT', () => {
       appendFileSync(process.env.GITHUB_OUTPUT, 'tidied=yes\\n')
       console.log('tidied up')
       process.exit(0)
     })
     console.log('ready')
     setInterval(() => {}, 1000)`,
    { post: 'console.log("post ran")' },
  )
  fixture.action(
    'stubborn',
    `import { spawn } from 'node:child_process'
     const at = () => Math.round(performance.now())
     let first = 0
     for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => {
       first ||= at()
       console.log(name, at() - first)
     })
     console.log('child', spawn('sleep', ['60'], { stdio: 'ignore' }).pid)
     console.log('ready')
     setInterval(() => {}, 1000)`,
  )
})

afterAll(() => fixture.close())

/** A signal that aborts as soon as a line of a log says so, and the function that listens to the lines. */
function abortAt(text: string): { signal: AbortSignal; listen(line: string): void } {
  const controller = new AbortController()
  return {
    signal: controller.signal,
    listen: (line) => {
      if (line.includes(text)) controller.abort()
    },
  }
}

/** A killed orphan may stay as a zombie where process 1 reaps nothing: that is not alive. */
function isAlive(pid: number): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2)[0] !== 'Z'
  } catch {
    return false
  }
}

describe.concurrent('cancelling', () => {
  test('ends the running step at once when it obeys SIGINT; only always() and cancelled() go on', async () => {
    const at = abortAt('ready')
    const run = await fixture.run(
      `
on: workflow_dispatch
jobs:
  one:
    runs-on: x
    outputs: { tidied: '\${{ steps.polite.outputs.tidied }}' }
    steps:
      - { id: polite, uses: acme/shop/actions/polite@main }
      - { id: plain, run: 'true' }
      - { id: failed, if: failure(), run: 'true' }
      - { id: cancelled, if: cancelled(), run: 'echo status=\${{ job.status }}' }
      - { id: always, if: always(), run: 'true' }
  needs-it: { runs-on: x, needs: one, steps: [{ run: 'true' }] }
  in-any-case: { runs-on: x, needs: one, if: always(), steps: [{ run: 'echo \${{ needs.one.result }}' }] }
`,
      {
        signal: at.signal,
        onEvent: (event) => {
          if (event.type === 'log-line') at.listen(event.line)
        },
      },
    )
    expect(run.conclusion).toBe('cancelled')
    expect(run.jobs['one']?.steps.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
      'polite cancelled',
      'plain skipped',
      'failed skipped',
      'cancelled success',
      'always success',
      'post-polite success',
    ])
    expect(run.jobs['one']).toMatchObject({ result: 'cancelled', outputs: { tidied: 'yes' } })
    expect(run.jobs['one']?.steps[0]?.ms).toBeLessThan(3000)
    expect(run.log('one')).toContain('status=cancelled')
    expect(run.log('in-any-case')).toContain('cancelled')
    expect([run.jobs['needs-it']?.result, run.jobs['in-any-case']?.result]).toEqual(['skipped', 'success'])
  })

  test('sends SIGTERM after 7.5 s and kills the whole tree after 2.5 s more', async () => {
    const at = abortAt('ready')
    const started = performance.now()
    const result = await runJavaScriptAction({
      actionFolder: `${fixture.checkout}/actions/stubborn`,
      inputs: {},
      environment: {},
      workFolder: `${fixture.checkout}/../stubborn`,
      signal: at.signal,
      onLine: (line) => at.listen(line),
    })
    expect(result).toMatchObject({ outcome: 'cancelled', exitCode: null })
    expect(performance.now() - started).toBeGreaterThan(9_900)
    expect(performance.now() - started).toBeLessThan(12_500)
    const term = Number(/SIGTERM (?<ms>\d+)/.exec(result.log)?.groups?.['ms'])
    expect(term).toBeGreaterThan(7_300)
    expect(term).toBeLessThan(8_500)
    await sleep(100)
    expect(isAlive(Number(/child (?<pid>\d+)/.exec(result.log)?.groups?.['pid']))).toBe(false)
  })

  test('spares a running step whose condition still holds', async () => {
    const at = abortAt('go')
    const run = await fixture.run(
      `
on: workflow_dispatch
jobs: { one: { runs-on: x, steps: [{ id: first, if: always(), run: 'echo go; sleep 0.5; echo finished' }, { id: second, run: 'true' }] } }
`,
      {
        signal: at.signal,
        onEvent: (event) => {
          if (event.type === 'log-line' && event.line === 'go') at.listen(event.line)
        },
      },
    )
    expect(run.jobs['one']?.steps.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
      'first success',
      'second skipped',
    ])
    expect(run.log('one')).toContain('finished')
    expect(run.jobs['one']?.result).toBe('cancelled')
  })

  test('by timeout-minutes fails a step and cancels a job', async () => {
    const run = await fixture.run(`
on: workflow_dispatch
jobs:
  step:
    runs-on: x
    steps:
      - { id: slow, uses: acme/shop/actions/polite@main, timeout-minutes: 0.01 }
      - { id: after, if: failure(), run: 'true' }
  job: { runs-on: x, timeout-minutes: 0.01, steps: [{ id: slow, uses: acme/shop/actions/polite@main }, { id: after, run: 'true' }] }
`)
    expect(run.jobs['step']?.steps.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
      'slow failure',
      'after success',
      'post-slow success',
    ])
    expect(run.jobs['step']?.steps[0]?.annotations.at(-1)?.message).toMatch(
      /has timed out after 0.01 minutes/,
    )
    expect(run.jobs['job']?.steps.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
      'slow cancelled',
      'after skipped',
      'post-slow success',
    ])
    expect(run.jobs['job']).toMatchObject({
      result: 'cancelled',
      annotations: [
        { level: 'error', message: 'The job has exceeded the maximum execution time of 0.01 minutes.' },
      ],
    })
    expect(run.conclusion).toBe('failure')
  })

  test('what a job leaves running is ended with it', async () => {
    const run = await fixture.run(`
on: workflow_dispatch
jobs: { one: { runs-on: x, steps: [{ run: 'nohup sleep 60 > /dev/null 2>&1 & echo "child $!"' }] } }
`)
    const pid = Number(/^child (?<pid>\d+)/m.exec(run.log('one'))?.groups?.['pid'])
    expect(run.log('one')).toContain(`Terminate orphan process: pid (${pid})`)
    await sleep(100)
    expect(isAlive(pid)).toBe(false)
  })
})
