import type { Carrier } from '../migration/carriers.ts'
import type { Problem } from '../runtime/errors.ts'
import type { CarryingTask } from './ports.ts'

/**
 * Every task that carries rows must run, with no table in error and no row that DMS's own validation found different. Pure.
 * `lost`: what leaving without them would cost, in words; undefined for a cutover, which then waits for its tasks.
 */
export function judgeCarriers(
  carriers: readonly Carrier[],
  tasks: readonly CarryingTask[],
  lost: string | undefined,
): Problem[] {
  return carriers.flatMap(({ identifier }) => {
    const task = tasks.find((one) => one.identifier === identifier)
    if (task === undefined) {
      return [
        {
          field: identifier,
          message: `the replication task ${identifier} does not exist${lost === undefined ? '' : `: ${lost}`}`,
          remedy:
            lost === undefined
              ? 'Run create-task and the waits again; a cutover needs every task running.'
              : 'Run cutover again, which makes the way back; or copy those writes by hand.',
        },
      ]
    }
    const problems: Problem[] = []
    if (task.status !== 'running' || task.tablesErrored > 0) {
      problems.push({
        field: identifier,
        message: `the replication task ${identifier} is ${task.status} with ${task.tablesErrored} errored tables`,
        remedy:
          'Every task must be running. See its log, and resume it where its slot is still there; where that is gone (after a failover to a standby, say), its rows must be loaded anew: create-task and the waits.',
      })
    }
    if (task.rowsFailedValidation > 0) {
      problems.push({
        field: identifier,
        message: `${task.rowsFailedValidation} rows of the replication task ${identifier} failed validation`,
        remedy:
          'Compare those rows (awsdms_validation_failures_v2), repair them, and have DMS validate the table again.',
      })
    }
    return problems
  })
}
