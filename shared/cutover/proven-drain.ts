import { randomUUID } from 'node:crypto'
import { judgeUncarried } from '../control/judge-uncarried.ts'
import { dmsControlSchema } from '../dms/task-settings.ts'
import { refuseProblems } from '../runtime/errors.ts'
import { writeDrainMarkers } from './drain-markers.ts'
import { judgeDrain } from './judge-drain.ts'
import { drain, type SlotAtCut } from './await-drain.ts'
import { goOnUnlessCancelled } from './go-on.ts'
import type { Attempt } from './until-commit.ts'

export interface Drained {
  /** How long the markers took, in ms. */
  readonly ms: number
  /** When the other database had written down the proof, by `clock.elapsed()`. */
  readonly at: number
  readonly cut: readonly SlotAtCut[]
}

/**
 * Marker and drain. A task that applies in batches applies table by table: the marker's table may come before others of the
 * same batch, so that a second marker, written after the first was seen, proves what one alone does not.
 */
export async function provenDrain(attempt: Attempt): Promise<Drained> {
  const { checked, ports } = attempt
  const started = ports.clock.elapsed()
  const rounds = checked.tasks.some(({ inBatches }) => inBatches) ? 2 : 1
  let cut: readonly SlotAtCut[] = []
  for (let round = 1; round <= rounds; round += 1)
    cut = await drainOnce(attempt, { first: round === 1, last: round === rounds })
  const at = ports.clock.elapsed()
  return { ms: at - started, at, cut }
}

/**
 * One marker through every task. It is waited for on the other database from the same moment on in which it is written; and
 * in the round trip that writes it, what DMS does not carry is looked at: under the locks nobody truncates any more.
 */
async function drainOnce(
  attempt: Attempt,
  round: { readonly first: boolean; readonly last: boolean },
): Promise<readonly SlotAtCut[]> {
  const { from, to, drainer, order, checked, generation, ports, timeline } = attempt
  const markerTables = checked.carriers.map(({ markerTable }) => markerTable.table)
  const marker = randomUUID()
  goOnUnlessCancelled(ports)
  const [uncarried, sight] = await Promise.all([
    writeDrainMarkers(from, order, { markerTables, marker, look: round.first }),
    drain(drainer, {
      migration: order.plan.migration,
      generation: generation.toString(),
      runId: order.run.runId,
      attempt: order.run.attempt,
      marker,
      markerTables,
      controlSchema: dmsControlSchema,
      taskNames: checked.tasks.map((task) => task.externalId),
      allowed: { exceptions: checked.exceptions, suspended: checked.suspended },
      proves: round.last,
      slots: round.last ? checked.slots : [],
      keepPids: [to.pid],
      timeoutMs: Math.max(1, Math.round(order.plan.cutover.freezeBudgetMs - timeline.frozenFor())),
    }),
  ])
  // A drain that ran out of time because somebody cancelled is no fault of replication.
  goOnUnlessCancelled(ports)
  refuseProblems('refused', judgeDrain(sight, checked, ports.names.to))
  if (uncarried !== undefined)
    refuseProblems('refused', judgeUncarried(uncarried, order.plan, checked.comparedEqual).problems)
  return sight.cut
}
