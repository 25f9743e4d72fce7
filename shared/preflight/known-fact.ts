/** Something that was read, or the reason why it could not be. */
export type Fact<T> =
  { readonly known: true; readonly value: T } | { readonly known: false; readonly reason: string }

/** Thrown by a check that needs a fact which could not be read. */
export class UnknownFact extends Error {
  override readonly name = 'UnknownFact'
}

/** The value of a fact; ends the check that asks where it is unknown. */
export function knownFact<T>(fact: Fact<T>): T {
  if (fact.known) return fact.value
  throw new UnknownFact(fact.reason)
}
