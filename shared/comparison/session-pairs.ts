import type { Session } from '../postgres/session.ts'
import type { ComparedSide } from './comparison.ts'

/** A session on each side. */
export interface SessionPair {
  readonly source: Session
  readonly target: Session
}

/** At most so many pairs, opened when needed; whoever asks first gets the next one that is free. */
export interface SessionPairs {
  use<T>(work: (pair: SessionPair) => Promise<T>): Promise<T>
  /** Process ids of all that are open. */
  pids(side: 'source' | 'target'): number[]
  close(): Promise<void>
}

/** What makes both sides print values alike, whatever the server, database or role says otherwise. */
export function comparisonSettings(statementTimeoutMs: number): Readonly<Record<string, string>> {
  return {
    search_path: 'pg_catalog',
    default_transaction_read_only: 'on',
    statement_timeout: `${statementTimeoutMs}ms`,
    lock_timeout: '5s',
    TimeZone: 'UTC',
    DateStyle: 'ISO, YMD',
    IntervalStyle: 'postgres',
    extra_float_digits: '3',
    bytea_output: 'hex',
    xmloption: 'content',
    lc_monetary: 'C',
    client_encoding: 'UTF8',
    quote_all_identifiers: 'off',
    // Rows that a policy hides would be rows that nobody compared: PostgreSQL then refuses instead.
    row_security: 'off',
    // Load is bounded by sessions: none of them may take more than one processor.
    max_parallel_workers_per_gather: '0',
    jit: 'off',
    // A look at some keys goes by their index, whatever statistics say.
    enable_hashjoin: 'off',
    enable_mergejoin: 'off',
  }
}

/** Opens nothing yet. */
export function sessionPairs(
  sides: { readonly source: ComparedSide; readonly target: ComparedSide },
  most: number,
  settings: Readonly<Record<string, string>>,
): SessionPairs {
  const all: SessionPair[] = []
  const free: SessionPair[] = []
  const waiting: (() => void)[] = []
  let taken = 0

  const take = async (): Promise<SessionPair> => {
    if (taken >= most) await new Promise<void>((resolve) => waiting.push(resolve))
    else taken += 1
    const pair = free.pop()
    if (pair !== undefined) return pair
    try {
      const opened = await openPair(sides, settings)
      all.push(opened)
      return opened
    } catch (error) {
      pass()
      throw error
    }
  }
  /** Hands the place on to who waits. */
  const pass = () => {
    const next = waiting.shift()
    if (next === undefined) taken -= 1
    else next()
  }

  return {
    use: async (work) => {
      const pair = await take()
      try {
        return await work(pair)
      } finally {
        free.push(pair)
        pass()
      }
    },
    pids: (side) => all.map((pair) => pair[side].pid),
    close: async () => {
      await Promise.all(all.flatMap(({ source, target }) => [source.close(), target.close()]))
    },
  }
}

async function openPair(
  { source, target }: { readonly source: ComparedSide; readonly target: ComparedSide },
  settings: Readonly<Record<string, string>>,
): Promise<SessionPair> {
  const [one, other] = await Promise.allSettled([source.open(settings), target.open(settings)])
  if (one.status === 'fulfilled' && other.status === 'fulfilled')
    return { source: one.value, target: other.value }
  for (const side of [one, other]) if (side.status === 'fulfilled') await side.value.close()
  throw one.status === 'rejected' ? one.reason : other.status === 'rejected' ? other.reason : new Error()
}
