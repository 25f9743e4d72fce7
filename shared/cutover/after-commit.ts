import type { Carrier } from '../migration/carriers.ts'
import type { TableName } from '../migration/plan.ts'
import { readSequences, type SequenceState } from '../sequences/sequences.ts'
import type { Session } from '../postgres/session.ts'
import { asMigrationError, MigrationError } from '../runtime/errors.ts'
import type { BothSessions } from './both-sessions.ts'
import { writeJournal } from './decision.ts'
import { drainAgain } from './drain-again.ts'
import { setSince, type KnownSequences } from './end-sessions.ts'
import { finalValues, finalValuesSince, type FinalValues, type ForeseenValues } from './final-values.ts'
import { installFunctions } from './install-functions.ts'
import { finishOpening, type OpenedDatabase } from './opening.ts'
import { drainProved } from './await-drain.ts'
import { closeFrom } from './close-from.ts'
import { endReadOnlySessions, endSessionsOf, openingOf, shutOutAndBegin, shutOutAndOpen } from './shut-out.ts'
import type { CutoverOrder, CutoverPorts } from './ports.ts'
import { readStragglersStatement } from './statements.ts'
import { resumeAll } from './pausers/pausers-of.ts'
import type { SwitchResult } from './switchers/switcher.ts'
import { switchAll } from './switchers/switchers-of.ts'
import type { StartedWayBack } from './way-back/start-way-back.ts'
import type { AtCommit } from './at-commit.ts'
import { finishTidily } from './tidy-finish.ts'
import type { Timeline } from './timeline.ts'

export interface Straggler {
  readonly pid: number
  readonly user: string
  readonly application: string
  readonly address: string
  readonly state: string | null
}

/** What was done after the commit point. */
export interface AfterCommitResult {
  readonly sessionsEnded: number
  readonly sequencesSet: number
  readonly switches: readonly SwitchResult[]
  readonly stragglers: readonly Straggler[]
  /** Proved, or none where the plan wants none. */
  readonly wayBack: StartedWayBack
  /** What is still to be done by hand or by another run; empty when all went well. */
  readonly left: readonly string[]
}

export interface AfterCommit {
  readonly order: CutoverOrder
  readonly ports: CutoverPorts
  readonly timeline: Timeline
  readonly sessions: BothSessions
  /** Other sessions of ours on the two databases, which are not to be ended. */
  readonly keepPids: { readonly from: readonly number[]; readonly to: readonly number[] }
  readonly generation: bigint
  /** What carried the rows to the database that is entered. */
  readonly carriers: readonly Carrier[]
  /** Slots of the way back on the database that is entered. */
  readonly slots: readonly string[]
  /** It is open already: only switch and watch. */
  readonly opened: boolean
  /** This very run drained; a resumed one looks for the proof, and drains again where there is none. */
  readonly drained: boolean
  readonly atCommit: AtCommit | undefined
  /** Of the check; undefined in a resumed run, which reads them. */
  readonly toSequences: readonly SequenceState[] | undefined
  readonly fromSequences: KnownSequences | undefined
  readonly foreseen: ForeseenValues | undefined
  /** What was fenced; undefined in a resumed run, which reads it. */
  readonly fencedTables: readonly TableName[] | undefined
  /** The generation whose fence closes the database that is entered; undefined where the guard does. */
  readonly fencedBy: bigint | undefined
}

/**
 * Everything after the commit point: end the old sessions, prove the fence, open the other database, switch, watch. Each
 * step can be repeated; none leads back. Fails with what is left to do, never by re-opening the database that was left.
 */
export async function finishAfterCommit(run: AfterCommit): Promise<AfterCommitResult> {
  const { timeline, ports } = run
  try {
    const opened = run.opened ? undefined : await open(run)
    const { switches, left: unswitched } = await timeline.during('switch', () => switchClients(run))
    // Nobody waits for the rest: clients know where to go.
    const behind = opened === undefined ? [] : await leftBehind(run, opened)
    const stragglers = await timeline.during('watch', () => watch(run))
    const tidied = await finishTidily(run)
    const failed = [...unswitched, ...tidied.failed]
    const left = [...behind, ...tidied.left]
    if (failed.length > 0) {
      throw new MigrationError('unavailable', failed.join('; '), {
        remedy: `The ${ports.names.to} is open, and nobody waits for the database.`,
        // Also what another run would not find any more, since it does not open.
        problems: [...failed, ...left].map((message) => ({ field: ports.names.to, message, remedy: '' })),
      })
    }
    return {
      sessionsEnded: opened?.sessionsEnded ?? 0,
      sequencesSet: opened?.sequencesSet ?? 0,
      switches,
      stragglers,
      wayBack: tidied.wayBack,
      left,
    }
  } catch (thrown) {
    const error = asMigrationError(thrown)
    throw new MigrationError(
      error.code === 'bug' ? 'unavailable' : error.code,
      `past the commit point: ${error.message}`,
      {
        remedy:
          `${error.remedy} The ${ports.names.from} stays closed. Run this again with the same inputs: it goes on from here.`.trim(),
        problems: error.problems,
        cause: error.cause ?? error,
      },
    )
  } finally {
    ports.log.debug(JSON.stringify(timeline.phases))
  }
}

interface Opened {
  readonly sessionsEnded: number
  readonly sequencesSet: number
  /** What the opening could not do, as sentences. */
  readonly left: readonly string[]
  /** As the values on the database that is entered were made from them. */
  readonly taken: readonly SequenceState[]
}

async function open(run: AfterCommit): Promise<Opened> {
  const { order, ports, timeline, sessions, generation, fencedBy } = run
  if (!run.drained) {
    await sessions.persist('looking for the proof of the drain', async () => {
      await installFunctions(sessions, fencedBy)
      if (!(await drainProved(sessions.to, order.run.migration, generation))) await drainAgain(run)
    })
  }
  let { atCommit } = run
  let begun: Session | undefined
  const { opening, shut } = openingOf(run)
  // Beside the end of the old sessions: all of the opening that does not need their last word.
  const begin = async (prepared: AtCommit | undefined) => {
    const { to } = sessions
    if (await (prepared?.begun ?? shutOutAndBegin(to, shut, opening))) begun = to
  }
  const ended = await timeline.during('end-sessions', () =>
    sessions.persist('ending the old sessions', async () => {
      const prepared = atCommit
      atCommit = undefined
      const [closed, entered] = await Promise.allSettled([closeFrom(run, prepared), begin(prepared)])
      if (closed.status === 'fulfilled' && entered.status === 'fulfilled') return closed.value
      if (closed.status === 'fulfilled') void closed.value.probe.close()
      // Nothing of an opening may stand while it is not proved that the other database is closed.
      begun = undefined
      await sessions.to.query('rollback').catch(() => undefined)
      throw closed.status === 'rejected' ? closed.reason : (entered as PromiseRejectedResult).reason
    }),
  )
  let sequences: FinalValues
  let opened: OpenedDatabase
  try {
    sequences =
      (run.foreseen && finalValuesSince(run.foreseen, order.plan, ended.sequences, ports.names)) ??
      finalValues(order.plan, ended.sequences, await positionsOf(run), ports.names)
    const { values } = sequences
    opened = await timeline.during('open', () =>
      sessions.persist(
        `opening the ${ports.names.to}`,
        async () => {
          const hasBegun = begun === sessions.to
          begun = undefined
          return hasBegun
            ? finishOpening(sessions.to, opening, values)
            : shutOutAndOpen(sessions.to, shut, opening, values)
        },
        5,
      ),
    )
    timeline.freezeEnds()
  } finally {
    void ended.probe.close()
  }
  ports.log.line(`the ${ports.names.to} is open`)
  if (fencedBy !== undefined)
    await sessions.persist('ending sessions that began read-only', () =>
      endReadOnlySessions(sessions.to, run.keepPids.to, opened.at),
    )
  const gone = new Set([...ended.ended, ...(run.atCommit?.signalled ?? [])])
  return {
    sessionsEnded: gone.size,
    sequencesSet: sequences.values.length,
    left: [
      ...opened.unrestored.map((line) => `put back on the ${ports.names.to}: ${line}`),
      ...sequences.left,
    ],
    taken: ended.sequences,
  }
}

/** What is still to be done by hand after an opening. */
async function leftBehind(run: AfterCommit, { left, taken }: Opened): Promise<readonly string[]> {
  const all = [...left, ...(await endOfDms(run)), ...(await setMeanwhile(run, taken))]
  for (const line of all) run.ports.log.warn(line)
  return all
}

/** The sequences of the database that is entered. */
async function positionsOf({ sessions, order, toSequences }: AfterCommit): Promise<readonly SequenceState[]> {
  return (
    toSequences ??
    sessions.persist('reading the sequences', () => readSequences(sessions.to, order.plan.sequences))
  )
}

/** It can neither write nor come back since the opening; what is left of it is idle, and is ended. */
async function endOfDms({ sessions, ports }: AfterCommit): Promise<readonly string[]> {
  try {
    await sessions.persist('ending the sessions of DMS', () => endSessionsOf(sessions.to, ports.dmsToUser))
    return []
  } catch (error) {
    const { message, remedy } = asMigrationError(error)
    return [`${message}. ${remedy} They cannot write.`]
  }
}

/** Sequences that somebody set or altered by hand within the freeze. Told, not set: others use them now. */
async function setMeanwhile(
  { sessions, ports }: AfterCommit,
  taken: readonly SequenceState[],
): Promise<readonly string[]> {
  const found = await sessions.persist('reading the sequences again', () => setSince(sessions.from, taken))
  return found.map(
    ({ schema, sequence, lastValue }) =>
      `sequence ${schema}.${sequence} was set or altered on the ${ports.names.from} during the freeze, and stands at ${lastValue ?? 'nothing'}: do the same on the ${ports.names.to}, unless it is used there already`,
  )
}

/** Switches in their order, and lets those go on who were held; what could not be done is told, and keeps nobody else waiting. */
async function switchClients(
  run: AfterCommit,
): Promise<{ switches: readonly SwitchResult[]; left: readonly string[] }> {
  const { order, ports, sessions, generation } = run
  const done = await switchAll(ports.switchers, ports.toAddress, generation, ports.log)
  const held = await resumeAll(ports.pausers)
  await sessions.persist('writing the journal', async () => {
    await writeJournal(sessions.from, order.run, generation, 'switched', { switches: done.switches })
    if (ports.pausers.length > 0)
      await writeJournal(sessions.from, order.run, generation, 'resumed-clients', { left: held })
  })
  return { switches: done.switches, left: [...done.left, ...held] }
}

/** Clients still on the old database: ended or reported by policy, until none came back for the time of the watch. */
async function watch(run: AfterCommit): Promise<Straggler[]> {
  const { order, ports, sessions } = run
  const seen = new Map<string, Straggler>()
  const started = ports.clock.elapsed()
  const never = new AbortController().signal
  const keep = [
    ports.fromUser,
    ports.dmsFromUser,
    ...(ports.dmsBackUser === undefined ? [] : [ports.dmsBackUser]),
  ]
  for (;;) {
    for (const straggler of await sessions.persist(`watching the ${ports.names.from}`, () =>
      sessions.from.query<Straggler>(readStragglersStatement, [keep]),
    )) {
      seen.set(`${straggler.user} ${straggler.application} ${straggler.address}`, straggler)
      if (order.plan.cutover.stragglers === 'end') {
        await sessions.from.query('select pg_terminate_backend($1)', [straggler.pid]).catch(() => undefined)
      }
    }
    if (ports.clock.elapsed() - started >= order.plan.cutover.watchMs || ports.signal.aborted)
      return [...seen.values()]
    await ports.clock.sleep(250, never)
  }
}
