import { dmsControlSchema } from '../dms/task-settings.ts'
import { writeMarkers } from '../control/markers.ts'
import { planSequences } from '../sequences/plan-sequences.ts'
import { readSequences, type SequenceState, type SequenceValue } from '../sequences/sequences.ts'
import { validateNotNull } from '../target/not-null.ts'
import { putReplicaRoleBack } from '../target/replica-role.ts'
import { validateForeignKeys } from '../target/prove-foreign-keys.ts'
import { workflowRun } from '../github/run.ts'
import type { Session } from '../postgres/session.ts'
import { asMigrationError, MigrationError, refuseProblems } from '../runtime/errors.ts'
import { writeJournal } from './decision.ts'
import { endSessions, proveFence } from './fence.ts'
import { drain, drainProved, openTarget, plannedTables, shutOutForward } from './opening.ts'
import { readLockTargets } from './pause.ts'
import type { CutoverOrder, CutoverPorts } from './ports.ts'
import { judgeDrain } from './readiness.ts'
import { createFenceFunctions, createOpeningFunctions, readStragglersStatement } from './statements.ts'
import type { Sides } from './sides.ts'
import { switchSecret, type SecretSwitch } from './switchers/secret.ts'
import type { Timeline } from './timeline.ts'

export interface Straggler {
  readonly pid: number
  readonly user: string
  readonly application: string
  readonly address: string
  readonly state: string | null
}

/** What was done after the commit point. */
export interface ForwardResult {
  readonly sessionsEnded: number
  readonly sequencesSet: number
  readonly switches: readonly SecretSwitch[]
  readonly stragglers: readonly Straggler[]
  /** What is still to be done by hand or by another run; empty when all went well. */
  readonly left: readonly string[]
}

export interface ForwardOrder {
  readonly order: CutoverOrder
  readonly ports: CutoverPorts
  readonly timeline: Timeline
  readonly sides: Sides
  /** The session that holds this run's turn: not to be ended. */
  readonly turnPid: number
  readonly generation: bigint
  /** The target is open already: only switch and watch. */
  readonly opened: boolean
  /** This very run drained; a resumed one looks for the proof, and drains again where there is none. */
  readonly drained: boolean
  readonly targetSequences: readonly SequenceState[] | undefined
}

/**
 * Everything after the commit point: end the old sessions, prove the fence, open the target, switch, watch. Each step
 * can be repeated; none leads back. Fails with what is left to do, never by re-opening the source.
 */
export async function finishForward(forward: ForwardOrder): Promise<ForwardResult> {
  const { timeline, ports } = forward
  try {
    const opening = forward.opened ? { sessionsEnded: 0, sequencesSet: 0 } : await open(forward)
    const { switches, left } = await timeline.during('switch', () => switchClients(forward))
    const stragglers = await timeline.during('watch', () => watch(forward))
    return { ...opening, switches, stragglers, left: [...left, ...(await tidy(forward))] }
  } catch (thrown) {
    const error = asMigrationError(thrown)
    throw new MigrationError(
      error.code === 'bug' ? 'unavailable' : error.code,
      `past the commit point: ${error.message}`,
      {
        remedy:
          `${error.remedy} The source stays closed. Run cutover again with the same inputs: it goes on from here.`.trim(),
        problems: error.problems,
        cause: error.cause ?? error,
      },
    )
  } finally {
    ports.log.debug(JSON.stringify(timeline.phases))
  }
}

async function open(forward: ForwardOrder): Promise<{ sessionsEnded: number; sequencesSet: number }> {
  const { order, ports, timeline, sides, generation } = forward
  if (!forward.drained) {
    await sides.persist('looking for the proof of the drain', async () => {
      await sides.source.query(createFenceFunctions)
      await sides.target.query(createOpeningFunctions)
      if (!(await drainProved(sides.target, order.run.migration, generation))) await drainAgain(forward)
    })
  }
  const ended = await timeline.during('end-sessions', () =>
    sides.persist('ending the old sessions', async () => {
      const [closed, shutOut] = await Promise.allSettled([
        closeSource(forward),
        shutOutForward(sides.target, ports.dmsTargetUser, order.plan),
      ])
      if (closed.status === 'rejected') throw closed.reason
      if (shutOut.status === 'rejected') throw shutOut.reason
      return closed.value
    }),
  )
  const sequences = await sides.persist('reading the sequences', () => finalValues(forward))
  await timeline.during('open', () =>
    sides.persist(
      'opening the target',
      () => openTarget(sides.target, { run: order.run, generation, plan: order.plan, sequences }),
      5,
    ),
  )
  timeline.freezeEnds()
  ports.log.line('the target is open')
  return { sessionsEnded: ended, sequencesSet: sequences.length }
}

/** Old sessions gone, then a write tried as every application role from a fresh session: each must be refused. */
async function closeSource(forward: ForwardOrder): Promise<number> {
  const { order, ports, turnPid, sides } = forward
  const never = new AbortController().signal
  const outcome = await endSessions(
    sides.source,
    { pids: [sides.source.pid, turnPid], users: [ports.dmsSourceUser] },
    20_000,
  )
  if (outcome.left !== null) {
    throw new MigrationError(
      'timeout',
      `the session ${outcome.left.pid} of ${outcome.left.user ?? 'an unknown user'} on the source does not end`,
      {
        remedy:
          'It is refused by the fence, but may still be committing. See pg_stat_activity on the source.',
      },
    )
  }
  if (outcome.beyond.length > 0) {
    ports.log.warn(
      `sessions of superusers on the source cannot be ended (pid ${outcome.beyond.join(', ')}); the fence's trigger refuses them like everybody`,
    )
  }
  // Our own sessions are not read-only by default: what refuses here is the revokes and the trigger, the hard half.
  const fresh = await ports.openSource(never)
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
        remedy: `GRANT "${probe.role}" TO the migration's login on the source, so that the probe can be made as that role.`,
      })),
    )
  } finally {
    await fresh.close()
  }
  return outcome.ended
}

/** A resumed run, or a target that restarted: a new marker must go through every task before anything opens. */
async function drainAgain(forward: ForwardOrder): Promise<void> {
  const { order, ports, generation } = forward
  const { source, target } = forward.sides
  const markerTables = order.plan.tasks.map((task) => task.markerTable.table)
  const tasks = await ports.forwardTasks()
  const marker = await writeMarkers(source, markerTables, 'drain', order.run.runId)
  const sight = await drain(target, {
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
    judgeDrain(sight, { exceptions: order.evidence?.evidence.applyExceptions ?? 0, suspended: 0 }),
  )
}

/** The source's last word on its sequences, now that nobody can move them. */
async function finalValues(forward: ForwardOrder): Promise<readonly SequenceValue[]> {
  const { order } = forward
  const { source, target } = forward.sides
  const names = order.plan.sequences
  const plan = planSequences({
    names,
    source: await readSequences(source, names),
    target: forward.targetSequences ?? (await readSequences(target, names)),
    margin: BigInt(order.plan.sequenceMargin),
  })
  return plan.advances
}

async function switchClients(forward: ForwardOrder): Promise<{ switches: SecretSwitch[]; left: string[] }> {
  const { order, ports, sides, generation } = forward
  const switches: SecretSwitch[] = []
  for (const { secret } of order.plan.cutover.switches) {
    const done = await switchSecret(ports.secrets, secret, ports.targetAddress, generation)
    switches.push(done)
    ports.log.line(
      `secret ${secret} ${done.changed ? 'points at the target' : 'pointed at the target already'}`,
    )
  }
  await sides.persist('writing the journal', () =>
    writeJournal(sides.source, order.run, generation, 'switched', { switches }),
  )
  return { switches, left: [] }
}

/** Clients still on the old database: ended or reported by policy, until none came back for the time of the watch. */
async function watch(forward: ForwardOrder): Promise<Straggler[]> {
  const { order, ports, sides } = forward
  const seen = new Map<string, Straggler>()
  const started = ports.clock.elapsed()
  const never = new AbortController().signal
  const keep = [ports.sourceUser, ports.dmsSourceUser]
  for (;;) {
    for (const straggler of await sides.persist('watching the source', () =>
      sides.source.query<Straggler>(readStragglersStatement, [keep]),
    )) {
      seen.set(`${straggler.user} ${straggler.application} ${straggler.address}`, straggler)
      if (order.plan.cutover.stragglers === 'end') {
        await sides.source.query('select pg_terminate_backend($1)', [straggler.pid]).catch(() => undefined)
      }
    }
    if (ports.clock.elapsed() - started >= order.plan.cutover.watchMs || ports.signal.aborted)
      return [...seen.values()]
    await ports.clock.sleep(250, never)
  }
}

/** What need not be done while clients wait. A failure here is said, and undoes nothing. */
async function tidy(forward: ForwardOrder): Promise<string[]> {
  const { order, ports, sides } = forward
  const left: string[] = []
  const attempt = async (what: string, work: () => Promise<void>) => {
    try {
      await work()
    } catch (error) {
      left.push(`${what}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  await attempt('compare the source’s schema with the plan', async () => {
    const { source } = sides
    if ((await ports.readFingerprint(source)) === order.plan.sourceFingerprint) return
    throw new Error(
      'it changed at the very moment of the commit point or since: look on the source for tables that the plan does not know, their rows are not on the target',
    )
  })
  await attempt('validate the restored NOT NULLs on the target', async () => {
    await withoutTimeLimit(ports, (target) => validateNotNull(target, order.plan.migration))
  })
  await attempt('validate the restored foreign keys on the target', async () => {
    const { migration } = order.plan
    const context = { migration, run: workflowRun(), log: ports.log }
    await withoutTimeLimit(ports, (target) => validateForeignKeys(target, migration, context))
  })
  const { targetParameters: parameters, targetLogin } = ports
  if (parameters !== undefined) {
    await attempt('put the target’s parameter group back', async () => {
      const { migration } = order.plan
      const context = { migration, run: workflowRun(), log: ports.log }
      const { signal } = ports
      await putReplicaRoleBack({ parameters, target: sides.target, targetLogin, signal, context })
    })
  }
  await attempt('stop the forward replication tasks', () => ports.stopForwardTasks(ports.signal))
  return left
}

/** Validating reads whole tables: a session of its own, whose statements may take as long as they need. */
async function withoutTimeLimit(
  ports: CutoverPorts,
  work: (target: Session) => Promise<unknown>,
): Promise<void> {
  const target = await ports.openTarget(ports.signal, { statement_timeout: '0' })
  try {
    await work(target)
  } finally {
    await target.close()
  }
}
