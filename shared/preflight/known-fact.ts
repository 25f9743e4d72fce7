/**
 * Something that was read, or the reason why it could not be. `notYet`: it is about a target that an action makes later,
 * so that there is nothing to read yet.
 */
export type Fact<T> =
  | { readonly known: true; readonly value: T }
  | { readonly known: false; readonly reason: string; readonly notYet?: true }

/** Thrown by a check that needs a fact which could not be read. */
export class UnknownFact extends Error {
  override readonly name = 'UnknownFact'
}

/** Thrown by a check that needs a fact of a target which does not exist yet; with what it has found on the source. */
export class NotYet<Found = unknown> extends Error {
  override readonly name = 'NotYet'
  readonly found: readonly Found[]
  constructor(reason: string, found: readonly Found[] = []) {
    super(reason)
    this.found = found
  }
}

/** The value of a fact; ends the check that asks where it is unknown. */
export function knownFact<T>(fact: Fact<T>): T {
  if (fact.known) return fact.value
  throw fact.notYet === true ? new NotYet(fact.reason) : new UnknownFact(fact.reason)
}
