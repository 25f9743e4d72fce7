import { computeOf } from '../../dms/compute.ts'
import { replications } from '../../dms/replications.ts'
import type { ReplicationTask } from '../../dms/replication-task.ts'
import type { ReplicationTasks } from '../../dms/replication-tasks.ts'
import { externalId } from '../../dms/task-identifier.ts'
import { MigrationError } from '../../runtime/errors.ts'
import { poll } from '../../runtime/poll.ts'
import { writeJournal } from '../decision.ts'
import { dropCarriedSlots } from './slots.ts'
import type { WayBack } from './way-back.ts'

/** In these a task reads and writes nothing any more. */
const still = new Set(['stopped', 'failed', 'ready', 'deleting', 'failed-move'])

/** How long a stop may take, in ms: DMS finishes what it has read. */
export const stopPatienceMs = 900_000

/**
 * Stops the tasks that carried rows until now, waits until every one stands still, and drops their slots on the database
 * that was left: nobody will read them again, and WAL that they keep would fill its disk. Can be repeated. Throws `timeout`
 * where a task goes on: nothing may carry rows back beside it.
 */
export async function stopCarried(wayBack: WayBack, patienceMs = stopPatienceMs): Promise<void> {
  const { given, work } = wayBack
  const identifiers = given.carried.map(({ identifier }) => identifier)
  const port = replications(computeOf(given.migration), given.client, given.context.signal)
  const tasks = await awaitStill(wayBack, port, identifiers, patienceMs)
  const slots = await dropCarriedSlots(
    wayBack,
    tasks.map(({ arn }) => externalId(arn)),
  )
  if (slots.length > 0)
    await writeJournal(wayBack.from.session, given.run, given.generation, 'slots-dropped', { slots })
  work.context.log.line(`stopped for good: ${identifiers.join(', ')}`)
}

async function awaitStill(
  { work }: WayBack,
  port: ReplicationTasks,
  identifiers: readonly string[],
  patienceMs: number,
): Promise<readonly ReplicationTask[]> {
  const { clock, signal, log } = work.context
  try {
    return await poll(
      async () => {
        const found = await port.describe({ identifiers })
        const moving = found.filter(({ status }) => !still.has(status))
        // Asked again at each look: one that was still starting could not be stopped at the first.
        for (const task of moving) if (task.status === 'running') await port.stop(task.arn)
        const reason = moving.map(({ identifier, status }) => `${identifier} is ${status}`).join(', ')
        return moving.length === 0 ? { done: true, value: found } : { done: false, reason, progress: reason }
      },
      {
        clock,
        signal,
        deadlineMs: patienceMs,
        what: 'stopping the replication tasks',
        remedy: `Stop them in DMS (aws dms stop-replication-task), then run the job again: ${identifiers.join(', ')}. Until they stand still nothing is carried back.`,
        longestPauseMs: 5000,
        onReason: (reason) => log.debug(reason),
      },
    )
  } catch (error) {
    if (!(error instanceof MigrationError) || error.code !== 'timeout') throw error
    throw new MigrationError('timeout', `a task of the other direction goes on: ${error.message}`, {
      remedy: error.remedy,
      cause: error,
    })
  }
}
