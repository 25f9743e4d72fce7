import { recordLoadBaseline, recordSchemaLines } from '../../shared/control/load-baseline.ts'
import { refusePassed } from '../../shared/copy/slots.ts'
import { readStartPositions } from '../../shared/copy/start-positions.ts'
import { computeOf } from '../../shared/dms/compute.ts'
import { replications } from '../../shared/dms/replications.ts'
import type { Plan, PlannedTask } from '../../shared/migration/plan.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import type { Session } from '../../shared/postgres/session.ts'
import { openControlTables } from '../../shared/waiting/control-table-grants.ts'
import type { Databases, DmsLogins } from '../../shared/waiting/with-databases.ts'
import { ensureAlarms } from './alarm-step.ts'
import { assess, type Assessment } from './assessment-step.ts'
import type { AwsWork } from '../../shared/replication/aws-work.ts'
import { ensureCompute, type PlacedCompute } from '../../shared/replication/ensure-compute.ts'
import { ensureConnection } from '../../shared/replication/ensure-connection.ts'
import { emptyAgain } from './empty-again.ts'
import { ensureEndpoints, type PlanEndpoints } from '../../shared/replication/plan-endpoints.ts'
import { removeBroken } from './recreate-step.ts'
import {
  ensureStarted,
  ensureTask,
  existingTasks,
  type EnsuredTask,
} from '../../shared/replication/ensure-task.ts'

export interface Created {
  /** What the tasks run on, for people. */
  readonly compute: string
  readonly tasks: readonly EnsuredTask[]
  readonly assessments: readonly Assessment[]
}

/** Everything in AWS that the plan needs, in order; whatever is there already is looked at and adopted. */
export async function createAll(
  work: AwsWork,
  migration: Migration,
  plan: Plan,
  databases: Databases,
  logins: DmsLogins,
): Promise<Created> {
  const port = replications(computeOf(migration), work.client, work.context.signal)
  const compute = await ensureCompute(work, migration)
  const endpoints = await ensureEndpoints(work, migration, plan, databases, logins)
  await testConnections(work, endpoints, compute)

  const found = await existingTasks(work, port, plan.tasks)
  const existing = await removeBroken(work, port, plan, found)
  const missing = plan.tasks.filter(({ identifier }) => !existing.has(identifier))
  if (plan.load.by === 'dms' && missing.length > 0)
    await emptyAgain(work, port, { plan, missing, removed: found.size > existing.size }, databases, logins)
  await openTables(work, databases, logins)

  const positions = work.dryRun ? new Map<string, string>() : await readStartPositions(databases.source, plan)
  const tasks: EnsuredTask[] = []
  for (const [index, planned] of plan.tasks.entries()) {
    const parts = {
      source: endpoints.sources[index]?.arn ?? '',
      target: endpoints.target.arn,
      compute: compute.ofTask(index),
    }
    tasks.push(await ensureTask(work, port, planned, parts, existing.get(planned.identifier)))
  }
  const fresh = plan.tasks.filter((_, index) => tasks[index]?.status === 'ready')
  if (!work.dryRun)
    await refusePassed(
      databases.source,
      fresh.flatMap(({ slot }) => {
        const lsn = positions.get(slot ?? '')
        return slot === null || lsn === undefined ? [] : [{ slot, lsn }]
      }),
    )
  if (!work.dryRun) await recordBaselines(databases.source, plan, tasks)
  const assessments = await assess(work, migration, tasks)
  // Only when all are there: the tasks of a migration begin together or not at all.
  const started: EnsuredTask[] = []
  for (const [index, task] of tasks.entries())
    started.push(await ensureStarted(work, port, task, startOf(work, plan.tasks[index], positions)))
  await ensureAlarms(work, migration, started, compute)
  return { compute: compute.name, tasks: started, assessments }
}

/** Before the start of tasks that never ran. Slots made before a copy were recorded with it, and keep that record. */
async function recordBaselines(source: Session, plan: Plan, tasks: readonly EnsuredTask[]): Promise<void> {
  await recordSchemaLines(source, plan)
  for (const [index, { tables, slot }] of plan.tasks.entries()) {
    const task = tasks[index]
    if (task?.status !== 'ready') continue
    await recordLoadBaseline(source, { migration: plan.migration, owner: slot ?? task.arn, tables })
  }
}

/** DMS starts no task without; serverless replications test their connections themselves when they start. */
async function testConnections(
  work: AwsWork,
  { sources, target }: PlanEndpoints,
  { instances }: PlacedCompute,
): Promise<void> {
  const pairs = instances.flatMap(({ arn }, place) =>
    [
      { endpoint: target, arn },
      ...new Set(sources.filter((_, index) => index % instances.length === place)),
    ].map((one) => ('endpoint' in one ? one : { endpoint: one, arn })),
  )
  await Promise.all(pairs.map(({ endpoint, arn }) => ensureConnection(work, endpoint, arn)))
}

/** The LSN at which a task without a full load begins. */
function startOf(
  work: AwsWork,
  planned: PlannedTask | undefined,
  positions: ReadonlyMap<string, string>,
): string | undefined {
  const slot = planned?.slot ?? null
  if (slot === null) return undefined
  return work.dryRun ? '<LSN of the copy>' : positions.get(slot)
}

async function openTables(work: AwsWork, { target }: Databases, logins: DmsLogins): Promise<void> {
  const { signal, log } = work.context
  const statements = await openControlTables(target, logins, { signal, dryRun: work.dryRun })
  for (const statement of statements) {
    const line = `${work.dryRun ? 'would run' : 'ran'} on the target as ${logins.targetUser}: ${statement}`
    work.changes.push(line)
    log.line(line)
  }
}
