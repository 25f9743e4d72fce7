import { dmsControlSchema } from '../dms/task-settings.ts'
import { writeMarkers } from '../control/markers.ts'
import type { Session } from '../postgres/session.ts'
import { MigrationError, refuseProblems } from '../runtime/errors.ts'
import { check, type Checked } from './check.ts'
import { abortDecision, beginDecision, readDecision, writeJournal } from './decision.ts'
import { commitFence, raiseFence, type CommitPoint } from './fence.ts'
import { finishForward, type ForwardResult } from './forward.ts'
import { lockSessionSettings, startHeartbeat } from './lock-session.ts'
import { drain } from './opening.ts'
import { lockShare, preLock } from './pause.ts'
import { decideStart, type BeforeCommit } from './phase.ts'
import type { CutoverOrder, CutoverPorts } from './ports.ts'
import { judgeDrain } from './readiness.ts'
import { Timeline } from './timeline.ts'

export interface CutoverResult extends ForwardResult {
  readonly generation: bigint
  readonly resumed: boolean
  readonly freezeMs: number | undefined
  /** From the marker's writing to its sight on the target, inside the freeze: replication's part of it. */
  readonly drainMs: number | undefined
  readonly roundTripMs: number | undefined
  readonly lockAttempts: number
  readonly commit: CommitPoint | undefined
  readonly phases: Timeline['phases']
}

/**
 * The cutover with `fence: lock` (design section 5). Before the commit point every failure, cancellation or death ends
 * in a ROLLBACK by PostgreSQL and the source is as it was; after it there is only forward, and a run that fails there
 * is finished by running it again. Throws MigrationError; what it says is what is true of the two databases.
 */
export async function runCutover(order: CutoverOrder, ports: CutoverPorts): Promise<CutoverResult> {
  const timeline = new Timeline(ports.clock)
  // Cancellation reaches the sessions until the commit point; afterwards nothing of ours may be cut short.
  const untilCommit = new AbortController()
  const cancel = () => untilCommit.abort()
  ports.signal.addEventListener('abort', cancel, { once: true })
  const sessions: Session[] = []
  const open = async (session: Promise<Session>) => {
    const opened = await session
    sessions.push(opened)
    return opened
  }
  try {
    const source = await open(ports.openSource(untilCommit.signal))
    const target = await open(
      ports.openTarget(untilCommit.signal, {
        statement_timeout: `${order.plan.cutover.freezeBudgetMs + 30_000}ms`,
      }),
    )
    await takeTurn(source, order.run.migration)
    const start = decideStart(
      await readDecision(source, order.run.migration),
      await readDecision(target, order.run.migration),
      order.run.planDigest,
    )
    if (start.kind === 'refuse') throw new MigrationError('refused', start.message, { remedy: start.remedy })
    if (start.kind !== 'fresh') {
      ports.signal.removeEventListener('abort', cancel)
      ports.log.line(
        `resuming generation ${start.decision.generation}: ${start.kind === 'open' ? 'past the commit point, the target is still closed' : 'the target is open'}`,
      )
      const forward = await finishForward({
        order,
        ports,
        timeline,
        source,
        target,
        generation: start.decision.generation,
        opened: start.kind === 'switch',
        drained: false,
        targetSequences: undefined,
      })
      return {
        ...forward,
        generation: start.decision.generation,
        resumed: true,
        freezeMs: undefined,
        drainMs: undefined,
        roundTripMs: undefined,
        lockAttempts: 0,
        commit: undefined,
        phases: timeline.phases,
      }
    }

    if (start.deadRun !== undefined) await buryDeadRun(source, start.deadRun.detail)
    const checked = await timeline.during('check', () => check(source, target, order, ports))
    const lock = await open(
      ports.openSource(untilCommit.signal, lockSessionSettings(order.plan.cutover.freezeBudgetMs)),
    )
    const generation = await beginDecision(source, order.run, start.seenGeneration, { lockPid: lock.pid })
    ports.announce({ generation, lockPid: lock.pid })
    await writeJournal(source, order.run, generation, 'pausing', {
      lockPid: lock.pid,
      roundTripMs: checked.roundTripMs,
    })

    let phase: BeforeCommit = 'pause'
    let commit: CommitPoint
    let drainMs: number
    let attempts: number
    try {
      attempts = await timeline.during('pause', () => pause(lock, source, order, checked, ports, timeline))
      const beat = startHeartbeat(lock, order.plan.cutover.freezeBudgetMs)
      try {
        phase = 'drain'
        drainMs = await timeline.during('drain', () =>
          provenDrain(lock, source, target, order, checked, generation, ports, timeline),
        )
      } finally {
        await beat.stop()
      }
      beat.check()
      phase = 'fence'
      commit = await timeline.during('fence', () =>
        passCommitPoint(lock, order, checked, generation, ports, timeline, () =>
          ports.signal.removeEventListener('abort', cancel),
        ),
      )
    } catch (error) {
      timeline.freezeEnds()
      await abort(lock, ports, order, generation, phase)
      throw error
    }
    ports.log.line(
      `commit point passed at ${commit.lsn} (transaction ${commit.xid}); from here on only forward`,
    )
    const forward = await finishForward({
      order,
      ports,
      timeline,
      source,
      target,
      generation,
      opened: false,
      drained: true,
      targetSequences: checked.targetSequences,
    })
    return {
      ...forward,
      generation,
      resumed: false,
      freezeMs: timeline.freezeMs,
      drainMs,
      roundTripMs: checked.roundTripMs,
      lockAttempts: attempts,
      commit,
      phases: timeline.phases,
    }
  } finally {
    ports.signal.removeEventListener('abort', cancel)
    await Promise.all(sessions.map((session) => session.close()))
  }
}

/** One cutover of a migration at a time, for as long as this session lives; a second one touches nothing. */
async function takeTurn(source: Session, migration: string): Promise<void> {
  const [row] = await source.query<{ mine: boolean }>(
    `select pg_try_advisory_lock(hashtextextended('aurora_migration cutover ' || $1, 0)) as mine`,
    [migration],
  )
  if (row?.mine === true) return
  throw new MigrationError('refused', 'another run is cutting this migration over right now', {
    remedy: 'Leave it to that run; this one touched nothing.',
  })
}

/** The lock session of a run that died: PostgreSQL ends it by itself within seconds; this makes sure. */
async function buryDeadRun(source: Session, detail: Readonly<Record<string, unknown>>): Promise<void> {
  if (typeof detail.lockPid !== 'number') return
  await source.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where pid = $1 and application_name like 'aurora-migration%' and pid <> pg_backend_pid()`,
    [detail.lockPid],
  )
}

async function pause(
  lock: Session,
  source: Session,
  order: CutoverOrder,
  checked: Checked,
  ports: CutoverPorts,
  timeline: Timeline,
): Promise<number> {
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
async function provenDrain(
  lock: Session,
  source: Session,
  target: Session,
  order: CutoverOrder,
  checked: Checked,
  generation: bigint,
  ports: CutoverPorts,
  timeline: Timeline,
): Promise<number> {
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

async function passCommitPoint(
  lock: Session,
  order: CutoverOrder,
  checked: Checked,
  generation: bigint,
  ports: CutoverPorts,
  timeline: Timeline,
  beforeCommit: () => void,
): Promise<CommitPoint> {
  const point = await raiseFence(lock, { ...checked.fence, generation: generation.toString() })
  if (ports.signal.aborted)
    throw new MigrationError('cancelled', 'the run was cancelled before its commit point')
  if (timeline.frozenFor() > order.plan.cutover.freezeBudgetMs) {
    throw new MigrationError(
      'timeout',
      `the freeze reached its budget of ${order.plan.cutover.freezeBudgetMs} ms before the commit point`,
      { remedy: 'The source is as it was. See the timeline for what took so long.' },
    )
  }
  beforeCommit()
  const never = new AbortController().signal
  const outcome = await commitFence(lock, () => ports.openSource(never), order.run, generation, ports.clock)
  if (outcome === 'rolled-back') {
    throw new MigrationError(
      'unavailable',
      'the connection was lost at the commit point, and the source rolled back',
      { remedy: 'The source is as it was. Run cutover again.' },
    )
  }
  return point
}

/** Abort is ROLLBACK: closing the lock session does it even where the answer gets lost. Then the row says so. */
async function abort(
  lock: Session,
  ports: CutoverPorts,
  order: CutoverOrder,
  generation: bigint,
  phase: BeforeCommit,
): Promise<void> {
  const never = new AbortController().signal
  // Closing is a ROLLBACK, too, and never waits long; an answer is not needed.
  await lock.close()
  try {
    const session = await ports.openSource(never)
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
