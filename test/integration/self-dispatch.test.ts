import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'

const workflow = new URL('../../workflows-examples/migrate-long.yml', import.meta.url)

interface Workflow {
  readonly jobs: Readonly<
    Record<string, { readonly steps: readonly { readonly name?: string; readonly run?: string }[] }>
  >
}

let folder: string
let script: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'self-dispatch-'))
  const { jobs } = parse(await readFile(workflow, 'utf8')) as Workflow
  script = jobs['again']?.steps.find(({ name }) => name === 'Have the next run started')?.run ?? ''
  // Answers as GitHub does, and notes what it was asked.
  await writeFile(join(folder, 'curl'), '#!/bin/sh\necho "$@" > called\n')
  await chmod(join(folder, 'curl'), 0o755)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function runsLeft(value: string) {
  await Promise.all(
    ['called', 'dispatch.json', 'touched'].map((name) => rm(join(folder, name), { force: true })),
  )
  const env = {
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    RUNS_LEFT: value,
    MIGRATION: 'shop.yml',
    DATABASE: '',
    TOKEN: 'x',
    GITHUB_REF_NAME: 'main',
    GITHUB_API_URL: 'http://127.0.0.1',
    GITHUB_REPOSITORY: 'acme/shop',
    GITHUB_STEP_SUMMARY: join(folder, 'summary'),
  }
  const options = { cwd: folder, env }
  const { code, output } = await new Promise<{ code: number; output: string }>((resolve) =>
    execFile('bash', ['-eo', 'pipefail', '-c', script], options, (error, stdout) =>
      resolve({ code: error === null ? 0 : 1, output: stdout }),
    ),
  )
  const read = async (name: string) => readFile(join(folder, name), 'utf8').catch(() => undefined)
  const sent = await read('dispatch.json')
  return {
    code,
    output,
    isCalled: (await read('called')) !== undefined,
    isTouched: (await read('touched')) !== undefined,
    left: sent === undefined ? undefined : (JSON.parse(sent) as { inputs: Record<string, string> }).inputs,
  }
}

test.each([
  ['60', '59'],
  ['1', '0'],
  ['08', '7'],
])('%s runs left: the next run has %s', async (value, left) => {
  const result = await runsLeft(value)
  expect(result).toMatchObject({ code: 0, isCalled: true, left: { 'runs-left': left } })
})

test.each(['0', '', '-1', 'many', 'x[$(touch touched)]'])(
  '%j runs left: no other run, and it says what to do',
  async (value) => {
    const result = await runsLeft(value)
    expect(result).toMatchObject({ code: 1, isCalled: false, isTouched: false })
    expect(result.output).toContain('Look at its progress, then run this workflow by hand')
  },
)
