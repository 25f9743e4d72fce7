import type { PreflightFacts } from './facts.ts'
import { isPrepared } from './is-prepared.ts'
import { knownFact } from './known-fact.ts'

/**
 * Slots (and walsenders) that the source must still have free: one for each task and one to spare. Slots that the
 * migration file names are there already; once the migration is prepared its tasks may hold theirs, and none is asked for.
 */
export function neededSlots(facts: PreflightFacts): number {
  if (isPrepared(facts)) return 0
  const { load } = facts.migration
  const given =
    load.by === 'existing'
      ? knownFact(facts.source.server).slots.filter(({ name }) => load.slots.includes(name)).length
      : 0
  return knownFact(facts.tasks) - given + 1
}
