import { spawn, type ChildProcess } from 'node:child_process'
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

/** Runs actions from their bundles, each in a process of its own, as a runner does. */
export interface ActionRuns {
  run(order: ActionOrder): Promise<ActionRun>
  close(): void
}

const root = fileURLToPath(new URL('../../', import.meta.url))
/** What V8 has compiled stays: many hundred processes load the same bundle. */
const compileCache = join(root, 'node_modules/.cache/bundles')

/** `folder` holds the files of the runs, `watch` is told of each process. */
export function openActionRuns(folder: string, watch: (pid: number) => void): ActionRuns {
  const busy = new Set<ChildProcess>()
  return {
    run: async ({ action, inputs, environment, beforehand }) => {
      const work = mkdtempSync(join(folder, 'run '))
      const [output, summary, state] = [join(work, 'output'), join(work, 'summary'), join(work, 'state')]
      await Promise.all([output, summary, state].map((file) => writeFile(file, '')))
      const child = spawn(process.execPath, [join(root, 'dist', action, 'index.js')], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env['PATH'] ?? '',
          HOME: folder,
          NODE_COMPILE_CACHE: compileCache,
          GITHUB_OUTPUT: output,
          GITHUB_STEP_SUMMARY: summary,
          GITHUB_STATE: state,
          GITHUB_RUN_ID: '100',
          GITHUB_RUN_ATTEMPT: '1',
          RUNNER_TEMP: work,
          ...environment,
          ...(await inputEnvironment(action, inputs)),
        },
      })
      const pid = child.pid
      if (pid === undefined) throw new Error(`${action} could not be started`)
      watch(pid)
      busy.add(child)
      const signal: ActionRun['signal'] = (name) => void child.kill(name)
      beforehand?.({ pid, signal })
      let log = ''
      const listen = (chunk: Buffer) => (log += chunk.toString())
      child.stdout.on('data', listen)
      child.stderr.on('data', listen)
      // Not `exit`: its output is read to the end then.
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve)).then(
        async (exitCode) => {
          busy.delete(child)
          return {
            exitCode,
            outputs: readOutputs(await readFile(output, 'utf8')),
            summary: await readFile(summary, 'utf8'),
            log,
          }
        },
      )
      return { pid, signal, log: () => log, ended }
    },
    close: () => {
      for (const child of busy) child.kill('SIGKILL')
    },
  }
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
