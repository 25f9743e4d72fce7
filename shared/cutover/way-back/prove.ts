import { awaitMarkers, measureRoundTrip, writeMarkers } from '../../control/markers.ts'
import type { ReplicationTasks } from '../../dms/replication-tasks.ts'
import { logHint, taskState } from '../../dms/task-state.ts'
import { MigrationError } from '../../runtime/errors.ts'
import { writeJournal } from '../decision.ts'
import type { WayBack } from './way-back.ts'

export interface ProvedWayBack {
  /** From writing a marker on the open database to its sight on the one that was left, through every task. */
  readonly roundTripMs: number
  /** Until the first marker came: the tasks were starting. */
  readonly firstMs: number
}

/** Until when the first marker must have come back, in ms: a task of DMS takes minutes to start. */
const patienceMs = 900_000
/** How long one look for it lasts before the tasks are looked at again, in ms. */
const lookMs = 5000

/**
 * Sends a marker back through every task and waits for it; then another one, whose round trip is the lag. Journalled on both
 * sides. Throws where a task breaks off, or where a trigger fired for the marker: then DMS does not write in replica mode,
 * and the tasks are stopped before they do more harm.
 */
export async function prove(
  wayBack: WayBack,
  port: ReplicationTasks,
  arns: readonly string[],
): Promise<ProvedWayBack> {
  const { given, from, to, work } = wayBack
  const { clock, signal } = work.context
  const tables = wayBack.carriers.map(({ markerTable }) => markerTable.table)
  const started = clock.elapsed()
  const marker = await writeMarkers(to.session, tables, 'way-back', given.run.runId)
  for (;;) {
    try {
      const { canaries } = await awaitMarkers(from.session, tables, marker.id, {
        clock,
        signal,
        deadlineMs: lookMs,
      })
      if (canaries > 0) throw await notReplica(wayBack, port, arns)
      break
    } catch (error) {
      if (!(error instanceof MigrationError) || error.code !== 'timeout') throw error
      await demandAlive(port, arns)
      if (clock.elapsed() - started > patienceMs) throw error
    }
  }
  const firstMs = Math.round(clock.elapsed() - started)
  const options = { clock, signal, deadlineMs: 60_000, runId: given.run.runId }
  const trip = await measureRoundTrip(to.session, from.session, tables, options)
  if (trip.canaries > 0) throw await notReplica(wayBack, port, arns)
  const proved = { roundTripMs: Math.round(trip.ms), firstMs }
  for (const session of [from.session, to.session])
    await writeJournal(session, given.run, given.generation, 'way-back-proved', proved)
  work.context.log.line(`the way back is proved: a marker came back in ${proved.roundTripMs} ms`)
  return proved
}

async function demandAlive(port: ReplicationTasks, arns: readonly string[]): Promise<void> {
  for (const task of await port.describe({ arns })) {
    const state = taskState(task)
    if (state.kind !== 'failed' && state.kind !== 'stopped') continue
    const why = state.kind === 'failed' ? state.message : state.reason
    const message = `the task ${task.identifier}, which carries rows back, has broken off: ${why}`
    const remedy = `Read its log (${logHint(task.arn, task.replicationInstanceArn)}), remove the cause, resume it (aws dms start-replication-task --replication-task-arn ${task.arn} --start-replication-task-type resume-processing), and run the job again.`
    throw new MigrationError('unavailable', message, {
      remedy,
      problems: [{ field: task.identifier, message, remedy }],
    })
  }
}

async function notReplica(
  { from, writer }: WayBack,
  port: ReplicationTasks,
  arns: readonly string[],
): Promise<MigrationError> {
  for (const arn of arns) await port.stop(arn)
  return new MigrationError(
    'refused',
    `triggers of the ${from.name} fire for rows that DMS carries back: it does not write in replica mode`,
    {
      remedy: `The tasks of the way back were stopped. See that ${writer.user} may set session_replication_role and that nothing sets it back, then resume them and run the job again.`,
    },
  )
}
