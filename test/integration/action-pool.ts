import { fork, type ChildProcess } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inputEnvironment, readOutputs } from './action-files.ts'

export interface PooledResult {
  /** Null where it was killed. */
  readonly exitCode: number | null
  readonly outputs: Readonly<Record<string, string>>
  readonly summary: string
  readonly log: string
}

/** What an action is run with. */
export interface PooledOrder {
  readonly action: string
  readonly inputs: Readonly<Record<string, string>>
  readonly environment: Readonly<Record<string, string>>
  /** Told, before the action does anything, how to end it and all that it has started with SIGKILL. */
  readonly beforehand?: (kill: () => void) => void
}

/** Runs actions from their sources in processes of their own, which had loaded them before they were needed. */
export interface ActionPool {
  run(order: PooledOrder): Promise<PooledResult>
  close(): void
}

/** Kept between runs of the tests: compiling the actions takes longer than running them. */
const compileCache = fileURLToPath(new URL('../../node_modules/.cache/waiting-action/', import.meta.url))
const waiting = fileURLToPath(new URL('./waiting-action.ts', import.meta.url))

/**
 * `folder` holds the files of the runs. A process that ended its action takes the next one; in place of
 * one that was killed another is started, while a third one is ready.
 */
export function openActionPool(folder: string): ActionPool {
  const start = () => {
    // For all its runs: the runner's toolkit keeps the summary's path.
    const work = mkdtempSync(join(folder, 'runs '))
    const child = fork(waiting, [], {
      // A process group of its own, to be killed as a whole.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: folder,
        NODE_COMPILE_CACHE: compileCache,
      },
    })
    const runner = { child, work, log: '' }
    // From the first moment on: one that cannot even load the actions says why before it is needed.
    const listen = (chunk: Buffer) => (runner.log += chunk.toString())
    child.stdout?.on('data', listen)
    child.stderr?.on('data', listen)
    return runner
  }
  const idle = [start(), start()]
  return {
    run: async ({ action, inputs, environment, beforehand }) => {
      const runner = idle.shift() ?? start()
      const { child, work } = runner
      const [output, summary] = [join(work, 'output'), join(work, 'summary')]
      await Promise.all([writeFile(output, ''), writeFile(summary, '')])
      beforehand?.(() => {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      })
      const exitCode = await ended(child, {
        action,
        environment: {
          GITHUB_OUTPUT: output,
          GITHUB_STEP_SUMMARY: summary,
          GITHUB_RUN_ID: '4711',
          GITHUB_RUN_ATTEMPT: '1',
          RUNNER_TEMP: work,
          ...environment,
          ...(await inputEnvironment(action, inputs)),
        },
      })
      const { log } = runner
      runner.log = ''
      if (exitCode === null) idle.push(start())
      else idle.unshift(runner)
      return {
        exitCode,
        outputs: readOutputs(await readFile(output, 'utf8')),
        summary: await readFile(summary, 'utf8'),
        log,
      }
    },
    close: () => {
      for (const { child } of idle) child.kill('SIGKILL')
    },
  }
}

/** Sends the order and waits for its end; null where the process ended instead, even before it was asked. */
async function ended(child: ChildProcess, order: object): Promise<number | null> {
  return new Promise((resolve) => {
    const finish = (exitCode: number | null) => {
      child.off('message', heard)
      child.off('exit', gone)
      resolve(exitCode)
    }
    // Not 'close': what the action started may hold its output open for a while.
    const gone = () => finish(null)
    const heard = (message: unknown) => {
      if (typeof message === 'object' && message !== null && 'exitCode' in message)
        finish(Number(message.exitCode))
    }
    child.on('message', heard)
    child.on('exit', gone)
    if (child.exitCode !== null || child.signalCode !== null) return gone()
    child.send(order, (error) => {
      if (error !== null) gone()
    })
  })
}
