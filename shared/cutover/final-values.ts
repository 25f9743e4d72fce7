import type { Plan } from '../migration/plan.ts'
import { planSequences, sequenceKey } from '../sequences/plan-sequences.ts'
import { sequenceProblems, type SequenceSides } from '../sequences/problems.ts'
import type { SequenceState, SequenceValue } from '../sequences/sequences.ts'

/** Where the sequences must stand. */
export interface FinalValues {
  readonly values: readonly SequenceValue[]
  /** Those that cannot be set, and what to do: nobody waits longer for them, since the others are right. */
  readonly left: readonly string[]
}

/** Judged before anybody waited. */
export interface ForeseenValues {
  readonly states: ReadonlySet<SequenceState>
  /** Of the database that is entered, by `sequenceKey`. */
  readonly to: ReadonlyMap<string, SequenceState>
  readonly values: FinalValues
}

/** What finalValues says of sequences that nobody moves any more, and what finalValuesSince needs for the others. Pure. */
export function foreseeValues(
  plan: Pick<Plan, 'sequences' | 'sequenceMargin'>,
  states: readonly SequenceState[],
  to: readonly SequenceState[],
  names: SequenceSides,
): ForeseenValues {
  return {
    states: new Set(states),
    to: new Map(to.map((state) => [sequenceKey(state), state])),
    values: finalValues(plan, states, to, names),
  }
}

/**
 * The same as finalValues gives for all of them, though only those are judged whose state is another object than the one that was
 * foreseen: clients wait. Undefined where that is not enough, and all have to be judged. Pure.
 */
export function finalValuesSince(
  { states, to, values }: ForeseenValues,
  plan: Pick<Plan, 'sequenceMargin'>,
  last: readonly SequenceState[],
  names: SequenceSides,
): FinalValues | undefined {
  if (values.left.length > 0 || last.length !== states.size) return undefined
  const moved = last.filter((state) => !states.has(state))
  const keys = new Set(moved.map(sequenceKey))
  const now = finalValues(
    {
      sequences: moved.map(({ schema, sequence }) => ({ schema, sequence })),
      sequenceMargin: plan.sequenceMargin,
    },
    moved,
    [...keys].flatMap((key) => to.get(key) ?? []),
    names,
  )
  return {
    values: [...values.values.filter((value) => !keys.has(sequenceKey(value))), ...now.values],
    left: now.left,
  }
}

/**
 * By the last word of the database that was left, which nobody can move any more. The check has refused what could not be set;
 * what somebody changed since is said, never passed over: its next values may be there already. Pure.
 */
export function finalValues(
  plan: Pick<Plan, 'sequences' | 'sequenceMargin'>,
  last: readonly SequenceState[],
  to: readonly SequenceState[],
  names: SequenceSides,
): FinalValues {
  const planned = planSequences({
    names: plan.sequences,
    from: last,
    to,
    margin: BigInt(plan.sequenceMargin),
  })
  return {
    values: planned.advances,
    left: sequenceProblems(planned, names).map(
      ({ field, message, remedy }) =>
        `the sequence ${field} was not set on the ${names.to}, where it may give values that are taken: it ${message}. ${remedy} Then set it past its value on the ${names.from} (setval).`,
    ),
  }
}
