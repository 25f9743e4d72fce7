import type { Plan } from '../../migration/plan.ts'
import { asMigrationError, type Problem } from '../../runtime/errors.ts'
import type { Log } from '../../runtime/log.ts'
import type { ClientTools } from './client-tools.ts'
import { commandSwitcher } from './command.ts'
import { parameterSwitcher } from './parameter.ts'
import { pgbouncerSwitcher } from './pgbouncer.ts'
import { recordSwitcher } from './record.ts'
import { secretSwitcher } from './secret.ts'
import type { Address, SwitchCheck, Switcher, SwitchResult } from './switcher.ts'
import type { TryLogin } from './try-credential.ts'

/** The switchers of a plan, in their order. `to` is what the database that clients are pointed at is called. */
export function switchersOf(
  { cutover }: { readonly cutover: Pick<Plan['cutover'], 'switches' | 'staleReads'> },
  tools: ClientTools,
  { to, tryLogin }: { readonly to: string; readonly tryLogin: TryLogin },
): readonly Switcher[] {
  const trial = { to, tryLogin, readable: cutover.staleReads === 'allow' }
  return cutover.switches.map((entry, index) => {
    const field = `cutover.switch[${index}]`
    switch (entry.kind) {
      case 'secret':
        return secretSwitcher(entry, field, tools, trial)
      case 'parameter':
        return parameterSwitcher(entry, field, tools, trial)
      case 'record':
        return recordSwitcher(entry, field, tools)
      case 'command':
        return commandSwitcher(entry, field, tools)
      case 'pgbouncer':
        return pgbouncerSwitcher(entry, field, tools)
    }
  })
}

/** What all switchers find out before anybody waits. */
export async function checkAll(switchers: readonly Switcher[], to: Address): Promise<SwitchCheck> {
  const problems: Problem[] = []
  const notes: string[] = []
  const users: string[] = []
  for (const switcher of switchers) {
    const found = await switcher.check(to)
    problems.push(...found.problems)
    notes.push(...found.notes)
    users.push(...found.users)
  }
  return { problems, notes, users: [...new Set(users)] }
}

/** Switches all, in their order. One that fails does not keep those after it; it is named in `left` with what to do. */
export async function switchAll(
  switchers: readonly Switcher[],
  to: Address,
  generation: bigint,
  log: Log,
): Promise<{ readonly switches: readonly SwitchResult[]; readonly left: readonly string[] }> {
  const switches: SwitchResult[] = []
  const left: string[] = []
  for (const switcher of switchers) {
    try {
      const done = await switcher.switch(to, generation)
      switches.push(done)
      log.line(`${done.name} ${done.changed ? 'switched' : 'was switched already'}: ${done.detail}`)
    } catch (thrown) {
      const { message, remedy } = asMigrationError(thrown)
      const named = message.includes(switcher.name) ? message : `${switcher.name}: ${message}`
      log.warn(`not switched: ${named}`)
      left.push(`not switched: ${named}. ${remedy}`.trim())
    }
  }
  return { switches, left }
}
