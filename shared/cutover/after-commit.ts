import { dmsControlSchema } from '../dms/task-settings.ts'
import { writeMarkers } from '../control/markers.ts'
import type { Carrier } from '../migration/carriers.ts'
import { planSequences } from '../sequences/plan-sequences.ts'
import { readSequences, type SequenceState, type SequenceValue } from '../sequences/sequences.ts'
import { asMigrationError, MigrationError, refuseProblems } from '../runtime/errors.ts'
import type { BothSessions } from './both-sessions.ts'
import { writeJournal } from './decision.ts'
import { endSessions, proveFence } from './fence.ts'
import { drain, drainProved, openDatabase, plannedTables, shutOut } from './opening.ts'
import { readLockTargets } from './pause.ts'
import type { CutoverOrder, CutoverPorts } from './ports.ts'
import { judgeDrain } from './readiness.ts'
import { createFenceFunctions, createOpeningFunctions, readStragglersStatement } from './statements.ts'
import { switchSecret, type SecretSwitch } from './switchers/secret.ts'
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
  readonly switches: readonly SecretSwitch[]
  readonly stragglers: readonly Straggler[]
  /** What is still to be done by hand or by another run; empty when all went well. */
  readonly left: readonly string[]
}

export interface AfterCommit {
  readonly order: CutoverOrder
  readonly ports: CutoverPorts
  readonly timeline: Timeline
  readonly sessions: BothSessions
  /** Sessions of ours on the database that is left, which are not to be ended. */
  readonly keepPids: readonly number[]
  readonly generation: bigint
  /** What carried the rows to the database that is entered. */
  readonly carriers: readonly Carrier[]
  /** It is open already: only switch and watch. */
  readonly opened: boolean
  /** This very run drained; a resumed one looks for the proof, and drains again where there is none. */
  readonly drained: boolean
  readonly toSequences: readonly SequenceState[] | undefined
}

/**
 * Everything after the commit point: end the old sessions, prove the fence, open the other database, switch, watch. Each
 * step can be repeated; none leads back. Fails with what is left to do, never by re-opening the database that was left.
 */
export async function finishAfterCommit(run: AfterCommit): Promise<AfterCommitResult> {
  const { timeline, ports } = run
  try {
    const opening = run.opened ? { sessionsEnded: 0, sequencesSet: 0 } : await open(run)
    const { switches, left } = await timeline.during('switch', () => switchClients(run))
    const stragglers = await timeline.during('watch', () => watch(run))
    return { ...opening, switches, stragglers, left: [...left, ...(await finishTidily(run))] }
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

async function open(run: AfterCommit): Promise<{ sessionsEnded: number; sequencesSet: number }> {
  const { order, ports, timeline, sessions, generation } = run
  if (!run.drained) {
    await sessions.persist('looking for the proof of the drain', async () => {
      await sessions.from.query(createFenceFunctions)
      await sessions.to.query(createOpeningFunctions)
      if (!(await drainProved(sessions.to, order.run.migration, generation))) await drainAgain(run)
    })
  }
  const ended = await timeline.during('end-sessions', () =>
    sessions.persist('ending the old sessions', async () => {
      const [closed, shut] = await Promise.allSettled([
        closeFrom(run),
        shutOut(sessions.to, ports.dmsToUser, order.plan),
      ])
      if (closed.status === 'rejected') throw closed.reason
      if (shut.status === 'rejected') throw shut.reason
      return closed.value
    }),
  )
  const sequences = await sessions.persist('reading the sequences', () => finalValues(run))
  await timeline.during('open', () =>
    sessions.persist(
      `opening the ${ports.names.to}`,
      () => openDatabase(sessions.to, { run: order.run, generation, plan: order.plan, sequences }),
      5,
    ),
  )
  timeline.freezeEnds()
  ports.log.line(`the ${ports.names.to} is open`)
  return { sessionsEnded: ended, sequencesSet: sequences.length }
}

/** Old sessions gone, then a write tried as every application role from a fresh session: each must be refused. */
async function closeFrom(run: AfterCommit): Promise<number> {
  const { order, ports, keepPids, sessions } = run
  const { from } = ports.names
  const never = new AbortController().signal
  const outcome = await endSessions(
    sessions.from,
    { pids: [sessions.from.pid, ...keepPids], users: [ports.dmsFromUser] },
    20_000,
  )
  if (outcome.left !== null) {
    throw new MigrationError(
      'timeout',
      `the session ${outcome.left.pid} of ${outcome.left.user ?? 'an unknown user'} on the ${from} does not end`,
      {
        remedy: `It is refused by the fence, but may still be committing. See pg_stat_activity on the ${from}.`,
      },
    )
  }
  if (outcome.beyond.length > 0) {
    ports.log.warn(
      `sessions of superusers on the ${from} cannot be ended (pid ${outcome.beyond.join(', ')}); the fence's trigger refuses them like everybody`,
    )
  }
  // Our own sessions are not read-only by default: what refuses here is the revokes and the trigger, the hard half.
  const fresh = await ports.openFrom(never)
  try {
    const { fenceTables } = await readLockTargets(fresh, plannedTables(order.plan))
    const passed = await proveFence(
      fresh,
      order.plan.cutover.applicationRoles,
      JSON.parse(fenceTables) as { schema: string; table: string }[],
    )
    refuseProblems(
      'refused',
      passed.map((probe) => ({
        field: probe.table,
        message: `the fence is not proved for ${probe.role}: ${probe.outcome}`,
        remedy: `GRANT "${probe.role}" TO the migration's login on the ${from}, so that the probe can be made as that role.`,
      })),
    )
  } finally {
    await fresh.close()
  }
  return outcome.ended
}

/** A resumed run, or a database that restarted: a new marker must go through every task before anything opens. */
async function drainAgain(run: AfterCommit): Promise<void> {
  const { order, ports, generation } = run
  const { from, to } = run.sessions
  const markerTables = run.carriers.map(({ markerTable }) => markerTable.table)
  const tasks = await ports.tasks(run.carriers.map(({ identifier }) => identifier))
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
    timeoutMs: Math.max(30_000, order.plan.cutover.freezeBudgetMs),
  })
  refuseProblems(
    'refused',
    judgeDrain(
      sight,
      { exceptions: order.evidence?.evidence.applyExceptions ?? 0, suspended: 0 },
      ports.names.to,
    ),
  )
}

/** The last word on the sequences of the database that was left, now that nobody can move them. */
async function finalValues(run: AfterCommit): Promise<readonly SequenceValue[]> {
  const { order } = run
  const { from, to } = run.sessions
  const names = order.plan.sequences
  const plan = planSequences({
    names,
    source: await readSequences(from, names),
    target: run.toSequences ?? (await readSequences(to, names)),
    margin: BigInt(order.plan.sequenceMargin),
  })
  return plan.advances
}

async function switchClients(run: AfterCommit): Promise<{ switches: SecretSwitch[]; left: string[] }> {
  const { order, ports, sessions, generation } = run
  const switches: SecretSwitch[] = []
  for (const entry of order.plan.cutover.switches) {
    if (entry.kind !== 'secret') continue
    const done = await switchSecret(ports.secrets, entry.secret, ports.toAddress, generation)
    switches.push(done)
    ports.log.line(
      `secret ${entry.secret} ${done.changed ? `points at the ${ports.names.to}` : `pointed at the ${ports.names.to} already`}`,
    )
  }
  await sessions.persist('writing the journal', () =>
    writeJournal(sessions.from, order.run, generation, 'switched', { switches }),
  )
  return { switches, left: [] }
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
