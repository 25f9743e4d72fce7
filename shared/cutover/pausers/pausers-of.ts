import { plannedSwitch } from '../../migration/planned-switch.ts'
import type { Plan } from '../../migration/plan.ts'
import type { Migration } from '../../migration/schema.ts'
import { asMigrationError } from '../../runtime/errors.ts'
import type { ClientTools } from '../switchers/client-tools.ts'
import type { Pauser } from '../switchers/switcher.ts'
import { pgbouncerPauser } from './pgbouncer.ts'
import { quiescePauser } from './quiesce.ts'

/** As much of a plan as says who is to be paused. */
export interface PausedParties {
  readonly cutover: Pick<Plan['cutover'], 'switches' | 'quiesce' | 'freezeBudgetMs'>
}

/** Who is paused, in this order: background work first, poolers last, whose clients wait. Resumed the other way round. */
export function pausersOf({ cutover }: PausedParties, tools: ClientTools): readonly Pauser[] {
  return [
    ...cutover.quiesce.map((entry) => quiescePauser(entry, tools)),
    ...cutover.switches.flatMap((entry, index) =>
      entry.kind === 'pgbouncer'
        ? [pgbouncerPauser(entry, `cutover.switch[${index}]`, tools, cutover.freezeBudgetMs)]
        : [],
    ),
  ]
}

/** The same of a migration file, for those who have no plan at hand (`post`, the abort job). Pure. */
export function pausedParties({ cutover }: Migration): PausedParties {
  return {
    cutover: {
      switches: cutover.switch.map(plannedSwitch),
      quiesce: cutover.quiesce,
      freezeBudgetMs: cutover['freeze-budget'],
    },
  }
}

/** Pauses all, one after the other. Where one cannot, the others are let go again, and its error is thrown. */
export async function pauseAll(
  pausers: readonly Pauser[],
  signal: AbortSignal,
  budgetMs: number,
): Promise<void> {
  const held: Pauser[] = []
  try {
    for (const pauser of pausers) {
      await pauser.pause(signal, budgetMs)
      held.push(pauser)
    }
  } catch (error) {
    await resumeAll(held)
    throw error
  }
}

/** Lets all go on, the last first; one that fails does not keep the others. Gives what could not be, with what to do. */
export async function resumeAll(pausers: readonly Pauser[]): Promise<readonly string[]> {
  const left: string[] = []
  for (const pauser of pausers.toReversed()) {
    try {
      await pauser.resume()
    } catch (thrown) {
      const { message, remedy } = asMigrationError(thrown)
      const named = message.includes(pauser.name) ? message : `${pauser.name}: ${message}`
      left.push(`not resumed: ${named}. ${remedy}`.trim())
    }
  }
  return left
}
