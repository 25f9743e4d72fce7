import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { RehearsalReport } from './report.ts'

/** What a command came to. */
export interface CommandEnd {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** `npm run rehearse` as a process, the leader of a process group of its own, as a terminal would start it. */
export interface RehearsalCommand {
  readonly pid: number
  readonly ended: Promise<CommandEnd>
  /** Waits until it has written the text to standard error; fails after `ms`, or where it ended without. */
  untilSaid(text: string, ms?: number): Promise<void>
}

const main = fileURLToPath(new URL('./main.ts', import.meta.url))

/** A small rehearsal: enough rows and writes for a verdict, few enough for a test. */
const small = ['--scale', '0.02', '--least-writes', '500']

/** Starts a rehearsal that reports into `out`. The process is killed where the test's process ends first. */
export function startRehearsal(out: string, ...flags: string[]): RehearsalCommand {
  const child = spawn(process.execPath, [main, ...small, '--out', out, ...flags], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    // In CI colours are on even without a terminal; tests read plain text.
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
  })
  const { pid } = child
  if (pid === undefined) throw new Error('the rehearsal could not be started')
  const onExit = (): boolean => child.kill('SIGTERM')
  process.once('exit', onExit)
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => (said[name] += text))
  const ended = new Promise<CommandEnd>((resolve) => {
    child.once('close', (exitCode) => {
      process.off('exit', onExit)
      resolve({ exitCode, ...said })
    })
  })
  return {
    pid,
    ended,
    async untilSaid(text, ms = 60_000) {
      const deadline = performance.now() + ms
      while (!said.stderr.includes(text)) {
        if (performance.now() > deadline || child.exitCode !== null || child.signalCode !== null)
          throw new Error(`the rehearsal never said "${text}":\n${said.stderr}${said.stdout}`)
        await sleep(20)
      }
    },
  }
}

/** Runs a small rehearsal to its end. */
export function runRehearsal(out: string, ...flags: string[]): Promise<CommandEnd> {
  return startRehearsal(out, ...flags).ended
}

/** `report.json` of a rehearsal. */
export function readReport(out: string): RehearsalReport {
  return JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as RehearsalReport
}

/** A new folder for reports, and what removes it. */
export function makeOutFolder(label: string): { readonly out: string; remove(): void } {
  const out = mkdtempSync(join(tmpdir(), `rehearsal ${label} `))
  return { out, remove: () => rmSync(out, { recursive: true, force: true }) }
}
