import { carriers } from '../migration/carriers.ts'
import { opposite, type Direction } from '../migration/direction.ts'
import type { Session } from '../postgres/session.ts'
import { MigrationError } from '../runtime/errors.ts'
import { check } from './check.ts'
import { beginDecision, readDecision, writeJournal } from './decision.ts'
import type { CommitPoint } from './fence.ts'
import { finishAfterCommit, type AfterCommitResult } from './after-commit.ts'
import { BothSessions } from './both-sessions.ts'
import { endLockSession, lockSessionSettings, openingSessionSettings } from './lock-session.ts'
import type { SlotAtCut } from './await-drain.ts'
import { decideStart } from './decide-start.ts'
import { ofDatabase, type CutoverOrder, type CutoverPorts } from './ports.ts'
import { holdClients, releaseClients } from './held-clients.ts'
import { Timeline } from './timeline.ts'
import { takeTurn, turnSettings, type Turn } from './turn.ts'
import { giveBackDeadRun } from './read-only/give-back-dead-run.ts'
import { reachReadOnly } from './read-only/reach-read-only.ts'
import { reachCommitPoint } from './until-commit.ts'
import { slotsOf } from './way-back/slots.ts'
import { refuseOutsideWindow } from './window.ts'

export interface CutoverResult extends AfterCommitResult {
  readonly direction: Direction
  readonly generation: bigint
  readonly resumed: boolean
  readonly freezeMs: number | undefined
  /** Statements that were sent inside the freeze, by all sessions, also those sent side by side. */
  readonly freezeRoundTrips: number | undefined
  /** From the marker's writing to its sight on the other database, inside the freeze: replication's part of it. */
  readonly drainMs: number | undefined
  readonly roundTripMs: number | undefined
  readonly lockAttempts: number
  /** For how long attempts at the locks that failed may have held writers up before the freeze, in ms. */
  readonly lockStalledMs: number
  readonly commit: CommitPoint | undefined
  /** Where the slots of the way back begin. */
  readonly cut: readonly SlotAtCut[]
}

/**
 * The cutover with `fence: lock` (design section 5), in either direction: from the database that is left to the one that is
 * entered. Before the commit point every failure, cancellation or death ends in a ROLLBACK by PostgreSQL and nothing changed; after it there is only forward, and a run that fails there
 * is finished by running it again. Throws MigrationError; what it says is what is true of the two databases.
 */
export async function runCutover(order: CutoverOrder, given: CutoverPorts): Promise<CutoverResult> {
  const { ports, sent } = countedPorts(given)
  const timeline = new Timeline(ports.clock, sent, ports.phases)
  // Cancellation reaches the sessions until the commit point; afterwards nothing of ours may be cut short.
  const untilCommit = new AbortController()
  const cancel = () => untilCommit.abort()
  ports.signal.addEventListener('abort', cancel, { once: true })
  const sessions: Session[] = []
  let past: BothSessions | undefined
  let turn: Turn | undefined
  const open = async (session: Promise<Session>) => {
    const opened = await session
    sessions.push(opened)
    return opened
  }
  try {
    const from = await open(ports.openFrom(untilCommit.signal))
    const toSettings = openingSessionSettings(order.plan.cutover.freezeBudgetMs)
    const to = await open(ports.openTo(untilCommit.signal, toSettings))
    const both = new BothSessions(ports, { from, to }, toSettings)
    past = both
    // On the source in either direction, so that a cutover and a fall-back never run side by side. Not counted: it beats for
    // itself, and nobody waits for it.
    const openTurn = ofDatabase(ports.names, { from: given.openFrom, to: given.openTo }, 'source')
    turn = await takeTurn(
      await open(openTurn(new AbortController().signal, turnSettings)),
      order.run.migration,
    )
    const turnPids = ofDatabase(
      ports.names,
      { from: { from: [turn.pid], to: [] }, to: { from: [], to: [turn.pid] } },
      'source',
    )
    const start = decideStart(
      order.run.direction,
      await readDecision(from, order.run.migration),
      await readDecision(to, order.run.migration),
      order.run.planDigest,
    )
    if (start.kind === 'refuse') throw new MigrationError('refused', start.message, { remedy: start.remedy })
    const carrying = carriers(order.plan, order.run.direction, start.carriedBy)
    if (start.kind !== 'fresh') {
      ports.signal.removeEventListener('abort', cancel)
      ports.log.line(
        `resuming generation ${start.decision.generation}: ${start.kind === 'open' ? `past the commit point, the ${ports.names.to} is still closed` : `the ${ports.names.to} is open`}`,
      )
      const forward = await finishAfterCommit({
        order,
        ports,
        timeline,
        sessions: both,
        keepPids: turnPids,
        generation: start.decision.generation,
        carriers: carrying,
        slots: order.plan.cutover.fallBack
          ? slotsOf({
              carriers: carriers(order.plan, opposite(order.run.direction), start.decision.generation),
            })
          : [],
        fencedTables: undefined,
        fencedBy: start.carriedBy,
        opened: start.kind === 'switch',
        drained: false,
        atCommit: undefined,
        toSequences: undefined,
        fromSequences: undefined,
        foreseen: undefined,
      })
      return {
        ...forward,
        direction: order.run.direction,
        generation: start.decision.generation,
        resumed: true,
        freezeMs: undefined,
        freezeRoundTrips: undefined,
        drainMs: undefined,
        roundTripMs: undefined,
        lockAttempts: 0,
        lockStalledMs: 0,
        cut: [],
        commit: undefined,
      }
    }

    if (start.deadRun !== undefined) {
      await buryDeadRun(from, start.deadRun.detail)
      await giveBackDeadRun(from, order.run.migration, start.deadRun, ports.log)
    }
    // Before the check, which rehearses in it.
    const lock = await open(
      ports.openFrom(untilCommit.signal, lockSessionSettings(order.plan.cutover.freezeBudgetMs)),
    )
    const drainer = await open(ports.openTo(untilCommit.signal, toSettings))
    const keepPids = { from: turnPids.from, to: [...turnPids.to, drainer.pid] }
    const checked = await timeline.during('check', () =>
      check({ from, to, lock, drainer }, order, ports, {
        carriers: carrying,
        fencedBy: start.carriedBy,
        generation: start.seenGeneration + 1n,
      }),
    )
    // Once more: a check takes its time, and nobody is to be paused when the window has closed.
    await refuseOutsideWindow(from, order.run.direction, order.plan.cutover.window)
    const generation = await beginDecision(from, order.run, start.seenGeneration, { lockPid: lock.pid })
    ports.announce({ generation, lockPid: lock.pid })
    await writeJournal(from, order.run, generation, 'pausing', {
      lockPid: lock.pid,
      roundTripMs: checked.roundTripMs,
      rehearsedMs: checked.rehearsedMs,
      approval: order.approval ?? null,
    })

    const reach = checked.closing === 'read-only' ? reachReadOnly : reachCommitPoint
    await holdClients(from, order, ports, generation)
    const reached = await reach({
      order,
      ports,
      timeline,
      from,
      to,
      drainer,
      lock,
      checked,
      generation,
      keepPids,
      fencedBy: start.carriedBy,
      openProbe: () => open(ports.openFrom(untilCommit.signal, {}, 3000)),
      beforeCommit: () => ports.signal.removeEventListener('abort', cancel),
    }).catch(async (error: unknown) => {
      await releaseClients(order, ports, generation)
      throw error
    })
    const { commit, atCommit, ...counted } = reached
    ports.log.line(
      `commit point passed at ${commit.lsn} (transaction ${commit.xid}); from here on only forward`,
    )
    const finishing = finishAfterCommit({
      order,
      ports,
      timeline,
      sessions: both,
      keepPids,
      generation,
      carriers: carrying,
      slots: checked.slots,
      fencedTables: checked.fence.tables,
      fencedBy: start.carriedBy,
      opened: false,
      drained: true,
      atCommit,
      toSequences: checked.toSequences,
      fromSequences: checked.fromSequences,
      foreseen: checked.foreseen,
    })
    await Promise.allSettled([finishing])
    await keepTimes(order, ports, both, generation, timeline)
    const forward = await finishing
    return {
      ...forward,
      direction: order.run.direction,
      generation,
      resumed: false,
      freezeMs: timeline.freezeMs,
      freezeRoundTrips: timeline.freezeStatements,
      ...counted,
      commit,
      roundTripMs: checked.roundTripMs,
    }
  } finally {
    ports.signal.removeEventListener('abort', cancel)
    turn?.stop()
    await Promise.all([...sessions.map((session) => session.close()), past?.close()])
  }
}

/** The same ports, and how many statements the sessions sent that were opened through them. */
function countedPorts(given: CutoverPorts): { ports: CutoverPorts; sent: () => number } {
  const opened: Session[] = []
  const keep = (session: Session) => {
    opened.push(session)
    return session
  }
  return {
    ports: {
      ...given,
      openFrom: async (...how) => keep(await given.openFrom(...how)),
      openTo: async (...how) => keep(await given.openTo(...how)),
    },
    // Opening a session takes one of its own: its settings.
    sent: () => opened.reduce((sum, { roundTrips }) => sum + 1 + roundTrips, 0),
  }
}

/**
 * What it took, for the next prediction: also where something after the opening failed, since another run cannot know it. The
 * cutover is done: a journal that cannot be written changes nothing about it.
 */
async function keepTimes(
  { run }: CutoverOrder,
  { log }: CutoverPorts,
  sessions: BothSessions,
  generation: bigint,
  { freezeMs, phases }: Timeline,
): Promise<void> {
  if (freezeMs === undefined) return
  try {
    await writeJournal(sessions.from, run, generation, 'finished', { freezeMs, phases })
  } catch {
    log.warn('the times of this cutover could not be kept in the journal')
  }
}

/** The lock session of a run that died: PostgreSQL ends it by itself within seconds; this makes sure. */
async function buryDeadRun(from: Session, detail: Readonly<Record<string, unknown>>): Promise<void> {
  if (typeof detail.lockPid === 'number') await endLockSession(from, detail.lockPid)
}
