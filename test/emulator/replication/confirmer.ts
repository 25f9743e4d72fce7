import { formatLsn, NO_LSN, type Lsn } from './lsn.ts'
import type { TaskContext } from './task-context.ts'
import { createWakeSignal } from './wake-signal.ts'

/** Confirms to the source what the target has committed, past the fault point `cdc:confirm`. */
export interface Confirmer {
  request(lsn: Lsn): void
  /** Runs until the attempt is over. */
  run(): Promise<void>
  wake(): void
}

export function createConfirmer(
  context: TaskContext,
  options: { confirm(lsn: Lsn): void; isOver(): boolean },
): Confirmer {
  const signal = createWakeSignal()
  let requested = NO_LSN
  let confirmed = NO_LSN
  return {
    request(lsn) {
      requested = lsn
      signal.wake()
    },
    async run() {
      while (!options.isOver()) {
        if (requested > confirmed) {
          const lsn = requested
          await context.job.fault('cdc:confirm', formatLsn(lsn))
          if (options.isOver()) return
          options.confirm(lsn)
          confirmed = lsn
        } else await signal.wait()
      }
    },
    wake: () => signal.wake(),
  }
}
