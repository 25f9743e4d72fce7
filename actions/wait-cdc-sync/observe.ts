import type { ReplicationTasks, TaskSelection } from '../../shared/dms/replication-tasks.ts'
import { externalId } from '../../shared/dms/task-identifier.ts'
import { buildPlan } from '../../shared/migration/build-plan.ts'
import { planSchemas } from '../../shared/migration/plan-schemas.ts'
import { decisionsOf } from '../../shared/migration/plan-decisions.ts'
import type { Plan } from '../../shared/migration/plan.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { readSourceCatalogue } from '../../shared/postgres/catalogue.ts'
import { readFingerprint } from '../../shared/postgres/fingerprint.ts'
import type { Session } from '../../shared/postgres/session.ts'
import type { ActionContext } from '../../shared/runtime/run-action.ts'
import { readGuard } from '../../shared/target/guard.ts'
import { readApplyErrors } from '../../shared/waiting/apply-errors.ts'
import { callBudget } from '../../shared/waiting/call-budget.ts'
import { planDifferences } from '../../shared/migration/plan-difference.ts'
import { carriedTables } from '../../shared/waiting/planned-wait.ts'
import { lookAtTasks } from '../../shared/waiting/task-sight.ts'
import type { SyncSight } from './assess.ts'
import { nothingSeen, remember, type ValidationHistory } from './validation.ts'

export interface Observed {
  readonly port: ReplicationTasks
  readonly selection: TaskSelection
  readonly instances: ReadonlyMap<string, string>
  readonly context: ActionContext
  /** What only a plan and both databases allow to look at; undefined for task ARNs alone. */
  readonly planned:
    | {
        readonly migration: Migration
        readonly plan: Plan
        readonly source: Session
        readonly target: Session
      }
    | undefined
}

/** A function that looks at tasks and databases, and remembers between looks what validation has shown. */
export function observer(observed: Observed): () => Promise<SyncSight> {
  const { port, selection, instances, context, planned } = observed
  const budget = callBudget(context.clock)
  const carried = planned === undefined ? undefined : carriedTables(planned.plan)
  let history: ValidationHistory = nothingSeen
  return async () => {
    const tasks = await lookAtTasks(port, selection, budget, context.signal)
    history = remember(history, tasks)
    const sight = { tasks, instances, planned: carried, history }
    if (planned === undefined) return { ...sight, databases: undefined }
    const { migration, plan, source, target } = planned
    const applyErrors = await readApplyErrors(
      target,
      plan,
      tasks.map(({ task }) => externalId(task.arn)),
    )
    const guard = await readGuard(target, migration.name)
    return { ...sight, databases: { applyErrors, drift: await drift(source, migration, plan), guard } }
  }
}

/** What changed on the source since the plan; one statement where nothing did. */
async function drift(source: Session, migration: Migration, plan: Plan): Promise<string[]> {
  if ((await readFingerprint(source, planSchemas(plan))) === plan.sourceFingerprint) return []
  const catalogue = await readSourceCatalogue(source, migration)
  const now = buildPlan(migration, { source: catalogue, decisions: decisionsOf(plan) })
  const lines = planDifferences(plan, now)
  return lines.length > 0 ? lines : ['its fingerprint differs']
}
