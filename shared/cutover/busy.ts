import { sqlState } from '../postgres/session.ts'
import { MigrationError } from '../runtime/errors.ts'

/** Deadlock, a lock that was not granted in time, a statement that took too long: no word on what our login may do. */
const busyStates: ReadonlySet<string | undefined> = new Set(['40P01', '55P03', '57014'])

/** Whether an error of a rehearsal only says that others were at work. */
export function isBusy(error: unknown): boolean {
  return busyStates.has(sqlState(error))
}

/** What a rehearsal throws that was busy to the end. `what`: as in `the opening of the target`. */
export function busyError(what: string, label: string, cause: unknown): MigrationError {
  return new MigrationError(
    'unavailable',
    `${what} could not be tried, since the ${label} is busy: ${cause instanceof Error ? cause.message : String(cause)}`,
    {
      remedy: `Run this again; if it stays so, see pg_locks on the ${label} for who holds its tables. Nothing was changed.`,
      cause,
    },
  )
}
