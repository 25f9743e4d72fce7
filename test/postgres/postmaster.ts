import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { descendants, identify, killNow, listProcesses } from './process-table.ts'
import type { ProcessIdentity } from './process-table.ts'
import { spawnIdentity } from './server-account.ts'
import type { ServerAccount } from './server-account.ts'

export interface PostmasterOptions {
  readonly postgres: string
  readonly dataFolder: string
  readonly port: number
  readonly logFile: string
  readonly account: ServerAccount
  /** told of the process before anything else happens, so that nothing of it can be missed later */
  readonly onSpawn: (process: ProcessIdentity) => void
}

/** Recovery after a crash may take a while; a server that has nothing to recover is ready in a tenth of a second. */
const startBudgetMs = 60_000
const stopBudgetMs = 20_000

/** The port was taken between finding and using it. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken'
}

/** One run of a PostgreSQL server, from spawn to exit. */
export class Postmaster {
  readonly #child: ChildProcess
  readonly #options: PostmasterOptions
  readonly #ended: Promise<void>

  private constructor(child: ChildProcess, options: PostmasterOptions) {
    this.#child = child
    this.#options = options
    this.#ended = new Promise((resolve) => child.once('exit', () => resolve()))
  }

  /**
   * Starts a server and waits until it accepts connections.
   * It stays in the caller's process group, and does not keep the caller from ending.
   * @throws PortTaken; Error with the end of the server's log
   */
  static async start(options: PostmasterOptions): Promise<Postmaster> {
    const log = openSync(options.logFile, 'a', 0o644)
    const child = spawn(options.postgres, ['-D', options.dataFolder, '-p', String(options.port)], {
      // Not the caller's folder, which the account may be unable to enter; and from its first moment it is known as ours.
      cwd: options.dataFolder,
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      stdio: ['ignore', log, log],
      ...spawnIdentity(options.account),
    })
    closeSync(log)
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', (cause) =>
        reject(new Error(`Cannot run ${options.postgres}: ${cause.message}`, { cause })),
      )
    })
    const postmaster = new Postmaster(child, options)
    const identity = identify(postmaster.pid)
    if (identity !== undefined) options.onSpawn(identity)
    await postmaster.#untilReady()
    child.unref()
    return postmaster
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /**
   * `fast` ends sessions and writes a checkpoint; `immediate` leaves the data as after a crash.
   * @throws Error when a fast stop took too long (the server is then stopped at once)
   */
  async stop(mode: 'fast' | 'immediate'): Promise<void> {
    if (!this.isRunning) return
    this.#child.ref()
    this.#child.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT')
    if (await this.#endsWithin(stopBudgetMs)) return
    await this.kill()
    throw new Error(
      `The server did not stop (${mode}) within ${stopBudgetMs / 1000} s and was killed.\n${this.logTail()}`,
    )
  }

  /** Ends the server and all its backends at once, as a crash of the machine would. */
  async kill(): Promise<void> {
    if (!this.isRunning) return
    this.#child.ref()
    this.#child.kill('SIGSTOP') // it must not start another backend while its backends are counted
    const backends = descendants([this.pid], listProcesses())
    this.#child.kill('SIGKILL')
    for (const { pid } of backends) killNow(pid)
    await this.#ended
    while (backends.some((backend) => identify(backend.pid)?.startTime === backend.startTime)) await delay(5)
  }

  /** The last lines of the server's log, for an error message. */
  logTail(): string {
    const lines = readFileSync(this.#options.logFile, 'utf8').trimEnd().split('\n')
    return `Last lines of ${this.#options.logFile}:\n${lines.slice(-20).join('\n')}`
  }

  async #untilReady(): Promise<void> {
    const deadline = Date.now() + startBudgetMs
    while (this.isRunning) {
      if (this.#saysReady()) return
      if (Date.now() > deadline) {
        await this.kill()
        throw new Error(`The server did not start within ${startBudgetMs / 1000} s.\n${this.logTail()}`)
      }
      await delay(5)
    }
    const tail = this.logTail()
    const message = `The server ended while starting (${this.#child.signalCode ?? `exit code ${this.#child.exitCode}`}).\n${tail}`
    throw tail.includes('Address already in use') ? new PortTaken(message) : new Error(message)
  }

  /** As pg_ctl sees it: line 1 of postmaster.pid is our process, line 8 is its state (PostgreSQL's miscadmin.h). */
  #saysReady(): boolean {
    const file = join(this.#options.dataFolder, 'postmaster.pid')
    if (!existsSync(file)) return false
    const lines = readFileSync(file, 'utf8').split('\n')
    return Number(lines[0]) === this.pid && lines[7]?.trim() === 'ready'
  }

  async #endsWithin(milliseconds: number): Promise<boolean> {
    const timer = new AbortController()
    const late = delay(milliseconds, false, { signal: timer.signal }).catch(() => false)
    const ended = await Promise.race([this.#ended.then(() => true), late])
    timer.abort()
    return ended
  }
}
