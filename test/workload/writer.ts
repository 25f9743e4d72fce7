import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientConfig } from 'pg'
import { describeFailure, openSession } from './database-session.ts'
import type { DatabaseSession } from './database-session.ts'
import { ledgerNow } from './ledger.ts'
import type { LedgerLine } from './ledger.ts'
import type { KeyRanges, OpenTransaction } from './transactions.ts'

/** How a writer waits before it connects again: from `firstMs`, doubled each time it comes to nothing, up to `mostMs`. */
export interface Backoff {
  readonly firstMs: number
  readonly mostMs: number
}

/** One writer of the workload. */
export interface WriterOptions {
  readonly name: string
  /** statement that tells where its numbers and the keys stand; `read-standing`, that of the whole sample, if not said */
  readonly standing?: string
  /** asked anew before every connection */
  readonly address: () => Promise<ClientConfig>
  readonly transaction: (open: OpenTransaction) => Promise<void>
  /** time (ms) from the start of one transaction to the start of the next; 4 ms of thinking at least */
  readonly periodMs: number
  readonly backoff: Backoff
  readonly record: (line: LedgerLine) => void
  /** no new transaction after this */
  readonly stopping: AbortSignal
  /** sessions are cut, whatever they do */
  readonly cutting: AbortSignal
}

const THINKING_MS = 4

/** Writes until told to stop; refusals and lost sessions only make it connect again. Ends when its last line is recorded. */
export async function runWriter(options: WriterOptions): Promise<void> {
  let state: WriterState | undefined
  let waitMs = options.backoff.firstMs
  while (!options.stopping.aborted) {
    const connection = await connect(options, state)
    if (connection !== undefined) {
      const { session } = connection
      state = connection.state
      const cut = (): void => session.close()
      options.cutting.addEventListener('abort', cut)
      const acknowledged = await useSession(session, options, state)
      options.cutting.removeEventListener('abort', cut)
      session.close()
      if (acknowledged > 0) waitMs = options.backoff.firstMs
    }
    await pause(waitMs, options.stopping)
    waitMs = Math.min(waitMs * 2, options.backoff.mostMs)
  }
}

interface WriterState {
  /** number of the last transaction; an earlier workload may have made it */
  seq: number
  readonly ranges: KeyRanges
  ownOrders: string[]
}

async function connect(
  options: WriterOptions,
  known: WriterState | undefined,
): Promise<{ session: DatabaseSession; state: WriterState } | undefined> {
  let session: DatabaseSession | undefined
  try {
    session = await openSession(await options.address(), `shop-${options.name}`)
    const state = known ?? (await readState(session, options))
    if (!options.cutting.aborted) return { session, state }
  } catch (error) {
    const { code } = describeFailure(error, true)
    options.record({ kind: 'refused', at: ledgerNow(), writer: options.name, code })
  }
  session?.close()
  return undefined
}

async function readState(
  session: DatabaseSession,
  { name, standing: statement = 'read-standing' }: WriterOptions,
): Promise<WriterState> {
  const { rows } = await session.run<KeyRanges & { seq: number }>(statement, [name])
  const standing = rows[0]
  if (standing === undefined) throw new Error('the sample database answered no standing')
  return { seq: standing.seq, ranges: standing, ownOrders: [] }
}

/** Transaction after transaction until the session is of no more use; gives the number of acknowledged ones. */
async function useSession(
  session: DatabaseSession,
  options: WriterOptions,
  state: WriterState,
): Promise<number> {
  let acknowledged = 0
  while (!options.stopping.aborted) {
    const startedAt = performance.now()
    const outcome = await attempt(session, options, state)
    if (outcome === 'acknowledged') acknowledged += 1
    if (outcome === 'reconnect') break
    const busyMs = performance.now() - startedAt
    const jitter = 0.8 + Math.random() * 0.4
    await pause(Math.max(THINKING_MS, options.periodMs * jitter - busyMs), options.stopping)
  }
  return acknowledged
}

type Outcome = 'acknowledged' | 'rolled back' | 'reconnect'

/** One transaction, under a number that is never used again: what is in doubt is not tried twice. */
async function attempt(
  session: DatabaseSession,
  options: WriterOptions,
  state: WriterState,
): Promise<Outcome> {
  const { name: writer, record } = options
  const seq = ++state.seq
  const touched: Record<string, string[]> = {}
  const sequences: Record<string, string[]> = {}
  const made: string[] = []
  const gone: string[] = []
  let server = ''
  let committing = false
  const startedAt = performance.now()
  try {
    await session.command('BEGIN')
    const write = await session.run<{ id: string; server: string }>('insert-write', [
      writer,
      seq,
      `write ${seq} of ${writer}`,
    ])
    for (const row of write.rows) {
      server = row.server
      note(sequences, 'shop.writes_id_seq', row.id)
    }
    await options.transaction({
      session,
      writer,
      seq,
      ranges: state.ranges,
      ownOrders: state.ownOrders,
      touch: (table, key) => note(touched, table, String(key)),
      sequence: (name, value) => note(sequences, name, value),
      orderMade: (id) => made.push(id),
      orderGone: (id) => gone.push(id),
    })
    committing = true
    const done = await session.command('COMMIT')
    if (done !== 'COMMIT') {
      record({ kind: 'failed', at: ledgerNow(), writer, seq, code: `answered-${done}` })
      return 'rolled back'
    }
    const rttMs = Math.round((performance.now() - startedAt) * 100) / 100
    record({ kind: 'acknowledged', at: ledgerNow(), writer, seq, server, touched, sequences, rttMs })
    state.ownOrders = [...state.ownOrders.filter((id) => !gone.includes(id)), ...made]
    return 'acknowledged'
  } catch (error) {
    const failure = session.describe(error)
    const at = ledgerNow()
    if (committing && !failure.rolledBack) {
      record({ kind: 'inDoubt', at, writer, seq, server, touched, sequences, code: failure.code })
    } else {
      record({ kind: 'failed', at, writer, seq, code: failure.code })
    }
    return failure.reconnect || !(await rollBack(session)) ? 'reconnect' : 'rolled back'
  }
}

async function rollBack(session: DatabaseSession): Promise<boolean> {
  try {
    await session.command('ROLLBACK')
    return true
  } catch {
    return false
  }
}

function note(notes: Record<string, string[]>, name: string, value: string): void {
  const values = (notes[name] ??= [])
  values.push(value)
}

async function pause(ms: number, stopping: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal: stopping })
  } catch {
    // told to stop: the loop looks at the signal itself
  }
}
