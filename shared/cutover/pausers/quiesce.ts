import { shortened } from '../../migration/planned-switch.ts'
import type { QuiesceEntry } from '../../migration/switch-schema.ts'
import type { ClientTools } from '../switchers/client-tools.ts'
import { runHook } from '../switchers/run-hook.ts'
import type { Pauser } from '../switchers/switcher.ts'

/** A command that stops background work, and the one that resumes it. Its own timeout counts, nobody else waits for it. */
export function quiescePauser(
  { command, resume, timeout }: QuiesceEntry,
  { log, migration }: ClientTools,
): Pauser {
  const env = { AURORA_MIGRATION_NAME: migration }
  const goOn = () =>
    runHook({ name: `resume ${shortened(resume)}`, command: resume, timeoutMs: timeout, env, log })
  return {
    name: `quiesce ${shortened(command)}`,
    check: () => Promise.resolve([]),
    pause: async (signal) => {
      try {
        await runHook({
          name: `quiesce ${shortened(command)}`,
          command,
          timeoutMs: timeout,
          env,
          log,
          signal,
        })
      } catch (error) {
        // Half of the jobs may stand.
        await goOn()
        throw error
      }
    },
    resume: goOn,
  }
}
