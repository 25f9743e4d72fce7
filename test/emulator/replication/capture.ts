import { openChangeStream, type ChangeStream } from './change-stream.ts'
import { createFifo } from './fifo.ts'
import { formatLsn, type Lsn } from './lsn.ts'
import type { TaskContext } from './task-context.ts'
import { createTransactionAssembler, type SourceTransaction } from './transaction-assembler.ts'
import { createWakeSignal } from './wake-signal.ts'

/** Decoded text held in memory before reading pauses; the slot keeps the rest. */
const MEMORY_LIMIT_BYTES = 256 * 1024 * 1024

export interface CaptureOptions {
  readonly slot: string
  readonly start: Lsn
  wanted(schema: string, table: string): boolean
  /** Takes the next transaction, in commit order. */
  take(transaction: SourceTransaction): void
  /** bytes that were taken and are not settled yet */
  heldBytes(): number
  /** The server says how far it has sent. */
  keepalive(end: Lsn, urgent: boolean): void
  isOver(): boolean
}

export interface Capture {
  /** Runs until the attempt is over or the stream is lost (then it rejects). */
  readonly done: Promise<void>
  confirm(lsn: Lsn): void
  /** Nothing received waits to be taken. */
  isDrained(): boolean
  /** commit time of the oldest transaction that is received and not taken */
  oldestWaitingMs(): number | null
  openRows(): number
  /** Room was made: reading may go on. */
  relieve(): void
  close(): Promise<void>
}

/** Reads the slot: messages become transactions, transactions are taken one by one past the fault point `cdc:read`. */
export async function startCapture(context: TaskContext, options: CaptureOptions): Promise<Capture> {
  const assembler = createTransactionAssembler((schema, table) => options.wanted(schema, table))
  const received = createFifo<SourceTransaction>()
  const signal = createWakeSignal()
  let receivedBytes = 0
  let paused = false
  let lost: Error | null = null

  const stream: ChangeStream = await openChangeStream(
    context.job.source,
    `${context.job.externalId} capture`,
    options.slot,
    options.start,
    {
      data(lsn, payload) {
        context.meters.sourceBytes.add(payload.length)
        const transaction = assembler.add(lsn, payload)
        if (transaction === null) return
        received.push(transaction)
        receivedBytes += transaction.bytes
        if (!paused && receivedBytes + options.heldBytes() > MEMORY_LIMIT_BYTES) {
          paused = true
          stream.pause()
        }
        signal.wake()
      },
      keepalive: (end, urgent) => options.keepalive(end, urgent),
      lost(error) {
        lost = error
        signal.wake()
      },
    },
  )

  function relieve(): void {
    if (!paused || receivedBytes + options.heldBytes() > MEMORY_LIMIT_BYTES / 2) return
    paused = false
    stream.resume()
  }

  async function takeAll(): Promise<void> {
    while (!options.isOver()) {
      const next = received.first()
      if (next === undefined) {
        if (lost !== null) throw lost
        await signal.wait()
        continue
      }
      await context.job.fault('cdc:read', formatLsn(next.commitLsn))
      if (options.isOver()) return
      received.shift()
      receivedBytes -= next.bytes
      context.meters.sourceRows.add(next.changes.length)
      options.take(next)
      relieve()
    }
  }

  return {
    done: takeAll(),
    confirm: (lsn) => stream.confirm(lsn),
    isDrained: () => received.length === 0 && assembler.openRows() === 0,
    oldestWaitingMs: () => received.first()?.commitTimeMs ?? null,
    openRows: () => assembler.openRows(),
    relieve,
    async close() {
      signal.wake()
      await stream.close()
    },
  }
}
