import { TaskFault } from './job-contract.ts'

/** A cause that ends the task for good. */
export class FatalTaskError extends Error {
  override readonly name = 'FatalTaskError'
}

export const STOP_NORMAL = 'Stop Reason NORMAL'

/** DMS's text where a mapping selects nothing. */
export const NO_TABLES =
  'No tables were found at task initialization. Either the selected table(s) or schemas(s) no longer exist or no match ' +
  'was found for the table selection pattern(s). If you would like to start a Task that does not initially capture any ' +
  'tables, set Task Setting FailOnNoTablesCaptured to false and restart task.'

/**
 * The frame that DMS puts around a cause, for StopReason and LastFailureMessage alike. The shape is that of stored
 * describe-replication-tasks answers; the numbers in it mean nothing here.
 */
export function failureText(
  externalId: string,
  cause: string,
  level: 'FATAL' | 'RECOVERABLE' = 'FATAL',
): string {
  const component = `st_0_${externalId}`
  return (
    `Last Error ${cause} Task error notification received from subtask 0, thread 0 [reptask/replicationtask.c:2883] [1020101] ` +
    `Failed while preparing stream component '${component}'.; Cannot initialize subtask; ` +
    `Stream component '${component}' terminated [reptask/replicationtask.c:2891] [1020101] ` +
    `Stop Reason ${level}_ERROR Error Level ${level}`
  )
}

/** PostgreSQL's message with its SQLSTATE, as DMS's ODBC layer would show it. */
export function databaseError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = sqlState(error)
  const detail = 'detail' in error && typeof error.detail === 'string' ? `; ${error.detail}` : ''
  return code === ''
    ? error.message
    : `RetCode: SQL_ERROR SqlState: ${code} NativeError: 1 Message: ERROR: ${error.message}${detail}`
}

/** The SQLSTATE of a pg error, or an empty string. */
export function sqlState(error: unknown): string {
  return error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^[0-9A-Z]{5}$/.test(error.code)
    ? error.code
    : ''
}

/** True for errors that no retry cures. */
export function isFatal(error: unknown): boolean {
  return error instanceof FatalTaskError || error instanceof TaskFault
}
