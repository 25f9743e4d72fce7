import { spawn } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runJavaScriptAction } from '../runner/javascript-action.ts'
import { nodeForActions } from '../runner/node-runtime.ts'
import { openWorkflowFixture } from '../runner/workflow-fixture.ts'
import type { WorkflowFixture } from '../runner/workflow-fixture.ts'

let fixture: WorkflowFixture

beforeAll(async () => {
  fixture = await openWorkflowFixture()
  fixture.action(
    'show',
    `console.log(JSON.stringify(process.env))
     console.log(process.version)`,
    {
      keys: `inputs:
  Some Input: { default: 7 }
  token: { default: '\${{ github.token }}' }
  where: { default: '\${{ github.repository }} on \${{ runner.os }}' }
  old: { deprecationMessage: use where }
`,
    },
  )
})

afterAll(() => fixture.close())

test('a single action finds the inputs and variables that a runner gives', async () => {
  const lines: string[] = []
  const result = await runJavaScriptAction({
    actionFolder: join(fixture.checkout, 'actions/show'),
    inputs: { old: 'x', undeclared: 'y' },
    environment: { AWS_REGION: 'eu-west-1', GITHUB_REPOSITORY: 'acme/shop' },
    workFolder: join(fixture.checkout, '../single'),
    masks: ['eu-west-1'],
    onLine: (line) => lines.push(line),
  })
  expect(result.outcome).toBe('success')
  const seen = JSON.parse(lines.find((line) => line.startsWith('{')) ?? '{}') as Record<string, string>
  expect(seen).toMatchObject({
    INPUT_SOME_INPUT: '7',
    INPUT_TOKEN: '',
    INPUT_WHERE: `acme/shop on ${seen['RUNNER_OS']}`,
    INPUT_OLD: 'x',
    INPUT_UNDECLARED: 'y',
    AWS_REGION: '***',
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    // What is given no GitHub must not reach the real one.
    GITHUB_API_URL: 'http://127.0.0.1:9',
  })
  expect(Object.keys(seen).filter((name) => /VITEST|npm_|NODE_OPTIONS/.test(name))).toEqual([])
  expect(Number(/^v(?<major>\d+)/m.exec(result.log)?.groups?.['major'])).toBeGreaterThanOrEqual(24)
  expect(result.annotations.map(({ message }) => message)).toEqual([
    "Unexpected input(s) 'undeclared', valid inputs are ['Some Input', 'token', 'where', 'old']",
    "Input 'old' has been deprecated with message: use where",
  ])
})

/** Ids of live processes whose environment names the folder. */
function processesOf(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      const state = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]
      return state?.[0] !== 'Z' && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`=${folder}/`)
    } catch {
      return false
    }
  })
}

test('under plain Node, and when the runner is killed nothing of its run stays', async () => {
  const runner = fileURLToPath(new URL('../runner/workflow-fixture.ts', import.meta.url))
  const script = fixture.write(
    'run.mts',
    `import { openWorkflowFixture } from ${JSON.stringify(runner)}
     const fixture = await openWorkflowFixture()
     await fixture.run('{ "on": "workflow_dispatch", "jobs": { "one": { "runs-on": "x", "steps": [{ "run": "sleep 60 & wait" }] } } }', {
       onEvent: (event) => event.type === 'process-started' && console.log(fixture.checkout),
     })`,
  )
  const child = spawn(nodeForActions(), [script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const line = await new Promise<string>((resolve) =>
    child.stdout.once('data', (data: Buffer) => resolve(String(data))),
  )
  const folder = join(dirname(line.trim()), 'work')
  expect(existsSync(folder)).toBe(true)
  expect(processesOf(folder).length).toBeGreaterThan(0)
  child.kill('SIGKILL')
  const deadline = Date.now() + 5000
  while (processesOf(folder).length > 0 && Date.now() < deadline) await sleep(50)
  expect(processesOf(folder)).toEqual([])
  rmSync(dirname(folder), { recursive: true, force: true })
})
