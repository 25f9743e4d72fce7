import { judgeUncarried } from '../../shared/control/judge-uncarried.ts'
import { readSchemaLines } from '../../shared/control/load-baseline.ts'
import { readCompared, type Compared } from '../../shared/control/read-compared.ts'
import { hasDoubts, noteDoubts, prepareDoubts, readUncarried } from '../../shared/control/uncarried.ts'
import type { ReplicationTasks, TaskSelection } from '../../shared/dms/replication-tasks.ts'
import { externalId } from '../../shared/dms/task-identifier.ts'
import { buildPlan } from '../../shared/migration/build-plan.ts'
import { planSchemas } from '../../shared/migration/plan-schemas.ts'
import { decisionsOf } from '../../shared/migration/plan-decisions.ts'
import type { Plan } from '../../shared/migration/plan.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { readSourceCatalogue } from '../../shared/postgres/catalogue.ts'
import { readFingerprint, readFingerprintLines } from '../../shared/postgres/fingerprint.ts'
import type { Session } from '../../shared/postgres/session.ts'
import type { ActionContext } from '../../shared/runtime/run-action.ts'
import { readApplyErrors } from '../../shared/waiting/apply-errors.ts'
import { readClosure } from '../../shared/cutover/carried-plan.ts'
import { callBudget } from '../../shared/waiting/call-budget.ts'
import { planDifferences } from '../../shared/migration/plan-difference.ts'
import { schemaDrift } from '../../shared/migration/schema-drift.ts'
import { carriedTables } from '../../shared/waiting/planned-wait.ts'
import { lookAtTasks } from '../../shared/waiting/task-sight.ts'
import type { DatabaseSight, SyncSight } from './assess.ts'
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
        readonly planDigest: string
        readonly source: Session
        readonly target: Session
        /** A dry run writes nothing down. */
        readonly dryRun: boolean
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
    const sight = { tasks, instances, planned: carried, history, waivers: planned?.plan.waivers ?? [] }
    if (planned === undefined) return { ...sight, databases: undefined }
    const { migration, plan, source, target } = planned
    const applyErrors = await readApplyErrors(
      target,
      plan,
      tasks.map(({ task }) => externalId(task.arn)),
    )
    const guard = await readClosure(target, plan)
    return {
      ...sight,
      databases: {
        applyErrors,
        drift: await drift(source, migration, plan),
        guard,
        ...(await doubts(planned)),
      },
    }
  }
}

/** What DMS does not carry, and what verify-data said of it. Doubts are noted, so that a comparison can settle them. */
async function doubts({
  plan,
  planDigest,
  source,
  dryRun,
}: NonNullable<Observed['planned']>): Promise<Pick<DatabaseSight, 'uncarried' | 'compared'>> {
  const recorded = await hasDoubts(source)
  if (!recorded && dryRun) return { uncarried: undefined, compared: nothingCompared }
  if (!recorded) await prepareDoubts(source)
  const uncarried = await readUncarried(source, plan)
  const compared = await readCompared(source, plan, planDigest)
  const fresh = judgeUncarried(uncarried, plan, compared.equal).doubts
  if (!dryRun) await noteDoubts(source, plan.migration, fresh)
  return { uncarried, compared }
}

const nothingCompared: Compared = { equal: new Map(), different: [] }

/** What changed on the source since the plan, object by object; one statement where nothing did. */
async function drift(source: Session, migration: Migration, plan: Plan): Promise<readonly string[]> {
  const schemas = planSchemas(plan)
  if ((await readFingerprint(source, schemas)) === plan.sourceFingerprint) return []
  const before = await readSchemaLines(source, plan)
  if (before !== undefined) {
    const lines = schemaDrift(before, (await readFingerprintLines(source, schemas)).lines)
    if (lines.length > 0) return lines
  }
  const catalogue = await readSourceCatalogue(source, migration)
  const now = buildPlan(migration, { source: catalogue, decisions: decisionsOf(plan) })
  const lines = planDifferences(plan, now)
  return lines.length > 0 ? lines : ['its fingerprint differs']
}
