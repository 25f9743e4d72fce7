import { writeMarkers } from '../control/markers.ts'
import { dmsControlSchema } from '../dms/task-settings.ts'
import type { Session } from '../postgres/session.ts'
import { MigrationError, refuseProblems } from '../runtime/errors.ts'
import type { Checked } from './check.ts'
import { abortDecision, writeJournal } from './decision.ts'
import { commitFence, raiseFence, type CommitPoint } from './fence.ts'
import { startHeartbeat } from './lock-session.ts'
import { drain } from './opening.ts'
import { lockShare, preLock } from './pause.ts'
import type { BeforeCommit } from './phase.ts'
import type { CutoverOrder, CutoverPorts } from './ports.ts'
import { judgeDrain } from './readiness.ts'
import type { Timeline } from './timeline.ts'

/** One attempt to reach the commit point. */
export interface Attempt {
  readonly order: CutoverOrder
  readonly ports: CutoverPorts
  readonly timeline: Timeline
  readonly source: Session
  readonly target: Session
  /** Holds the locks, and in the end the fence, in one transaction. */
  readonly lock: Session
  readonly checked: Checked
  readonly generation: bigint
  /** Called right before COMMIT: from then on a cancellation must not reach the sessions. */
  readonly beforeCommit: () => void
}

export interface Reached {
  readonly commit: CommitPoint
  readonly lockAttempts: number
  /** From the marker's writing to its sight on the target: replication's part of the freeze, in ms. */
  readonly drainMs: number
}

/**
 * Pause, drain, fence, COMMIT. Whatever fails before the COMMIT is a ROLLBACK: the source is as it was, and the row
 * says `aborted`. Where even the row cannot tell what became of the COMMIT, throws and touches nothing more.
 */
export async function reachCommitPoint(attempt: Attempt): Promise<Reached> {
  const { timeline, lock, order, ports, generation } = attempt
  const freezeBudgetMs = order.plan.cutover.freezeBudgetMs
  let phase: BeforeCommit = 'pause'
  let lockAttempts: number
  let drainMs: number
  let commit: CommitPoint
  try {
    lockAttempts = await timeline.during('pause', () => pause(attempt))
    const beat = startHeartbeat(lock, freezeBudgetMs)
    try {
      phase = 'drain'
      drainMs = await timeline.during('drain', () => provenDrain(attempt))
    } finally {
      await beat.stop()
    }
    beat.check()
    phase = 'fence'
    commit = await timeline.during('fence', () => raise(attempt))
  } catch (error) {
    timeline.freezeEnds()
    await abort(attempt, phase)
    throw error
  }
  attempt.beforeCommit()
  const never = new AbortController().signal
  const outcome = await commitFence(lock, () => ports.openSource(never), order.run, generation, ports.clock)
  if (outcome === 'committed') return { commit, lockAttempts, drainMs }
  timeline.freezeEnds()
  await abort(attempt, 'fence')
  throw new MigrationError(
    'unavailable',
    'the connection was lost at the commit point, and the source rolled back',
    { remedy: 'The source is as it was. Run cutover again.' },
  )
}

async function pause({ lock, source, checked, timeline, order, ports }: Attempt): Promise<number> {
  await preLock(lock, source, checked.targets)
  timeline.freezeStarts()
  const locked = await lockShare(lock, source, checked.targets, {
    clock: ports.clock,
    signal: ports.signal,
    budgetMs: order.plan.cutover.freezeBudgetMs / 2,
  })
  return locked.attempts
}

/** Marker, drain, and the catalogue's fingerprint under the locks. Gives how long the marker took, in ms. */
async function provenDrain(attempt: Attempt): Promise<number> {
  const { lock, source, target, order, checked, generation, ports, timeline } = attempt
  const started = ports.clock.elapsed()
  const markerTables = order.plan.tasks.map((task) => task.markerTable.table)
  const marker = await writeMarkers(source, markerTables, 'drain', order.run.runId)
  const sight = await drain(target, {
    migration: order.plan.migration,
    generation: generation.toString(),
    runId: order.run.runId,
    attempt: order.run.attempt,
    marker: marker.id,
    markerTables,
    controlSchema: dmsControlSchema,
    taskNames: checked.tasks.map((task) => task.externalId),
    timeoutMs: Math.max(1, Math.round(order.plan.cutover.freezeBudgetMs - timeline.frozenFor())),
  })
  const drainMs = ports.clock.elapsed() - started
  refuseProblems('refused', judgeDrain(sight, checked))
  if ((await ports.readFingerprint(lock)) !== order.plan.sourceFingerprint) {
    throw new MigrationError('refused', 'the source’s schema changed between check and pause', {
      remedy: 'Run preflight again: the plan does not fit the source. The source is as it was.',
    })
  }
  return drainMs
}

async function raise({ lock, checked, generation, ports, timeline, order }: Attempt): Promise<CommitPoint> {
  const point = await raiseFence(lock, { ...checked.fence, generation: generation.toString() })
  if (ports.signal.aborted) {
    throw new MigrationError('cancelled', 'the run was cancelled before its commit point')
  }
  const { freezeBudgetMs } = order.plan.cutover
  if (timeline.frozenFor() > freezeBudgetMs) {
    throw new MigrationError(
      'timeout',
      `the freeze reached its budget of ${freezeBudgetMs} ms before the commit point`,
      { remedy: 'The source is as it was. See the timeline for what took so long.' },
    )
  }
  return point
}

/** Closing the lock session is the ROLLBACK, also where its answer gets lost. Then the row says so. */
async function abort({ lock, ports, order, generation }: Attempt, phase: BeforeCommit): Promise<void> {
  await lock.close()
  try {
    const session = await ports.openSource(new AbortController().signal)
    try {
      await abortDecision(session, order.run, generation, phase)
      await writeJournal(session, order.run, generation, 'aborted', { phase })
    } finally {
      await session.close()
    }
  } catch {
    ports.log.warn(
      'the abort could not be written down: the source is away. PostgreSQL has rolled the pause back; the next run tidies up.',
    )
  }
  ports.log.line(`aborted in phase ${phase}: the source is as it was`)
}
