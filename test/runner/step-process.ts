import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { LineSplitter } from './line-splitter.ts'
import { processTree, signalProcess } from './process-tree.ts'

/** How one process of a step is started and watched. */
export interface StepProcess {
  readonly command: string
  readonly arguments: readonly string[]
  readonly cwd: string
  readonly environment: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  onLine(line: string): void
  onSpawn?(pid: number): void
}

/** The runner's patience with a cancelled process, in milliseconds (actions/runner `ProcessInvoker.cs`). */
const cancellation = { sigintMs: 7_500, sigtermMs: 2_500, openStreamsMs: 5_000 }

/**
 * Runs a process to its end and reports its lines (stdout and stderr alike). When the signal aborts, the process gets
 * SIGINT, after 7.5 s SIGTERM, after 2.5 s more it and everything below it SIGKILL. Rejects if it cannot be started.
 */
export async function runStepProcess(
  step: StepProcess,
): Promise<{ exitCode: number | null; cancelled: boolean }> {
  if (step.signal?.aborted) return { exitCode: null, cancelled: true }
  const child = spawn(step.command, step.arguments, {
    cwd: step.cwd,
    env: { ...step.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const closed = Promise.withResolvers<number | null>()
  child.once('error', closed.reject)
  child.once('close', closed.resolve)
  for (const stream of [child.stdout, child.stderr]) {
    const lines = new LineSplitter((line) => step.onLine(line))
    stream.on('data', (chunk: Buffer) => lines.write(chunk))
    stream.once('close', () => lines.end())
  }
  // A grandchild that keeps the pipes open must not hold the step for ever.
  let pipesTimer: NodeJS.Timeout | undefined
  child.once('exit', () => {
    pipesTimer = setTimeout(() => {
      child.stdout.destroy()
      child.stderr.destroy()
    }, cancellation.openStreamsMs)
  })
  const { pid } = child
  if (pid !== undefined) step.onSpawn?.(pid)
  const cancel = (): void => void endInSteps(pid, closed.promise)
  step.signal?.addEventListener('abort', cancel, { once: true })
  try {
    return { exitCode: await closed.promise, cancelled: step.signal?.aborted ?? false }
  } finally {
    clearTimeout(pipesTimer)
    step.signal?.removeEventListener('abort', cancel)
  }
}

async function endInSteps(pid: number | undefined, closed: Promise<unknown>): Promise<void> {
  if (pid === undefined) return
  const ended = closed.then(
    () => true,
    () => true,
  )
  const within = async (ms: number): Promise<boolean> => {
    const timer = new AbortController()
    const late = sleep(ms, false, { signal: timer.signal }).catch(() => false)
    const result = await Promise.race([ended, late])
    timer.abort()
    return result
  }
  signalProcess(pid, 'SIGINT')
  if (await within(cancellation.sigintMs)) return
  signalProcess(pid, 'SIGTERM')
  if (await within(cancellation.sigtermMs)) return
  for (const one of processTree(pid)) signalProcess(one, 'SIGKILL')
}
