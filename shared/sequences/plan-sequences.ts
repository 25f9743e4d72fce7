import type { SequenceName, SequenceState, SequenceValue } from './sequences.ts'

export interface SequencePlan {
  /** What is set on the target. */
  readonly advances: readonly SequenceValue[]
  /** Already at or past where they must be: never set back. */
  readonly ahead: readonly SequenceName[]
  readonly missingOnTarget: readonly SequenceName[]
  readonly missingOnSource: readonly SequenceName[]
  /** Sequences whose margin runs into their limit, and which do not cycle. */
  readonly atLimit: readonly (SequenceName & { readonly limit: string })[]
}

const keyOf = ({ schema, sequence }: SequenceName) => JSON.stringify([schema, sequence])

/**
 * Decides where every target sequence must stand: the source's last value and is_called, plus `margin` steps in the
 * direction of the increment. One that is already further stays (a second run, a target in use). A cycling sequence
 * has no further or back: it is set as the source has it.
 */
export function planSequences(facts: {
  readonly names: readonly SequenceName[]
  readonly source: readonly SequenceState[]
  readonly target: readonly SequenceState[]
  readonly margin: bigint
}): SequencePlan {
  const sources = new Map(facts.source.map((state) => [keyOf(state), state]))
  const targets = new Map(facts.target.map((state) => [keyOf(state), state]))
  const advances: SequenceValue[] = []
  const ahead: SequenceName[] = []
  const missingOnTarget: SequenceName[] = []
  const missingOnSource: SequenceName[] = []
  const atLimit: (SequenceName & { limit: string })[] = []

  for (const name of facts.names) {
    const source = sources.get(keyOf(name))
    const target = targets.get(keyOf(name))
    if (source === undefined) missingOnSource.push(name)
    if (target === undefined) missingOnTarget.push(name)
    if (source === undefined || target === undefined) continue

    const { value, called, limit } = wantedValue(source, facts.margin)
    if (limit !== undefined) atLimit.push({ schema: name.schema, sequence: name.sequence, limit })
    const same = target.lastValue === value && target.called === called
    if (same || (!source.cycle && isPast(target, { value, called }, source.increment))) ahead.push(name)
    else advances.push({ schema: name.schema, sequence: name.sequence, value, called })
  }
  return { advances, ahead, missingOnTarget, missingOnSource, atLimit }
}

function wantedValue(
  source: SequenceState,
  margin: bigint,
): { value: string; called: boolean; limit?: string } {
  const increment = BigInt(source.increment)
  const last = BigInt(source.lastValue)
  // A sequence that nobody used yet needs no margin: the target starts where the source would. One that cycles has no
  // ahead, so that it stands as the source's, or it would never be found right.
  if (!source.called || margin === 0n || source.cycle)
    return { value: source.lastValue, called: source.called }
  const wanted = last + margin * increment
  const limit = increment > 0n ? BigInt(source.max) : BigInt(source.min)
  const beyond = increment > 0n ? wanted > limit : wanted < limit
  if (!beyond) return { value: wanted.toString(), called: true }
  return { value: source.lastValue, called: true, limit: limit.toString() }
}

/** Is the next value of `state` at or past the next value of `wanted`, in the direction of the increment? */
function isPast(
  state: SequenceState,
  wanted: { value: string; called: boolean },
  increment: string,
): boolean {
  const step = BigInt(increment)
  const next = (value: string, called: boolean) => BigInt(value) + (called ? step : 0n)
  const mine = next(state.lastValue, state.called)
  const theirs = next(wanted.value, wanted.called)
  return step > 0n ? mine >= theirs : mine <= theirs
}
