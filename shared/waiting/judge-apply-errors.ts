import { tableRemedies } from '../dms/table-state.ts'
import type { Problem } from '../runtime/errors.ts'
import type { ApplyErrors } from './apply-errors.ts'

/** Anything that was not applied refuses, and so does what may not be read: a change is missing, or may be. Pure. */
export function judgeApplyErrors(errors: ApplyErrors): Problem[] {
  const [first] = errors.exceptionExamples
  return [
    ...errors.unreadable.map((table) => ({
      field: table,
      message: `it cannot be verified that every row was applied: ${table} may not be read`,
      remedy: `As DMS’s user on the target: GRANT USAGE ON SCHEMA … and GRANT SELECT ON ${table} to the migration’s login (create-task does so).`,
    })),
    ...(errors.exceptions === 0
      ? []
      : [
          {
            field: first?.table ?? 'target',
            message: `${errors.exceptions} rows could not be applied on the target, the first in ${first?.table ?? '?'}: ${first?.reason ?? '?'}`,
            remedy:
              'Read awsdms_apply_exceptions on the target, remove the cause, bring the rows up to date and delete their lines there, or delete the task and load anew.',
          },
        ]),
    ...errors.suspended.map(({ table, reason }) => ({
      field: table,
      message: `DMS has suspended the table ${table}${reason === '' ? '' : `: ${reason}`}`,
      remedy: tableRemedies.suspended,
    })),
  ]
}
