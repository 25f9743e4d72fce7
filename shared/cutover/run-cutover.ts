import type { Session } from '../postgres/session.ts'
import { MigrationError } from '../runtime/errors.ts'
import { check } from './check.ts'
import { beginDecision, readDecision, writeJournal } from './decision.ts'
import type { CommitPoint } from './fence.ts'
import { finishForward, type ForwardResult } from './forward.ts'
import { endLockSession, lockSessionSettings } from './lock-session.ts'
import { decideStart } from './phase.ts'
import type { CutoverOrder, CutoverPorts } from './ports.ts'
import { Sides } from './sides.ts'
import { Timeline } from './timeline.ts'
import { takeTurn, turnSettings, type Turn } from './turn.ts'
import { reachCommitPoint } from './until-commit.ts'

export interface CutoverResult extends ForwardResult {
  readonly generation: bigint
  readonly resumed: boolean
  readonly freezeMs: number | undefined
  /** Statements that were sent inside the freeze, by all sessions, also those sent side by side. */
  readonly freezeRoundTrips: number | undefined
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
export async function runCutover(order: CutoverOrder, given: CutoverPorts): Promise<CutoverResult> {
  const { ports, sent } = countedPorts(given)
  const timeline = new Timeline(ports.clock, sent)
  // Cancellation reaches the sessions until the commit point; afterwards nothing of ours may be cut short.
  const untilCommit = new AbortController()
  const cancel = () => untilCommit.abort()
  ports.signal.addEventListener('abort', cancel, { once: true })
  const sessions: Session[] = []
  let past: Sides | undefined
  let turn: Turn | undefined
  const open = async (session: Promise<Session>) => {
    const opened = await session
    sessions.push(opened)
    return opened
  }
  try {
    const source = await open(ports.openSource(untilCommit.signal))
    const targetSettings = { statement_timeout: `${order.plan.cutover.freezeBudgetMs + 30_000}ms` }
    const target = await open(ports.openTarget(untilCommit.signal, targetSettings))
    const sides = new Sides(ports, { source, target }, targetSettings)
    past = sides
    turn = await takeTurn(
      // Not counted: it beats for itself, and nobody waits for it.
      await open(given.openSource(new AbortController().signal, turnSettings)),
      order.run.migration,
    )
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
        sides,
        turnPid: turn.pid,
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
        freezeRoundTrips: undefined,
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
      rehearsedMs: checked.rehearsedMs,
      approval: order.approval ?? null,
    })

    const reached = await reachCommitPoint({
      order,
      ports,
      timeline,
      source,
      target,
      lock,
      checked,
      generation,
      beforeCommit: () => ports.signal.removeEventListener('abort', cancel),
    })
    const { commit } = reached
    ports.log.line(
      `commit point passed at ${commit.lsn} (transaction ${commit.xid}); from here on only forward`,
    )
    const forward = await finishForward({
      order,
      ports,
      timeline,
      sides,
      turnPid: turn.pid,
      generation,
      opened: false,
      drained: true,
      targetSequences: checked.targetSequences,
    })
    await keepTimes(order, ports, sides, generation, timeline)
    return {
      ...forward,
      generation,
      resumed: false,
      freezeMs: timeline.freezeMs,
      freezeRoundTrips: timeline.freezeStatements,
      ...reached,
      roundTripMs: checked.roundTripMs,
      phases: timeline.phases,
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
      openSource: async (...how) => keep(await given.openSource(...how)),
      openTarget: async (...how) => keep(await given.openTarget(...how)),
    },
    sent: () => opened.reduce((sum, { roundTrips }) => sum + roundTrips, 0),
  }
}

/** What it took, for the next prediction. The cutover is done: a journal that cannot be written changes nothing about it. */
async function keepTimes(
  { run }: CutoverOrder,
  { log }: CutoverPorts,
  sides: Sides,
  generation: bigint,
  { freezeMs, phases }: Timeline,
): Promise<void> {
  try {
    await writeJournal(sides.source, run, generation, 'finished', { freezeMs, phases })
  } catch {
    log.warn('the times of this cutover could not be kept in the journal of the source')
  }
}

/** The lock session of a run that died: PostgreSQL ends it by itself within seconds; this makes sure. */
async function buryDeadRun(source: Session, detail: Readonly<Record<string, unknown>>): Promise<void> {
  if (typeof detail.lockPid === 'number') await endLockSession(source, detail.lockPid)
}
