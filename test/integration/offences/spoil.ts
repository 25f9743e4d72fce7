import { known } from '../../../shared/preflight/clean-facts.ts'
import type { PreflightFacts, ServerFacts, SideFacts } from '../../../shared/preflight/facts.ts'
import type { Fact } from '../../../shared/preflight/known-fact.ts'

type Side = 'source' | 'target'
type Change = (facts: PreflightFacts) => PreflightFacts

/** Other values in a fact that was read; one that could not be read stays so. */
export function changed<T extends object>(fact: Fact<T>, change: Partial<T>): Fact<T> {
  return fact.known ? known({ ...fact.value, ...change }) : fact
}

/** Some facts of a side replaced. */
export function onSide<S extends Side>(
  side: S,
  change: (facts: PreflightFacts[S]) => Partial<SideFacts>,
): Change {
  return (facts) => ({ ...facts, [side]: { ...facts[side], ...change(facts[side]) } })
}

/** A server that says something else of itself. */
export function server(side: Side, change: Partial<ServerFacts>): Change {
  return onSide(side, (facts) => ({ server: changed(facts.server, change) }))
}

/** A setting of a server that is another. */
export function setting(side: Side, name: string, value: string): Change {
  return onSide(side, ({ server: fact }) => ({
    server: fact.known ? changed(fact, { settings: { ...fact.value.settings, [name]: value } }) : fact,
  }))
}

/** An RDS server that is described otherwise. */
export function rds(
  side: Side,
  change: Partial<Extract<SideFacts['rds'], { known: true }>['value']>,
): Change {
  return onSide(side, ({ rds: fact }) =>
    fact.known && fact.value !== undefined ? { rds: known({ ...fact.value, ...change }) } : {},
  )
}

/** Something else that DMS says. */
export function dms(change: Partial<PreflightFacts['dms']>): Change {
  return (facts) => ({ ...facts, dms: { ...facts.dms, ...change } })
}
