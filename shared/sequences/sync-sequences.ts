import type { Session } from '../postgres/session.ts'
import { planSequences, type SequencePlan } from './plan-sequences.ts'
import { readSequences, setSequences, type SequenceName, type SequenceState } from './sequences.ts'

export interface SyncedSequences {
  readonly plan: SequencePlan
  /** Still behind `from`, as it was read before, when `to` was read again. */
  readonly behind: readonly SequenceName[]
  /** How many were looked at. */
  readonly total: number
  /** Without names: those that only `to` has. There is nothing to set them by; they stay as they are. */
  readonly onlyTo: readonly SequenceName[]
  /** How `to` stands now. */
  readonly to: readonly SequenceState[]
}

/**
 * Reads both sides, sets what is behind, and reads `to` again against `from` as it was read before (which goes on
 * meanwhile). One statement for each: three round trips on `to`, one on `from`, whatever the number. Can be run at any
 * time before the cutover, which then only tops up what has moved since.
 */
export async function syncSequences(
  from: Session,
  to: Session,
  order: {
    /** Those of the plan, or whatever `from` has. */
    readonly names: readonly SequenceName[] | 'all'
    readonly margin: bigint
    readonly dryRun: boolean
  },
): Promise<SyncedSequences> {
  const { margin } = order
  const [fromStates, toStates] = await Promise.all([
    readSequences(from, order.names),
    readSequences(to, order.names),
  ])
  const names = order.names === 'all' ? fromStates.toSorted(byName) : order.names
  const plan = planSequences({ names, from: fromStates, to: toStates, margin })
  const known = {
    plan,
    total: names.length,
    onlyTo:
      order.names === 'all'
        ? planSequences({ names: toStates, from: fromStates, to: toStates, margin }).missingFrom
        : [],
  }
  if (order.dryRun) return { ...known, behind: [], to: toStates }
  await setSequences(to, plan.advances)
  const after = await readSequences(to, order.names)
  return { ...known, behind: stillBehind(plan, fromStates, after), to: after }
}

function byName(a: SequenceName, b: SequenceName): number {
  const [first, second] = [JSON.stringify([a.schema, a.sequence]), JSON.stringify([b.schema, b.sequence])]
  return first < second ? -1 : 1
}

/** Read again: of those that could be judged, the ones that do not stand where `from` stood, margin aside. */
function stillBehind(
  plan: SequencePlan,
  from: readonly SequenceState[],
  to: readonly SequenceState[],
): readonly SequenceName[] {
  const after = planSequences({ names: [...plan.advances, ...plan.ahead], from, to, margin: 0n })
  return [...after.advances, ...after.missingTo, ...after.refused].map(({ schema, sequence }) => ({
    schema,
    sequence,
  }))
}
