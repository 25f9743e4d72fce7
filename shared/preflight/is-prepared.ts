import type { PreflightFacts } from './facts.ts'
import { knownFact } from './known-fact.ts'

/**
 * Whether this migration has prepared its target: from then on its tasks may hold slots and sessions, and its own loads
 * are in the counters. The target's journal says so; a target that is made later is not prepared.
 */
export function isPrepared(facts: PreflightFacts): boolean {
  const { migrations } = facts.target
  if (!migrations.known && migrations.notYet === true) return false
  return knownFact(migrations).some(
    ({ migration, prepared }) => migration === facts.migration.name && prepared,
  )
}
