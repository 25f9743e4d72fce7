/** What DMS's word for a table of a task means (API: TableStatistics.TableState). */
export type TableState = 'waiting' | 'loading' | 'loaded' | 'errored' | 'cancelled' | 'missing' | 'unknown'

const tableStates: Readonly<Record<string, TableState>> = {
  'before load': 'waiting',
  'full load': 'loading',
  'table is being reloaded': 'loading',
  'table completed': 'loaded',
  // Older generations of the API, for tables in CDC.
  'table all': 'loaded',
  'table updates': 'loaded',
  'table error': 'errored',
  'table cancelled': 'cancelled',
  'table does not exist': 'missing',
}

/** A word that is not known is `unknown`, which is never taken for success. */
export function tableState(word: string): TableState {
  return tableStates[word.toLowerCase()] ?? 'unknown'
}

/** What to do about a table that will not be loaded, or that is no longer followed. */
export const tableRemedies: Readonly<Record<'errored' | 'cancelled' | 'missing' | 'suspended', string>> = {
  errored:
    'Read why in the task’s log; remove the cause, delete the task, and run create-task again. Do not reload one table alone: the tables of a task belong together.',
  suspended:
    'Read why in awsdms_suspended_tables and the task’s log; its changes are no longer applied, so the task must be deleted and created anew.',
  cancelled: 'The load was stopped before this table was done: delete the task and run create-task again.',
  missing:
    'The table is not on the source any more, or the DMS user may not see it: check it, and run preflight again.',
}

/**
 * What DMS's validation says of a table (API: TableStatistics.ValidationState). `busy`: compared, and rows that
 * changed since are looked at again. `impossible`: DMS cannot compare it, for want of a key, for example.
 */
export type Validation =
  'off' | 'waiting' | 'busy' | 'validated' | 'mismatched' | 'suspended' | 'impossible' | 'unknown'

const validations: Readonly<Record<string, Validation>> = {
  'not enabled': 'off',
  'pending validation': 'waiting',
  'preparing table': 'waiting',
  'pending records': 'busy',
  'pending revalidation': 'busy',
  validated: 'validated',
  'mismatched records': 'mismatched',
  'suspended records': 'suspended',
  'no primary key': 'impossible',
  'table error': 'impossible',
  error: 'impossible',
}

export function validation(word: string): Validation {
  return validations[word.toLowerCase()] ?? 'unknown'
}
