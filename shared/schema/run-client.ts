import { spawn } from 'node:child_process'
import { MigrationError } from '../runtime/errors.ts'
import { harmless } from '../runtime/log.ts'
import { watchOver } from './death-watch.ts'

export interface ClientRun {
  /** Path or name of the program. */
  readonly program: string
  /** Never with a password: everybody on the machine may read them. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** Written to its standard input, which is then closed. */
  readonly input?: string
  readonly cwd?: string
  /** Called with every line of its standard error, and of its standard output where `keepOutput` is not set. */
  readonly onLine: (line: string) => void
  /** Gives back the standard output instead of passing its lines on. */
  readonly keepOutput?: boolean
}

/** Lines of standard error that an error message quotes. */
const quotedLines = 12

/**
 * Runs a program to its end and gives its standard output. On cancellation it is asked to end (SIGINT, on which psql
 * cancels its statement on the server) and killed three seconds later; where this process dies, at once. Throws
 * `precondition` with what it said last where it ends with another code than 0, `cancelled` on abort.
 */
export async function runClient(run: ClientRun): Promise<string> {
  if (run.signal.aborted) throw new MigrationError('cancelled', 'the run was cancelled')
  const child = spawn(run.program, [...run.args], {
    env: { ...run.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own, so that what the program starts ends with it.
    detached: true,
    ...(run.cwd === undefined ? {} : { cwd: run.cwd }),
  })
  const signalGroup = (signal: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal)
    } catch {
      // It is gone already.
    }
  }
  const watch = child.pid === undefined ? undefined : watchOver(child.pid)
  let killer: NodeJS.Timeout | undefined
  const onAbort = () => {
    signalGroup('SIGINT')
    killer = setTimeout(() => signalGroup('SIGKILL'), 3000)
  }
  run.signal.addEventListener('abort', onAbort, { once: true })
  const output: string[] = []
  const last: string[] = []
  const say = (line: string) => {
    last.push(line)
    if (last.length > quotedLines) last.shift()
    run.onLine(harmless(line))
  }
  child.stdout.setEncoding('utf8')
  if (run.keepOutput === true) child.stdout.on('data', (text: string) => output.push(text))
  else eachLine(child.stdout, say)
  eachLine(child.stderr, say)
  // A program that ends early breaks the pipe; its exit code tells.
  child.stdin.on('error', () => undefined)
  child.stdin.end(run.input ?? '')
  try {
    const { code, signal } = await new Promise<{ code: number | null; signal: string | null }>(
      (resolve, reject) => {
        child.on('error', reject)
        child.on('close', (exit, by) => resolve({ code: exit, signal: by }))
      },
    )
    if (run.signal.aborted) throw new MigrationError('cancelled', 'the run was cancelled')
    if (code === 0) return output.join('')
    throw new MigrationError(
      'precondition',
      `${run.program} ended with ${code === null ? `signal ${signal ?? ''}` : `exit code ${code}`}: ${last.join('\n')}`,
      { remedy: 'Mend what it names, then run again: of a step that failed nothing was kept.' },
    )
  } catch (cause) {
    if (cause instanceof MigrationError) throw cause
    throw new MigrationError(
      'precondition',
      `${run.program} could not be started: ${(cause as Error).message}`,
      {
        remedy: 'Check that the program is on the PATH of the runner.',
        cause,
      },
    )
  } finally {
    watch?.release()
    clearTimeout(killer)
    run.signal.removeEventListener('abort', onAbort)
  }
}

function eachLine(stream: NodeJS.ReadableStream, say: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const lines = (rest + text).split(/\r\n|\n|\r/u)
    rest = lines.pop() ?? ''
    for (const line of lines) say(line)
  })
  stream.on('end', () => {
    if (rest !== '') say(rest)
  })
}
