import { writeMarkers } from '../control/markers.ts'
import { dmsControlSchema } from '../dms/task-settings.ts'
import { refuseProblems } from '../runtime/errors.ts'
import type { AfterCommit } from './after-commit.ts'
import { judgeDrain } from './judge-drain.ts'
import { drain } from './await-drain.ts'

/**
 * A resumed run, or a database that lost the proof: a new marker must go through every task before anything opens; two, one
 * after the other, where a task applies in batches (see provenDrain). Throws `refused` where that proves nothing.
 */
export async function drainAgain(run: AfterCommit): Promise<void> {
  const { order, ports, generation } = run
  const { from, to } = run.sessions
  const markerTables = run.carriers.map(({ markerTable }) => markerTable.table)
  const tasks = await ports.tasks(run.carriers.map(({ identifier }) => identifier))
  const allowed = { exceptions: order.evidence?.evidence.applyExceptions ?? 0, suspended: 0 }
  const rounds = tasks.some(({ inBatches }) => inBatches) ? 2 : 1
  for (let round = 1; round <= rounds; round += 1) {
    const marker = await writeMarkers(from, markerTables, 'drain', order.run.runId)
    const sight = await drain(to, {
      migration: order.plan.migration,
      generation: generation.toString(),
      runId: order.run.runId,
      attempt: order.run.attempt,
      marker: marker.id,
      markerTables,
      controlSchema: dmsControlSchema,
      taskNames: tasks.map((task) => task.externalId),
      allowed,
      proves: round === rounds,
      slots: round === rounds ? run.slots : [],
      keepPids: [],
      timeoutMs: Math.max(30_000, order.plan.cutover.freezeBudgetMs),
    })
    refuseProblems('refused', judgeDrain(sight, allowed, ports.names.to))
  }
}
