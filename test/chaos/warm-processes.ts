import { fork, type ChildProcess } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { inputEnvironment, readOutputs } from '../integration/action-files.ts'

/** How a run of an action ended. */
export interface RunEnd {
  /** Null where it was killed. */
  readonly exitCode: number | null
  readonly outputs: Readonly<Record<string, string>>
  readonly summary: string
  readonly log: string
}

/** A run of an action under way. */
export interface ActionRun {
  readonly pid: number
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGINT'): void
  readonly log: () => string
  readonly ended: Promise<RunEnd>
}

export interface ActionOrder {
  readonly action: string
  readonly inputs: Readonly<Record<string, string>>
  readonly environment: Readonly<Record<string, string>>
  /** Told of the process before it does anything. */
  readonly beforehand?: (process: Pick<ActionRun, 'pid' | 'signal'>) => void
}

/** Processes that have loaded their actions and wait for an order; each runs one and ends. */
export interface WarmProcesses {
  run(order: ActionOrder): Promise<ActionRun>
  close(): void
}

const compileCache = fileURLToPath(new URL('../../node_modules/.cache/waiting-action/', import.meta.url))
const waiting = fileURLToPath(new URL('../integration/waiting-action.ts', import.meta.url))

interface Warm {
  readonly child: ChildProcess
  readonly work: string
  log: string
  readonly ready: Promise<void>
}

/** Keeps `most` processes ready, with these actions loaded; `folder` holds the files of their runs, `watch` is told of each. */
export function openWarmProcesses(
  folder: string,
  actions: readonly string[],
  watch: (pid: number) => void,
  most = 2,
): WarmProcesses {
  const idle: Warm[] = []
  const busy = new Set<ChildProcess>()
  const start = () => {
    const child = fork(waiting, [...actions], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { PATH: process.env['PATH'] ?? '', HOME: folder, NODE_COMPILE_CACHE: compileCache },
    })
    if (child.pid !== undefined) watch(child.pid)
    const ready = Promise.withResolvers<void>()
    const warm: Warm = { child, work: mkdtempSync(join(folder, 'run ')), log: '', ready: ready.promise }
    const listen = (chunk: Buffer) => (warm.log += chunk.toString())
    child.stdout?.on('data', listen)
    child.stderr?.on('data', listen)
    child.once('message', () => ready.resolve())
    child.once('exit', () => ready.reject(new Error(`the process could not load its actions:\n${warm.log}`)))
    ready.promise.catch(() => undefined)
    return warm
  }
  const fill = () => {
    while (idle.length < most) idle.push(start())
  }
  fill()
  return {
    run: async ({ action, inputs, environment, beforehand }) => {
      const warm = idle.shift() ?? start()
      fill()
      await warm.ready
      const { child } = warm
      busy.add(child)
      beforehand?.({ pid: child.pid ?? 0, signal: (name) => child.kill(name) })
      return begin(warm, action, {
        ...environment,
        ...(await inputEnvironment(action, inputs)),
      }).finally(() => {
        void ended(child).then(() => busy.delete(child))
      })
    },
    close: () => {
      for (const { child } of idle) child.kill('SIGKILL')
      for (const child of busy) child.kill('SIGKILL')
    },
  }
}

async function begin(
  warm: Warm,
  action: string,
  environment: Readonly<Record<string, string>>,
): Promise<ActionRun> {
  const { child, work } = warm
  const [output, summary, state] = [join(work, 'output'), join(work, 'summary'), join(work, 'state')]
  await Promise.all([output, summary, state].map((file) => writeFile(file, '')))
  const told = Promise.withResolvers<number | null>()
  child.on('message', (message: unknown) => {
    if (typeof message === 'object' && message !== null && 'exitCode' in message) {
      told.resolve(Number(message.exitCode))
      child.disconnect()
    }
  })
  child.once('exit', () => told.resolve(null))
  child.send({
    action,
    environment: {
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_STATE: state,
      GITHUB_RUN_ID: '100',
      GITHUB_RUN_ATTEMPT: '1',
      RUNNER_TEMP: work,
      ...environment,
    },
  })
  return {
    pid: child.pid ?? 0,
    signal: (name) => child.kill(name),
    log: () => warm.log,
    ended: told.promise.then(async (exitCode) => {
      await ended(child)
      return {
        exitCode,
        outputs: readOutputs(await readFile(output, 'utf8')),
        summary: await readFile(summary, 'utf8'),
        log: warm.log,
      }
    }),
  }
}

/** Its output is read to the end then. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null)
    await new Promise((resolve) => child.once('exit', resolve))
}

/** How a run ends; one that takes longer is killed. */
export async function endOf(
  run: ActionRun,
  patienceMs: number,
): Promise<{ readonly end: RunEnd; readonly hung: boolean }> {
  const ended = new AbortController()
  const end = await Promise.race([
    run.ended,
    delay(patienceMs, undefined, { signal: ended.signal }).catch(() => undefined),
  ])
  ended.abort()
  if (end !== undefined) return { end, hung: false }
  run.signal('SIGKILL')
  return { end: await run.ended, hung: true }
}
