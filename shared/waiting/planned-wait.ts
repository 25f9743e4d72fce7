import { readPlan } from '../control/plan-store.ts'
import type { ReplicationTasks, TaskSelection } from '../dms/replication-tasks.ts'
import type { Plan, TableName } from '../migration/plan.ts'
import type { Session } from '../postgres/session.ts'
import { MigrationError } from '../runtime/errors.ts'
import { missingInput } from '../runtime/inputs.ts'

/** Reads the plan that the input plan-digest names. Throws `invalid-input` where the input is absent. */
export async function planOfInput(
  source: Session,
  migration: string,
  digest: string | undefined,
): Promise<Plan> {
  if (digest === undefined) {
    throw missingInput('plan-digest', '${{ needs.preflight.outputs.plan-digest }}', 'with migration')
  }
  return readPlan(source, migration, digest)
}

/** The tasks of a plan. Throws `refused` where `arns` are given and are not exactly theirs. */
export async function tasksOfPlan(
  port: ReplicationTasks,
  plan: Plan,
  arns: readonly string[],
): Promise<TaskSelection> {
  const identifiers = plan.tasks.map(({ identifier }) => identifier)
  if (arns.length > 0) {
    const found = await port.describe({ identifiers })
    const own = new Set(found.map(({ arn }) => arn))
    const strange = arns.filter((arn) => !own.has(arn))
    const missing = found.filter(({ arn }) => !arns.includes(arn)).map(({ arn }) => arn)
    if (strange.length > 0 || missing.length > 0) {
      const message = [
        ...strange.map((arn) => `${arn} is no task of the plan`),
        ...missing.map((arn) => `${arn} is a task of the plan and was not given`),
      ].join('; ')
      throw new MigrationError('refused', message, {
        remedy: 'Leave task-arns out: with migration and plan-digest the tasks are known.',
        problems: [{ field: 'task-arns', message, remedy: 'Leave task-arns out.' }],
      })
    }
  }
  return { identifiers }
}

/** Tables that each task must carry, its marker table too, by the task's identifier. */
export function carriedTables(plan: Plan): ReadonlyMap<string, readonly TableName[]> {
  return new Map(plan.tasks.map((task) => [task.identifier, [...task.tables, task.markerTable]]))
}
