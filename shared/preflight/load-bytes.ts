import type { PreflightFacts } from './facts.ts'
import { knownFact } from './known-fact.ts'

/** Bytes of all planned tables of the source, with TOAST and without indexes. */
export function loadBytes(facts: PreflightFacts): bigint {
  return knownFact(facts.source.statistics).reduce((sum, { bytes }) => sum + BigInt(bytes), 0n)
}
