import type { Clock } from '../runtime/clock.ts'

/** Allows API calls at a bounded rate: quick at first, at the hourly rate in the long run. */
export interface CallBudget {
  /** Counts `calls` as made, after waiting until the budget allows them. */
  take(calls: number, signal: AbortSignal): Promise<void>
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
  return {
    get taken() {
      return taken
    },
    take: async (calls, signal) => {
      const now = clock.elapsed()
      tokens = Math.min(limits.burst, tokens + (now - since) * perMs) - calls
      since = now
      taken += calls
      // More calls than the bucket holds are paid for afterwards: the next look waits the longer.
      if (tokens < 0) await clock.sleep(Math.ceil(-tokens / perMs), signal)
    },
  }
}
