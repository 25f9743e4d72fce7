import type { Clock } from './clock.ts'
import { MigrationError } from './errors.ts'

/** What one look found: done with a value, or still waiting for a stated reason. */
export type Look<T> =
  | { readonly done: true; readonly value: T }
  | {
      readonly done: false
      /** Why the wait goes on, as a person would say it: `2 of 41 tables still loading`. */
      readonly reason: string
      /** Anything that changes when there was progress; a change makes the polling quick again. */
      readonly progress: string
    }

export interface PollOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Longest wait in ms; over it the poll throws `timeout` with the last reason. */
  readonly deadlineMs: number
  /** What is waited for, for the error text: `the full load`. */
  readonly what: string
  readonly remedy: string
  /** First and longest pause between looks, in ms. Defaults 250 and 30,000. */
  readonly firstPauseMs?: number
  readonly longestPauseMs?: number
  /** Called on every change of reason. */
  readonly onReason?: (reason: string) => void
}

/**
 * Looks until it is done: quick while things change (250 ms), slower by half each time while nothing does, up to
 * 30 s, so that the same code is prompt on a laptop and frugal with AWS's API limits. Jitter of ±10 % keeps
 * parallel jobs from looking in step. Throws `timeout` at the deadline and `cancelled` on abort.
 */
export async function poll<T>(look: () => Promise<Look<T>>, options: PollOptions): Promise<T> {
  const first = options.firstPauseMs ?? 250
  const longest = options.longestPauseMs ?? 30_000
  const started = options.clock.elapsed()
  let pause = first
  let progress: string | undefined
  let reason: string | undefined
  for (;;) {
    if (options.signal.aborted) throw new MigrationError('cancelled', 'the run was cancelled')
    const seen = await look()
    if (seen.done) return seen.value
    if (seen.reason !== reason) options.onReason?.(seen.reason)
    reason = seen.reason
    pause = seen.progress === progress ? Math.min(pause * 1.5, longest) : first
    progress = seen.progress
    const left = options.deadlineMs - (options.clock.elapsed() - started)
    if (left <= 0) {
      throw new MigrationError(
        'timeout',
        `${options.what} did not end in ${options.deadlineMs} ms: ${reason}`,
        {
          remedy: options.remedy,
        },
      )
    }
    const jittered = pause * (0.9 + Math.random() * 0.2)
    await options.clock.sleep(Math.max(1, Math.min(jittered, left)), options.signal)
  }
}
