import type { Plan } from '../migration/plan.ts'
import { planSequences } from '../sequences/plan-sequences.ts'
import { sequenceProblems, type SequenceSides } from '../sequences/problems.ts'
import type { SequenceState, SequenceValue } from '../sequences/sequences.ts'

/** Where the sequences must stand. */
export interface FinalValues {
  readonly values: readonly SequenceValue[]
  /** Those that cannot be set, and what to do: nobody waits longer for them, since the others are right. */
  readonly left: readonly string[]
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
