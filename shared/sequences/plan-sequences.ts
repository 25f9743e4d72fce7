import type { SequenceName, SequenceState, SequenceValue } from './sequences.ts'

/**
 * What is set where. A cutover goes in either direction, so that the two databases are called `from` (whose values count)
 * and `to` (which is set); what they are called in messages is in problems.ts.
 */
export interface SequencePlan {
  /** What is set on `to`. */
  readonly advances: readonly SequenceValue[]
  /** Already at or past where they must be: never set back. */
  readonly ahead: readonly SequenceName[]
  /** Named, and not there. */
  readonly missingFrom: readonly SequenceName[]
  readonly missingTo: readonly SequenceName[]
  /** On both, but one cannot be set by the other. */
  readonly refused: readonly RefusedSequence[]
  /** The margin would have left no value in them (and they do not cycle), so that they are set without it. */
  readonly atLimit: readonly (SequenceName & { readonly limit: string })[]
}

export interface RefusedSequence extends SequenceName {
  readonly reason: 'other-increment' | 'narrower-range' | 'outside-range' | 'not-readable' | 'not-settable'
  /** What was found: the two increments or limits, or the value and the limit that it passes. */
  readonly found: readonly [from: string, to: string]
}

/** Its name as a key: one string for schema and name, whatever is in them. */
export const sequenceKey = ({ schema, sequence }: SequenceName): string => JSON.stringify([schema, sequence])

/**
 * Decides where every sequence of `to` must stand: the last value and is_called of `from`, plus `margin` steps in the
 * direction of the increment. One that is already further stays (a second run, a database in use). A cycling sequence
 * has no further or back: it is set as the other has it. Pure.
 */
export function planSequences(facts: {
  readonly names: readonly SequenceName[]
  readonly from: readonly SequenceState[]
  readonly to: readonly SequenceState[]
  readonly margin: bigint
}): SequencePlan {
  const froms = new Map(facts.from.map((state) => [sequenceKey(state), state]))
  const tos = new Map(facts.to.map((state) => [sequenceKey(state), state]))
  const advances: SequenceValue[] = []
  const ahead: SequenceName[] = []
  const missingFrom: SequenceName[] = []
  const missingTo: SequenceName[] = []
  const refused: RefusedSequence[] = []
  const atLimit: (SequenceName & { limit: string })[] = []

  for (const { schema, sequence } of facts.names) {
    const name = { schema, sequence }
    const from = froms.get(sequenceKey(name))
    const to = tos.get(sequenceKey(name))
    if (from === undefined) missingFrom.push(name)
    if (to === undefined) missingTo.push(name)
    if (from === undefined || to === undefined) continue

    const judged = judge(from, to, facts.margin)
    if ('reason' in judged) {
      refused.push({ ...name, ...judged })
      continue
    }
    if (judged.limit !== undefined) atLimit.push({ ...name, limit: judged.limit })
    const { value, called } = judged
    if (judged.stands) ahead.push(name)
    else advances.push({ ...name, value, called })
  }
  return { advances, ahead, missingFrom, missingTo, refused, atLimit }
}

type Judged =
  | { readonly value: string; readonly called: boolean; readonly limit?: string; readonly stands: boolean }
  | Pick<RefusedSequence, 'reason' | 'found'>

function judge(from: SequenceState, to: SequenceState, margin: bigint): Judged {
  if (from.lastValue === null || to.lastValue === null)
    return { reason: 'not-readable', found: [reading(from), reading(to)] }
  // With other steps, or in the other direction, the next values are not those that the other would have given.
  if (from.increment !== to.increment)
    return { reason: 'other-increment', found: [from.increment, to.increment] }
  // It would do today and fail one day: on the value that the other could still have given.
  const ends: [string, string] = BigInt(to.increment) > 0n ? [from.max, to.max] : [from.min, to.min]
  if (BigInt(to.increment) > 0n ? BigInt(ends[1]) < BigInt(ends[0]) : BigInt(ends[1]) > BigInt(ends[0]))
    return { reason: 'narrower-range', found: ends }
  const wanted = wantedValue({ ...from, lastValue: from.lastValue }, to, margin)
  const same = to.lastValue === wanted.value && to.called === wanted.called
  const stands =
    same || (!from.cycle && isPast({ value: to.lastValue, called: to.called }, wanted, to.increment))
  if (stands) return { ...wanted, stands }
  const value = BigInt(wanted.value)
  // setval refuses it, and with it the statement for all of them.
  if (value > BigInt(to.max)) return { reason: 'outside-range', found: [wanted.value, to.max] }
  if (value < BigInt(to.min)) return { reason: 'outside-range', found: [wanted.value, to.min] }
  return to.settable ? { ...wanted, stands } : { reason: 'not-settable', found: [reading(from), reading(to)] }
}

function reading({ lastValue }: SequenceState): string {
  return lastValue ?? 'not readable'
}

function wantedValue(
  from: SequenceState & { readonly lastValue: string },
  to: SequenceState,
  margin: bigint,
): { value: string; called: boolean; limit?: string } {
  const increment = BigInt(from.increment)
  // A sequence that nobody used yet needs no margin: it starts where the other would. One that cycles has no ahead, so
  // that it stands as the other's, or it would never be found right.
  if (!from.called || margin === 0n || from.cycle) return { value: from.lastValue, called: from.called }
  const wanted = BigInt(from.lastValue) + margin * increment
  const next = wanted + increment
  const limit = increment > 0n ? BigInt(to.max) : BigInt(to.min)
  const usedUp = increment > 0n ? next > limit : next < limit
  if (!usedUp) return { value: wanted.toString(), called: true }
  return { value: from.lastValue, called: true, limit: limit.toString() }
}

interface Position {
  readonly value: string
  readonly called: boolean
}

/** Is the next value of `state` at or past the next value of `wanted`, in the direction of the increment? */
function isPast(state: Position, wanted: Position, increment: string): boolean {
  const step = BigInt(increment)
  const next = ({ value, called }: Position) => BigInt(value) + (called ? step : 0n)
  return step > 0n ? next(state) >= next(wanted) : next(state) <= next(wanted)
}
