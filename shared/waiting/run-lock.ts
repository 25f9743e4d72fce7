import type { Session } from '../postgres/session.ts'
import { poll } from '../runtime/poll.ts'
import type { ActionContext } from '../runtime/run-action.ts'
import { tryRunLock } from './statements.ts'

/**
 * What prepare-target and create-task both do: make the target, prepare it, empty it. They share one lock: what one of them
 * found to be emptied, a load that the other one started may have filled by then.
 */
export const preparing = 'prepare-target or create-task'

/**
 * Lets one run of an action at a time work on a migration: waits for the other one, then goes on with what it left.
 * An advisory lock of the session, so that it ends with the session, whatever ends that. Throws `timeout` after `deadlineMs`.
 */
export async function takeRunLock(
  session: Session,
  migration: string,
  action: string,
  context: ActionContext,
  deadlineMs = 3_600_000,
): Promise<void> {
  const { clock, signal, log } = context
  await poll(
    async () => {
      const [row] = await session.query<{ taken: boolean }>(tryRunLock, [
        `aurora-migration ${action} ${migration}`,
      ])
      if (row?.taken === true) return { done: true, value: undefined }
      return { done: false, reason: `another run of ${action} for ${migration} is at work`, progress: '' }
    },
    {
      clock,
      signal,
      deadlineMs,
      what: `another run of ${action}`,
      remedy:
        'Let it end or cancel it, then run the job again. Use one concurrency group for each migration.',
      longestPauseMs: 5000,
      onReason: (reason) => log.line(reason),
    },
  )
}
