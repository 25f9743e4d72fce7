import type { Problem } from '../runtime/errors.ts'
import { qualified } from '../migration/identifier.ts'
import type { RefusedSequence, SequencePlan } from './plan-sequences.ts'

/** What the two databases are called: `source` and `target` of the plan, in the direction of the move. */
export interface SequenceSides {
  readonly from: string
  readonly to: string
}

/** Every sequence that cannot be set, with which side has what, and what to do. Pure. */
export function sequenceProblems(
  { missingFrom, missingTo, refused }: Pick<SequencePlan, 'missingFrom' | 'missingTo' | 'refused'>,
  sides: SequenceSides,
): Problem[] {
  return [
    ...missingFrom.map(({ schema, sequence }) => ({
      field: qualified(schema, sequence),
      message: `is not on the ${sides.from}`,
      remedy: `It was dropped or renamed on the ${sides.from} since the plan was made: run preflight again, or make it there as the ${sides.to} has it.`,
    })),
    ...missingTo.map(({ schema, sequence }) => ({
      field: qualified(schema, sequence),
      message: `is not on the ${sides.to}`,
      remedy: `On the ${sides.to}: CREATE SEQUENCE ${qualified(schema, sequence)} …; as \\d shows it on the ${sides.from}.`,
    })),
    ...refused.map((one) => refusal(one, sides)),
  ]
}

function refusal({ schema, sequence, reason, found }: RefusedSequence, sides: SequenceSides): Problem {
  const field = qualified(schema, sequence)
  const [from, to] = found
  switch (reason) {
    case 'other-increment':
      return {
        field,
        message: `goes in steps of ${from} on the ${sides.from} and of ${to} on the ${sides.to}`,
        remedy: `On the ${sides.to}: ALTER SEQUENCE ${field} INCREMENT BY ${from}; (or on the ${sides.from}, where that is the wrong one).`,
      }
    case 'narrower-range':
      return {
        field,
        message: `ends at ${to} on the ${sides.to}, and at ${from} on the ${sides.from}`,
        remedy: `On the ${sides.to}: ALTER SEQUENCE ${field} … until type and range are those of the ${sides.from}.`,
      }
    case 'outside-range':
      return {
        field,
        message: `would have to be set to ${from} on the ${sides.to}, past its limit of ${to}`,
        remedy: `On the ${sides.to}: ALTER SEQUENCE ${field} … until type and range are those of the ${sides.from}.`,
      }
    case 'not-readable':
      return {
        field,
        message: `cannot be read on both sides (${sides.from}: ${from}, ${sides.to}: ${to})`,
        remedy: `GRANT SELECT ON SEQUENCE ${field} TO the migration’s login.`,
      }
    case 'not-settable':
      return {
        field,
        message: `may not be set by this login on the ${sides.to}`,
        remedy: `On the ${sides.to}: GRANT UPDATE ON SEQUENCE ${field} TO the migration’s login, or membership in its owner.`,
      }
  }
}
