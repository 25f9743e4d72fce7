import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { APPLICATION_SECRET } from './sample-layout.ts'
import type { WorkloadProgress } from './workload-meter.ts'

export type { WorkloadProgress } from './workload-meter.ts'

/** What the writers need to know. */
export interface WorkloadOptions {
  /** secret in which the application finds its database, `shop/app` in the sample */
  readonly secretId?: string
  /** fixed URL of the source, role `shop_batch`, for the writer that nobody tells of the migration */
  readonly staleUrl: string
  /** NDJSON, appended to */
  readonly ledgerFile: string
  /** application writers, 8 if not said */
  readonly writers?: number
  /** pace of all application writers together, 360 if not said */
  readonly transactionsPerSecond?: number
  /** where the AWS SDK finds the secret: AWS_ENDPOINT_URL, AWS_REGION, keys */
  readonly environment: Readonly<Record<string, string>>
}

/** A workload at work. */
export interface RunningWorkload {
  readonly pid: number
  /** the last line of progress, at most 250 ms old */
  progress(): WorkloadProgress
  /** Adds a writer that stays at this URL of the target (role `shop_batch`) for ever; call it once the target is open. */
  stayOnTarget(url: string): void
  /** Ends the writers within a second; the ledger is complete afterwards. Fails if the process had died of itself. */
  stop(): Promise<void>
}

/** Starts the workload in a process of its own, which ends with this one. Resolved as soon as its writers run. */
export async function startWorkload(options: WorkloadOptions): Promise<RunningWorkload> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./main.ts', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...environmentWithoutAws(), ...options.environment },
  })
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(-4000)
  })
  child.stdin.on('error', () => {}) // a child that died is reported by its exit
  const settings = {
    secretId: options.secretId ?? APPLICATION_SECRET,
    staleUrl: options.staleUrl,
    ledgerFile: options.ledgerFile,
    writers: options.writers ?? 8,
    transactionsPerSecond: options.transactionsPerSecond ?? 360,
  }
  child.stdin.write(`${JSON.stringify(settings)}\n`)

  const ended = waitForEnd(child)
  const died = (how: string): Error => new Error(`the workload ended by itself (${how})\n${complaints}`)
  const lines = createInterface({ input: child.stdout })
  const [firstLine] = (await Promise.race([
    once(lines, 'line'),
    ended.then((how) => {
      throw died(how)
    }),
  ])) as [string]
  const { pid } = child
  if (pid === undefined) throw died('no process')
  let progress = JSON.parse(firstLine) as WorkloadProgress
  lines.on('line', (line) => {
    progress = JSON.parse(line) as WorkloadProgress
  })
  return {
    pid,
    progress: () => progress,
    stayOnTarget: (url) => void child.stdin.write(`${JSON.stringify({ staleOnTargetUrl: url })}\n`),
    async stop() {
      const early = child.exitCode !== null && !child.stdin.writableEnded
      child.stdin.end()
      const how = await ended
      if (early || how !== 'exit code 0') throw died(how)
    },
  }
}

async function waitForEnd(child: ChildProcess): Promise<string> {
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return code === null ? `signal ${signal}` : `exit code ${code}`
}

/** The user's own AWS settings must not send the writers anywhere else. */
function environmentWithoutAws(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')))
}
