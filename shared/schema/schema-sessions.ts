import type { Session } from '../postgres/session.ts'
import { systemClock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { poll } from '../runtime/poll.ts'
import { endSchemaSessionsStatement } from './statements.ts'

/** PostgreSQL cuts an application_name there (NAMEDATALEN), in bytes; ours is ASCII. */
const longestName = 63

/** The application_name of every program that makes a migration's schema, by which another run knows its sessions. */
export function schemaApplication(migration: string): string {
  return `aurora-migration schema ${migration}`.slice(0, longestName)
}

/**
 * Ends sessions of the target in which a former run’s programs make the schema, and waits until they are gone: the
 * runner may have lost its network, or the server be at a statement whose client was killed. Only for a run that works
 * alone. From then on what is there is all that the former run made. Throws `timeout` after a minute.
 */
export async function endSchemaSessions(
  target: Session,
  migration: string,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Log },
): Promise<void> {
  await poll(
    async () => {
      const left = await target.query<{ pid: number; signalled: boolean }>(endSchemaSessionsStatement, [
        schemaApplication(migration),
      ])
      if (left.length === 0) return { done: true, value: undefined }
      const pids = left.map(({ pid }) => pid).join(', ')
      const refused = left.every(({ signalled }) => signalled) ? '' : ', which this login may not end'
      return {
        done: false,
        reason: `target: ending what a former run left at work on the schema (process ${pids}${refused})`,
        progress: '',
      }
    },
    {
      clock: systemClock,
      signal,
      deadlineMs: 60_000,
      what: 'a former run’s work on the schema',
      remedy:
        'End the processes that are named (SELECT pg_terminate_backend(pid)) with a login that may, then run the job again.',
      firstPauseMs: 25,
      longestPauseMs: 1000,
      onReason: (reason) => log.line(reason),
    },
  )
}
