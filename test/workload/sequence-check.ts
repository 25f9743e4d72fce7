import type { LedgerAccount } from './ledger-account.ts'

/** A sequence as it stands on one side. `last` was handed out if `isCalled`, else it is the next to be. */
export interface SequenceState {
  /** "schema.name", unquoted */
  readonly name: string
  readonly start: bigint
  readonly increment: bigint
  readonly last: bigint
  readonly isCalled: boolean
}

/** Sequence → values that the target's transactions were given. */
export type HandedOut = ReadonlyMap<string, ReadonlySet<string>>

/**
 * Sequences of the target whose next value is not past what the source's sequence has handed out, in the sequence's own
 * direction. One that was never used must start where the source's would; one that the target lacks is behind, too.
 */
export function findSequencesBehind(
  source: readonly SequenceState[],
  target: readonly SequenceState[],
): string[] {
  const others = new Map(target.map((state) => [state.name, state]))
  return source.flatMap((state) => {
    const other = others.get(state.name)
    if (other === undefined) return [`${state.name} (missing on the target)`]
    const next = other.isCalled ? other.last + other.increment : other.last
    const ahead = state.increment > 0n ? next - state.last : state.last - next
    const behind = state.isCalled ? ahead <= 0n : ahead < 0n
    if (!behind) return []
    const word = state.isCalled ? 'last' : 'next'
    return [`${state.name} (${word} on the source ${state.last}, next on the target ${next})`]
  })
}

/** Values that both sides handed out: told by the ledger, or by where the source's sequence stands. */
export function findCollisions(
  account: LedgerAccount,
  handedOutByTarget: HandedOut,
  source: readonly SequenceState[],
): string[] {
  const states = new Map(source.map((state) => [state.name, state]))
  const fromSource = collectValues([
    ...account.bySource,
    ...account.inDoubt.filter((w) => !account.onTarget.includes(w)),
  ])
  return [...handedOutByTarget].flatMap(([name, values]) => {
    const state = states.get(name)
    const ledgered = fromSource.get(name)
    return [...values]
      .filter(
        (value) =>
          ledgered?.has(value) === true || (state !== undefined && wasHandedOut(state, BigInt(value))),
      )
      .map((value) => `${name} ${value}`)
  })
}

/** Sequence → values, over all the writes given. */
export function collectValues(
  writes: readonly { readonly sequences: Readonly<Record<string, readonly string[]>> }[],
): Map<string, Set<string>> {
  const collected = new Map<string, Set<string>>()
  for (const write of writes) {
    for (const [name, values] of Object.entries(write.sequences)) addValues(collected, name, values)
  }
  return collected
}

/** Adds to one sequence's values. */
export function addValues(
  collected: Map<string, Set<string>>,
  name: string,
  values: readonly string[],
): void {
  const known = collected.get(name) ?? new Set()
  for (const value of values) known.add(value)
  collected.set(name, known)
}

/** True for a value between the sequence's start and its last one, on its own steps. A sequence in the cache's hands counts as used. */
function wasHandedOut(state: SequenceState, value: bigint): boolean {
  if (!state.isCalled || (value - state.last) % state.increment !== 0n) return false
  return state.increment > 0n
    ? value >= state.start && value <= state.last
    : value <= state.start && value >= state.last
}
