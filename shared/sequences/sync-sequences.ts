import type { Session } from '../postgres/session.ts'
import { planSequences, type SequencePlan } from './plan-sequences.ts'
import { readSequences, setSequences, type SequenceName } from './sequences.ts'

/**
 * Reads both sides, sets what is behind, and reads the target again against the source as it was read before (the
 * source goes on meanwhile). One statement for each: three round trips on the target, one on the source.
 */
export async function syncSequences(
  source: Session,
  target: Session,
  order: { readonly names: readonly SequenceName[]; readonly margin: bigint; readonly dryRun: boolean },
): Promise<{ plan: SequencePlan; behind: readonly SequenceName[] }> {
  const { names, margin } = order
  const [sourceStates, targetStates] = await Promise.all([
    readSequences(source, names),
    readSequences(target, names),
  ])
  const plan = planSequences({ names, source: sourceStates, target: targetStates, margin })
  if (order.dryRun) return { plan, behind: [] }
  await setSequences(target, plan.advances)
  const after = planSequences({
    names,
    source: sourceStates,
    target: await readSequences(target, names),
    margin: 0n,
  })
  return { plan, behind: after.advances }
}
