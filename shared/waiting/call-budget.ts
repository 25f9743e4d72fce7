import type { Clock } from '../runtime/clock.ts'

/** Allows API calls at a bounded rate: quick at first, at the hourly rate in the long run. */
export interface CallBudget {
  /** Counts `calls` as made, after waiting until the budget allows them. */
  take(calls: number, signal: AbortSignal): Promise<void>
  /** Counts calls that were made already, such as a page or a retry that nobody foresaw: later ones wait the longer. */
  charge(calls: number): void
  /** Waits until that many calls may be made at once, or as many as may ever be; counts nothing. */
  room(calls: number, signal: AbortSignal): Promise<void>
  /** Whether that many calls may be made now. */
  affords(calls: number): boolean
  /** Calls counted so far. */
  readonly taken: number
}

/**
 * A token bucket. DMS throttles an account as a whole (User Guide, Limits), and a wait may last for days: at most
 * `burst` calls at once and `perHour` more in every hour, whatever the number of tables and tasks.
 */
export function callBudget(clock: Clock, limits = { burst: 200, perHour: 1000 }): CallBudget {
  const perMs = limits.perHour / 3_600_000
  let tokens = limits.burst
  let since = clock.elapsed()
  let taken = 0
  const refill = () => {
    const now = clock.elapsed()
    tokens = Math.min(limits.burst, tokens + (now - since) * perMs)
    since = now
  }
  const room = async (calls: number, signal: AbortSignal) => {
    refill()
    const missing = Math.min(calls, limits.burst) - tokens
    if (missing > 0) await clock.sleep(Math.ceil(missing / perMs), signal)
  }
  const charge = (calls: number) => {
    refill()
    tokens -= calls
    taken += calls
  }
  return {
    get taken() {
      return taken
    },
    charge,
    room,
    affords: (calls) => {
      refill()
      return tokens >= calls
    },
    // More calls than the bucket holds are paid for afterwards: the next look waits the longer.
    take: async (calls, signal) => {
      charge(calls)
      await room(0, signal)
    },
  }
}
