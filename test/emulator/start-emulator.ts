import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { EmulatorCall } from './call-log.ts'
import type { EmulatorConfig, EmulatorKnobs } from './config.ts'
import { parseConfig } from './config.ts'
import type { Fault } from './faults.ts'

export type { EmulatorCall } from './call-log.ts'
export type { EmulatorConfig, EmulatorKnobs } from './config.ts'
export type { Fault } from './faults.ts'

export interface EmulatorOptions {
  /** Made where it does not exist; a folder that was used before is taken up where it was left. */
  readonly stateFolder: string
  readonly config: EmulatorConfig
  /** Where standard error of the process goes; without it, to ours. */
  readonly logFile?: string
}

export interface RunningEmulator {
  readonly url: string
  /** Of the current process; another one after `restart`. */
  readonly pid: number
  stop(): Promise<void>
  /** SIGKILL, as in a crash. */
  kill(): Promise<void>
  /** Starts again on the same state and port, ending the process first where it still runs. */
  restart(): Promise<void>
  /** AWS_ENDPOINT_URL, AWS_REGION and credentials for any AWS client. */
  environment(): Record<string, string>
  addFault(fault: Fault): Promise<void>
  /** All of them, or those of one operation. */
  clearFaults(operation?: string): Promise<void>
  calls(): Promise<EmulatorCall[]>
  change(settings: Partial<EmulatorKnobs>): Promise<void>
}

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
const startMs = 20_000
const longestComplaint = 2000

/** What clients sign with where the configuration names no access key. */
const anyCredentials = { accessKeyId: 'AKIAEMULATEDEMULATED', secretAccessKey: 'emulated' }

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('the emulator has no standard output')
  const lines = createInterface({ input: child.stdout })
  const deadline = AbortSignal.timeout(startMs)
  let complaint = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString('utf8')).slice(-longestComplaint)
  })
  const ended = once(child, 'close', { signal: deadline }).then(([code]) => {
    throw new Error(`the emulator ended with ${String(code)} before it was ready: ${complaint}`)
  })
  const [line] = (await Promise.race([once(lines, 'line', { signal: deadline }), ended])) as [string]
  return line
}

class EmulatorProcess implements RunningEmulator {
  readonly #options: EmulatorOptions
  readonly #configFile: string
  #child: ChildProcess | undefined
  #url = ''

  constructor(options: EmulatorOptions) {
    this.#options = options
    this.#configFile = join(options.stateFolder, 'config.json')
    mkdirSync(options.stateFolder, { recursive: true, mode: 0o700 })
    // The file holds the databases' passwords.
    writeFileSync(this.#configFile, JSON.stringify(parseConfig(options.config)), { mode: 0o600 })
  }

  get url(): string {
    return this.#url
  }

  get pid(): number {
    const pid = this.#child?.pid
    if (pid === undefined) throw new Error('the emulator does not run')
    return pid
  }

  async open(): Promise<void> {
    const port = this.#url === '' ? '0' : new URL(this.#url).port
    const { logFile, stateFolder } = this.#options
    const child = spawn(
      process.execPath,
      [main, '--config', this.#configFile, '--state', stateFolder, '--port', port, '--end-with-stdin'],
      { stdio: ['pipe', 'pipe', logFile === undefined ? 'inherit' : 'pipe'] },
    )
    this.#child = child
    // The pipe only tells the emulator that we are alive; that it breaks when the emulator ends is no news.
    child.stdin?.on('error', () => undefined)
    if (logFile !== undefined) child.stderr?.pipe(createWriteStream(logFile, { flags: 'a' }))
    const line = await firstLine(child)
    this.#url = (JSON.parse(line) as { url: string }).url
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async restart(): Promise<void> {
    await this.#end('SIGTERM')
    await this.open()
  }

  environment(): Record<string, string> {
    const { region, credentials } = this.#options.config
    const [first] = credentials ?? []
    return {
      AWS_ENDPOINT_URL: this.#url,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: first?.accessKeyId ?? anyCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: first?.secretAccessKey ?? anyCredentials.secretAccessKey,
    }
  }

  async addFault(fault: Fault): Promise<void> {
    await this.#control('POST', 'faults', fault)
  }

  async clearFaults(operation?: string): Promise<void> {
    await this.#control('DELETE', 'faults', operation === undefined ? undefined : { operation })
  }

  async calls(): Promise<EmulatorCall[]> {
    return (await this.#control('GET', 'calls')) as EmulatorCall[]
  }

  async change(settings: Partial<EmulatorKnobs>): Promise<void> {
    await this.#control('POST', 'knobs', settings)
  }

  async #control(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#url}/_emulator/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`the emulator refused ${method} ${path}: ${text}`)
    return JSON.parse(text) as unknown
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
}

/** Starts the emulator in a process of its own, which ends with this one. Resolves once it answers. */
export async function startEmulator(options: EmulatorOptions): Promise<RunningEmulator> {
  const emulator = new EmulatorProcess(options)
  await emulator.open()
  return emulator
}
