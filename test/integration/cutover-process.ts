import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readOutputs } from './action-files.ts'
import type { MigrationStack } from './migration-stack.ts'

/** Which way one goes. */
export type CutoverAction = 'cutover' | 'fall-back'

/** A cutover or fall-back under way, from its sources, in a process of its own. */
export interface CutoverProcess {
  readonly action: CutoverAction
  /** What the step was given, for its post step. */
  readonly environment: Readonly<Record<string, string>>
  readonly stateFile: string
  readonly child: ChildProcess
  readonly log: () => string
  readonly ended: Promise<{
    readonly exitCode: number | null
    readonly outputs: Readonly<Record<string, string>>
    readonly summary: string
    readonly log: string
  }>
}

const runner = fileURLToPath(new URL('./source-action.ts', import.meta.url))

/** Starts the action from its sources with the files and variables that a runner gives. */
export async function startCutover(
  stack: MigrationStack,
  inputs: Readonly<Record<string, string>>,
  runId: string,
  action: CutoverAction = 'cutover',
): Promise<CutoverProcess> {
  const work = await mkdtemp(join(dirname(stack.file), 'cutover '))
  const [output, summary, state] = [join(work, 'output'), join(work, 'summary'), join(work, 'state')]
  await Promise.all([output, summary, state].map((file) => writeFile(file, '')))
  const environment = {
    PATH: process.env.PATH ?? '',
    GITHUB_OUTPUT: output,
    GITHUB_STEP_SUMMARY: summary,
    GITHUB_STATE: state,
    GITHUB_RUN_ID: runId,
    GITHUB_RUN_ATTEMPT: '1',
    ...stack.emulator.environment(),
    ...Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
    ),
  }
  const child = spawn(process.execPath, [runner, action], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (log += chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve)).then(
    async (exitCode) => ({
      exitCode,
      outputs: readOutputs(await readFile(output, 'utf8')),
      summary: await readFile(summary, 'utf8'),
      log,
    }),
  )
  return { action, child, environment, stateFile: state, log: () => log, ended }
}

/** The post step from its sources, with the state that main saved (`name<<delimiter`, value, delimiter). Gives its log. */
export async function runPost(run: CutoverProcess): Promise<string> {
  const postFile = new URL(`../../actions/${run.action}/post.ts`, import.meta.url).href
  const text = await readFile(run.stateFile, 'utf8')
  const states = [...text.matchAll(/^([^\n<]+)<<(\S+)\n([\s\S]*?)\n\2$/gmu)].map(([, name, , value]) => [
    `STATE_${name ?? ''}`,
    value ?? '',
  ])
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `const { post } = await import(${JSON.stringify(postFile)}); await post()`,
    ],
    {
      env: { ...run.environment, ...(Object.fromEntries(states) as Record<string, string>) },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (log += chunk.toString()))
  await new Promise((resolve) => child.on('close', resolve))
  return log
}
