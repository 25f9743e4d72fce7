/**
 * The workload's own process. The first line of stdin is its settings (a password is in them, so not on the command line);
 * a later one may add a writer. It writes until stdin ends or SIGTERM comes, and prints a line of progress every 250 ms.
 */
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { createSecretReader } from './application-secret.ts'
import { ledgerNow, openLedger, STALE_ON_TARGET, STALE_WRITER } from './ledger.ts'
import type { LedgerLine } from './ledger.ts'
import { applicationTransaction, batchTransaction } from './transactions.ts'
import { createMeter } from './workload-meter.ts'
import { runWriter } from './writer.ts'
import type { WriterOptions } from './writer.ts'

const settings = z.object({
  secretId: z.string(),
  staleUrl: z.string(),
  ledgerFile: z.string(),
  writers: z.number().int().positive(),
  transactionsPerSecond: z.number().positive(),
})

const addition = z.object({ staleOnTargetUrl: z.string() })

/** How often the batch writes, and tries to (ms). */
const STALE_PERIOD_MS = 50
/** Sessions that still wait for an answer this long (ms) after the order to stop are cut. */
const PATIENCE_MS = 500
/** Whoever waits for a secret or a connection then, and so has no transaction, is left behind. */
const LAST_MS = 800

const stopping = new AbortController()
const cutting = new AbortController()
const stop = (): void => stopping.abort()

const input = createInterface({ input: process.stdin })
input.once('close', stop)
process.on('SIGTERM', stop)
// An interrupt of the terminal reaches the whole group; the process that started this one decides when the writes end.
process.on('SIGINT', () => {})
// Nobody reads the progress any more when the parent is gone; the end of stdin then stops the writers.
process.stdout.on('error', () => {})

input.once('line', (line) => {
  work(settings.parse(JSON.parse(line))).then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})

async function work(options: z.infer<typeof settings>): Promise<void> {
  if (existsSync(options.ledgerFile))
    throw new Error(`${options.ledgerFile} exists: one ledger, one workload`)
  const ledger = openLedger(options.ledgerFile)
  const meter = createMeter()
  const record = (line: LedgerLine): void => {
    ledger.add(line)
    meter.count(line)
  }
  const report = (): void => {
    process.stdout.write(`${JSON.stringify(meter.progress(ledgerNow()))}\n`)
  }
  const common = { record, stopping: stopping.signal, cutting: cutting.signal }
  const address = createSecretReader(options.secretId)
  const application = Array.from({ length: options.writers }, (_, index): WriterOptions => ({
    ...common,
    name: `w${index + 1}`,
    address,
    transaction: applicationTransaction,
    periodMs: (1000 * options.writers) / options.transactionsPerSecond,
    backoff: { firstMs: 10, mostMs: 100 },
  }))
  const stale = (name: string, connectionString: string): WriterOptions => ({
    ...common,
    name,
    address: () => Promise.resolve({ connectionString }),
    transaction: batchTransaction,
    periodMs: STALE_PERIOD_MS,
    backoff: { firstMs: STALE_PERIOD_MS, mostMs: STALE_PERIOD_MS },
  })

  record({ kind: 'start', at: ledgerNow(), writers: options.writers })
  report()
  const reporting = setInterval(report, 250)
  const lastMoment = new Promise<void>((resolve) => {
    stopping.signal.addEventListener('abort', () => {
      setTimeout(() => cutting.abort(), PATIENCE_MS)
      setTimeout(resolve, LAST_MS)
    })
  })
  const running = [...application, stale(STALE_WRITER, options.staleUrl)].map(runWriter)
  input.on('line', (line) => {
    const { staleOnTargetUrl } = addition.parse(JSON.parse(line))
    running.push(runWriter(stale(STALE_ON_TARGET, staleOnTargetUrl)))
  })
  if (!stopping.signal.aborted) await once(stopping.signal, 'abort')
  await Promise.race([Promise.all(running), lastMoment])
  clearInterval(reporting)
  record({ kind: 'stop', at: ledgerNow() })
  report()
  ledger.close()
}
