import { setTimeout as delay } from 'node:timers/promises'
import { MigrationError } from './errors.ts'

/** Time as the actions see it; tests inject their own. */
export interface Clock {
  /** Milliseconds since the epoch, for reports. */
  now(): number
  /** Milliseconds on a clock that never goes back, for durations and deadlines. */
  elapsed(): number
  /** Waits `ms`; ends early with a `cancelled` MigrationError when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: async (ms, signal) => {
    try {
      await delay(ms, undefined, { signal })
    } catch (cause) {
      throw new MigrationError('cancelled', 'the run was cancelled', { cause })
    }
  },
}
