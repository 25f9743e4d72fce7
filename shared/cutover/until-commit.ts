import { judgeUncarried } from '../control/judge-uncarried.ts'
import { writeMarkers } from '../control/markers.ts'
import { readUncarried } from '../control/uncarried.ts'
import { dmsControlSchema } from '../dms/task-settings.ts'
import { sqlState, type Session } from '../postgres/session.ts'
import { MigrationError, refuseProblems } from '../runtime/errors.ts'
import type { Checked } from './check.ts'
import { abortDecision, writeJournal } from './decision.ts'
import { commitFence, raiseFence, type CommitPoint } from './fence.ts'
import { endLockSession, startHeartbeat } from './lock-session.ts'
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
  readonly from: Session
  readonly to: Session
  /** Holds the locks, and in the end the fence, in one transaction. */
  readonly lock: Session
  readonly checked: Checked
  readonly generation: bigint
  /** Sessions of this run on `from` beside those above: not to be ended. */
  readonly keepPids: readonly number[]
  /** Called right before COMMIT: from then on a cancellation must not reach the sessions. */
  readonly beforeCommit: () => void
}

export interface Reached {
  readonly commit: CommitPoint
  readonly lockAttempts: number
  /** From the marker's writing to its sight on the other database: replication's part of the freeze, in ms. */
  readonly drainMs: number
}

/**
 * Pause, drain, fence, COMMIT. Whatever fails before the COMMIT is a ROLLBACK: the database is as it was, and the row
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
      drainMs = await timeline.during('drain', () => Promise.race([provenDrain(attempt), beat.lost]))
    } finally {
      await beat.stop()
    }
    await Promise.race([beat.lost, Promise.resolve()])
    phase = 'fence'
    commit = await timeline.during('fence', () => raise(attempt))
  } catch (error) {
    timeline.freezeEnds()
    await abort(attempt, phase)
    throw endedBefore(error, phase, ports)
  }
  attempt.beforeCommit()
  const never = new AbortController().signal
  const outcome = await commitFence(lock, () => ports.openFrom(never), order.run, generation, ports.clock)
  if (outcome === 'committed') return { commit, lockAttempts, drainMs }
  timeline.freezeEnds()
  await abort(attempt, 'fence')
  throw new MigrationError(
    'unavailable',
    `the connection was lost at the commit point, and the ${ports.names.from} rolled back`,
    { remedy: `The ${ports.names.from} is as it was. Start a new run.` },
  )
}

async function pause({ lock, from, checked, timeline, order, ports }: Attempt): Promise<number> {
  goOnUnlessCancelled(ports)
  await preLock(lock, from, checked.targets)
  timeline.freezeStarts()
  goOnUnlessCancelled(ports)
  const locked = await lockShare(lock, from, checked.targets, {
    clock: ports.clock,
    signal: ports.signal,
    budgetMs: order.plan.cutover.freezeBudgetMs / 2,
  })
  return locked.attempts
}

/** Marker and drain. Gives how long the marker took, in ms. */
export async function provenDrain(attempt: Attempt): Promise<number> {
  const { from, to, order, checked, generation, ports, timeline } = attempt
  const started = ports.clock.elapsed()
  const markerTables = checked.carriers.map(({ markerTable }) => markerTable.table)
  const marker = await writeMarkers(from, markerTables, 'drain', order.run.runId)
  goOnUnlessCancelled(ports)
  // Beside the marker's way: under the locks nobody truncates any more, and what was truncated since the check shows now.
  const uncarried = refuseUncarried(attempt)
  uncarried.catch(() => undefined)
  const sight = await drain(to, {
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
  // A drain that ran out of time because somebody cancelled is no fault of replication.
  goOnUnlessCancelled(ports)
  refuseProblems('refused', judgeDrain(sight, checked, ports.names.to))
  await uncarried
  return drainMs
}

/** What DMS does not carry, in one round trip beside the marker's way. */
async function refuseUncarried({ from, order, checked }: Attempt): Promise<void> {
  const seen = await readUncarried(from, order.plan)
  refuseProblems('refused', judgeUncarried(seen, order.plan, checked.comparedEqual).problems)
}

async function raise({ lock, checked, generation, ports, timeline, order }: Attempt): Promise<CommitPoint> {
  const { freezeBudgetMs } = order.plan.cutover
  const point = await raiseFence(
    lock,
    { ...checked.fence, generation: generation.toString() },
    freezeBudgetMs - timeline.frozenFor(),
  )
  // The last statement before COMMIT: locks do not keep anybody from making a new table, and its rows are in no task.
  if ((await ports.readFingerprint(lock)) !== checked.fingerprint) {
    throw new MigrationError(
      'refused',
      `the ${ports.names.from}’s schema changed between check and commit point`,
      {
        remedy: `Run preflight again: the plan does not fit it any more. The ${ports.names.from} is as it was.`,
      },
    )
  }
  goOnUnlessCancelled(ports)
  if (timeline.frozenFor() > freezeBudgetMs) {
    throw new MigrationError(
      'timeout',
      `the freeze reached its budget of ${freezeBudgetMs} ms before the commit point`,
      { remedy: `The ${ports.names.from} is as it was. See the timeline for what took so long.` },
    )
  }
  return point
}

export function goOnUnlessCancelled({ signal }: CutoverPorts): void {
  if (signal.aborted) throw new MigrationError('cancelled', 'the run was cancelled before its commit point')
}

/** What ended a run before its commit point, in words: a server that ends a session or a statement is no bug of ours. */
export function endedBefore(error: unknown, phase: BeforeCommit, { names }: CutoverPorts): unknown {
  if (error instanceof MigrationError) return error
  const state = sqlState(error) ?? ''
  const message = error instanceof Error ? error.message : String(error)
  if (state === '57014' || state === '25P04')
    return new MigrationError('timeout', `phase ${phase} took longer than the freeze's budget: ${message}`, {
      remedy: `The ${names.from} is as it was. See the timeline for what took so long.`,
      cause: error,
    })
  // Connection and operator classes, serialization and locks, sockets; a read that the client gave up has no code.
  if (/^(08|25P|57P|40|55|E[A-Z]+$)/u.test(state) || state === '')
    return new MigrationError('unavailable', `the pause ended in phase ${phase}: ${message}`, {
      remedy: `PostgreSQL gives the ${names.from} back by itself. Look at both servers, then start a new run.`,
      cause: error,
    })
  return error
}

/**
 * Closing the lock session is the ROLLBACK, also where its answer gets lost; once its backend is gone the row says so.
 * Bounded, since a runner gives a cancelled step seconds only. Says no more than it knows.
 */
async function abort(attempt: Attempt, phase: BeforeCommit): Promise<void> {
  const { lock, ports, order, generation, timeline } = attempt
  await lock.close()
  try {
    const session = await ports.openFrom(new AbortController().signal, {}, 2000)
    try {
      await endLockSession(session, lock.pid)
      const aborted = await abortDecision(session, order.run, generation, phase)
      if (aborted)
        await writeJournal(session, order.run, generation, 'aborted', {
          phase,
          freezeMs: timeline.freezeMs,
        })
      ports.log.line(
        aborted
          ? `aborted in phase ${phase}: the ${ports.names.from} is as it was`
          : `aborted in phase ${phase}: this run changed nothing; another one has taken over the decision`,
      )
    } finally {
      await session.close()
    }
  } catch {
    ports.log.warn(
      `aborted in phase ${phase}; it could not be written down, since the ${ports.names.from} does not answer. PostgreSQL rolls the pause back by itself within seconds; the next run tidies up.`,
    )
  }
}
