import { planSchemas } from '../migration/plan-schemas.ts'
import { sqlState, type Session } from '../postgres/session.ts'
import { MigrationError } from '../runtime/errors.ts'
import type { Checked } from './check.ts'
import { abortDecision, writeJournal } from './decision.ts'
import { provenDrain, type Drained } from './proven-drain.ts'
import { sendAhead, type AtCommit } from './at-commit.ts'
import { commitFence } from './commit-fence.ts'
import { lookBeforeFence, raiseFence, warmProof, type CommitPoint, type LookBefore } from './fence.ts'
import { goOnUnlessCancelled } from './go-on.ts'
import { endLockSession, startHeartbeat } from './lock-session.ts'
import type { SlotAtCut } from './await-drain.ts'
import { endedBefore } from './ended-before.ts'
import { prepareOpening, type PreparedOpening } from './prepared-opening.ts'
import { openingOf } from './shut-out.ts'
import { lockShare, preLock } from './pause.ts'
import type { BeforeCommit } from './phase.ts'
import type { CutoverOrder, CutoverPorts } from './ports.ts'
import type { Timeline } from './timeline.ts'

/** One attempt to reach the commit point. */
export interface Attempt {
  readonly order: CutoverOrder
  readonly ports: CutoverPorts
  readonly timeline: Timeline
  readonly from: Session
  readonly to: Session
  /** On `to`: waits for the markers, while `to` itself prepares the opening. */
  readonly drainer: Session
  /** Holds the locks, and in the end the fence, in one transaction. */
  readonly lock: Session
  readonly checked: Checked
  readonly generation: bigint
  /** Sessions of this run beside those above: not to be ended. */
  readonly keepPids: { readonly from: readonly number[]; readonly to: readonly number[] }
  /** The generation whose fence closes `to`; undefined where the guard does. */
  readonly fencedBy: bigint | undefined
  /** Opens a session on `from` for the proof of the fence; it is closed with the run at the latest. */
  readonly openProbe: () => Promise<Session>
  /** Called right before COMMIT: from then on a cancellation must not reach the sessions. */
  readonly beforeCommit: () => void
}

export interface Reached {
  readonly commit: CommitPoint
  readonly lockAttempts: number
  /** For how long attempts that failed may have held writers up, before the freeze. */
  readonly lockStalledMs: number
  /** From the marker's writing to its sight on the other database: replication's part of the freeze, in ms. */
  readonly drainMs: number
  /** Where the slots of the way back begin. */
  readonly cut: readonly SlotAtCut[]
  /** Undefined where the old sessions were ended before. */
  readonly atCommit: AtCommit | undefined
}

/**
 * Pause, drain, fence, COMMIT. Whatever fails before the COMMIT is a ROLLBACK: the database is as it was, and the row
 * says `aborted`. Where even the row cannot tell what became of the COMMIT, throws and touches nothing more.
 */
export async function reachCommitPoint(attempt: Attempt): Promise<Reached> {
  const { timeline, lock, order, ports, generation } = attempt
  const freezeBudgetMs = order.plan.cutover.freezeBudgetMs
  let phase: BeforeCommit = 'pause'
  const { opening, shut } = openingOf(attempt)
  let prepared: PreparedOpening | undefined
  let probe: Session
  let locked: Paused
  let ready: Ready
  try {
    probe = await openProbe(attempt)
    if (!shut.readers) prepared = prepareOpening(attempt.to, shut, opening)
    locked = await timeline.during('pause', () => pause(attempt, prepared))
    phase = 'drain'
    ready = await drainAndRaise(attempt, locked.before, prepared, () => {
      phase = 'fence'
    })
    phase = 'fence'
    await stillThere(attempt, ready.drained.at)
    goOnUnlessCancelled(ports)
    if (timeline.frozenFor() > freezeBudgetMs) {
      throw new MigrationError(
        'timeout',
        `the freeze reached its budget of ${freezeBudgetMs} ms before the commit point`,
        { remedy: `The ${ports.names.from} is as it was. See the timeline for what took so long.` },
      )
    }
  } catch (error) {
    timeline.freezeEnds()
    await abort(attempt, phase)
    await prepared?.drop()
    throw endedBefore(error, phase, ports)
  }
  const { drained, raised, begun } = ready
  attempt.beforeCommit()
  const never = new AbortController().signal
  const { keep, sent } = sendAhead(attempt, probe)
  const outcome = await commitFence(lock, () => ports.openFrom(never), order.run, generation, ports.clock, {
    drift: locked.before.drift,
    keep,
  })
  if (outcome.kind === 'committed')
    return {
      commit: { xid: raised.xid, lsn: outcome.lsn ?? raised.lsn },
      lockAttempts: locked.attempts,
      lockStalledMs: Math.round(locked.stalledMs),
      drainMs: drained.ms,
      cut: drained.cut,
      atCommit: { ...sent, begun, signalled: outcome.signalled },
    }
  timeline.freezeEnds()
  await prepared?.drop()
  await abort(attempt, 'fence')
  if (outcome.kind === 'drifted') throw schemaChanged(ports)
  throw new MigrationError(
    'unavailable',
    `the connection was lost at the commit point, and the ${ports.names.from} rolled back`,
    { remedy: `The ${ports.names.from} is as it was. Start a new run.` },
  )
}

/** All that the commit point needs. */
interface Ready {
  readonly drained: Drained
  readonly raised: CommitPoint
  /** See AtCommit. */
  readonly begun: Promise<boolean> | undefined
}

/**
 * Side by side, since nobody sees anything of the fence before the COMMIT, and the marker's way takes the longest. `onFence` is
 * called where the fence is what fails.
 */
async function drainAndRaise(
  attempt: Attempt,
  before: LookBefore,
  prepared: PreparedOpening | undefined,
  onFence: () => void,
): Promise<Ready> {
  const { timeline, lock, order } = attempt
  const raising = timeline
    .during('fence', () => raise(attempt, before))
    .catch((error: unknown) => {
      onFence()
      throw error
    })
  // Busy until then, so that it needs no beat.
  const beating = raising.then(() => startHeartbeat(lock, order.plan.cutover.freezeBudgetMs))
  const lost = beating.then((beat) => beat.lost)
  lost.catch(() => undefined)
  try {
    const draining = timeline.during('drain', () => Promise.race([provenDrain(attempt), lost]))
    // Nothing of it stands before its own COMMIT, and it has the proof that it needs.
    const opening = draining.then((drained) => ({ drained, begun: prepared?.begin() }))
    const [{ drained, begun }, raised] = await Promise.all([opening, raising])
    await (await beating).stop()
    await Promise.race([lost, Promise.resolve()])
    return { drained, raised, begun }
  } finally {
    // Not awaited: closing the lock session is what a failed attempt has to do next.
    void beating.then((beat) => beat.stop()).catch(() => undefined)
  }
}

/** Before anybody waits: who it is, is what counts, and what it plans and loads now it need not later. */
async function openProbe({ openProbe: open, checked, ports: { names } }: Attempt): Promise<Session> {
  try {
    const fresh = await open()
    await warmProof(fresh, checked.fence.tables)
    return fresh
  } catch (cause) {
    throw new MigrationError(
      'unavailable',
      `the ${names.from} took no other session of this run: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        remedy: `The ${names.from} is as it was. Look at it and at the network between, then start a new run.`,
        cause,
      },
    )
  }
}

interface Paused {
  readonly attempts: number
  readonly stalledMs: number
  readonly before: LookBefore
}

async function pause(attempt: Attempt, prepared: PreparedOpening | undefined): Promise<Paused> {
  const { lock, from, checked, timeline, order, ports, generation } = attempt
  goOnUnlessCancelled(ports)
  await preLock(lock, from, checked.targets)
  goOnUnlessCancelled(ports)
  const before = await lookBeforeFence(
    lock,
    { ...checked.fence, generation: generation.toString() },
    planSchemas(order.plan),
  )
  if (before.drift.fingerprint !== checked.fingerprint) throw schemaChanged(ports)
  await prepared?.ready
  goOnUnlessCancelled(ports)
  const locked = await lockShare(lock, from, checked.targets, {
    clock: ports.clock,
    signal: ports.signal,
    budgetMs: order.plan.cutover.freezeBudgetMs / 2,
    beforeAttempt: () => timeline.freezeStarts(),
  })
  return { ...locked, before }
}

/** A proof that is older may be lost to a failover that nobody noticed: it is made durable again before the commit point. */
const freshMs = 200

/** The database that is to be entered answers, and writes: else nobody could write anywhere after the COMMIT. */
export async function stillThere(
  {
    drainer,
    ports,
    order,
    generation,
  }: Pick<Attempt, 'drainer' | 'generation'> & {
    readonly ports: Pick<CutoverPorts, 'clock'>
    readonly order: Pick<CutoverOrder, 'run'>
  },
  drainedAt: number,
): Promise<void> {
  if (ports.clock.elapsed() - drainedAt > freshMs)
    await writeJournal(drainer, order.run, generation, 'still-there', {})
}

async function raise(
  { lock, checked, generation, ports, timeline, order }: Attempt,
  before: LookBefore,
): Promise<CommitPoint> {
  try {
    return await raiseFence(
      lock,
      { ...checked.fence, generation: generation.toString() },
      before,
      order.plan.cutover.freezeBudgetMs - timeline.frozenFor(),
    )
  } catch (error) {
    throw sqlState(error) === 'AM005' ? schemaChanged(ports) : error
  }
}

function schemaChanged({ names }: CutoverPorts): MigrationError {
  return new MigrationError('refused', `the ${names.from}’s schema changed between check and commit point`, {
    remedy: `Run preflight again: the plan does not fit it any more. The ${names.from} is as it was.`,
  })
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
