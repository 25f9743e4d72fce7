import { switchName, type PlannedSwitch } from '../../migration/planned-switch.ts'
import type { ClientTools } from './client-tools.ts'
import { judged } from './judged.ts'
import { addressEnvironment, runHook } from './run-hook.ts'
import type { Address, Switcher } from './switcher.ts'

/** A command of the file's author: it finds the address in its environment, and has succeeded where it ends with 0. */
export function commandSwitcher(
  entry: PlannedSwitch & { readonly kind: 'command' },
  field: string,
  { log, migration }: ClientTools,
): Switcher {
  const name = switchName(entry)
  const run = (command: string, to: Address, generation?: bigint) =>
    runHook({
      name,
      command,
      timeoutMs: entry.timeout,
      env: addressEnvironment(migration, to, generation),
      log,
    })
  return {
    name,
    describe: (to) =>
      `run ${entry.command.trim()} with AURORA_MIGRATION_HOST=${to.host} AURORA_MIGRATION_PORT=${to.port} AURORA_MIGRATION_DATABASE=${to.database}, at most ${entry.timeout / 1000} s`,
    check: async (to) => {
      const { check } = entry
      if (check === undefined)
        return {
          problems: [],
          notes: [`${name} has no \`check\`: it is first run when it counts`],
          users: [],
        }
      const problems = await judged(field, async () => {
        await run(check, to)
        return []
      })
      return { problems, notes: [], users: [] }
    },
    switch: async (to, generation) => {
      await run(entry.command, to, generation)
      return { name, changed: true, detail: 'ended with 0' }
    },
  }
}
