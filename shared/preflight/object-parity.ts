import type { PreflightFacts } from './facts.ts'
import { knownFact } from './known-fact.ts'
import type { DatabaseObject, ObjectKind } from './parity-facts.ts'

export interface ObjectDifferences {
  /** Of the source, and not on the target. */
  readonly missing: readonly DatabaseObject[]
  /** On both, but not the same. */
  readonly different: readonly { readonly source: DatabaseObject; readonly target: DatabaseObject }[]
}

/**
 * Objects of some kinds that the target lacks or has otherwise. Whole definitions are compared only between servers of
 * the same major version, since each writes views and functions in its own way; shapes always. Asks for the target's
 * catalogue first: where that is not made yet, nothing is compared. Pure.
 */
export function objectDifferences(facts: PreflightFacts, kinds: readonly ObjectKind[]): ObjectDifferences {
  knownFact(facts.target.catalogue)
  const major = (side: 'source' | 'target') =>
    Math.floor(knownFact(facts[side].server).versionNumber / 10_000)
  const exact = major('source') === major('target')
  const key = ({ kind, name }: DatabaseObject) => `${kind} ${name}`
  const there = new Map(knownFact(facts.target.databaseObjects).map((one) => [key(one), one]))
  const missing: DatabaseObject[] = []
  const different: { source: DatabaseObject; target: DatabaseObject }[] = []
  for (const source of knownFact(facts.source.databaseObjects)) {
    if (!kinds.includes(source.kind)) continue
    const target = there.get(key(source))
    if (target === undefined) missing.push(source)
    else if (
      source.shape !== target.shape ||
      (judged(source, exact) && source.definition !== target.definition)
    )
      different.push({ source, target })
  }
  return { missing, different }
}

/** The text of a function’s body is the same in every version; what the server writes itself is not. */
function judged({ kind }: DatabaseObject, sameMajor: boolean): boolean {
  return sameMajor || kind === 'function' || kind === 'index' || kind === 'trigger'
}
