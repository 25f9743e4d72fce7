import { endpointDocument } from '../../shared/dms/endpoint-document.ts'
import { endpointIdentifier } from '../../shared/dms/task-identifier.ts'
import type { Plan } from '../../shared/migration/plan.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { workflowRun } from '../../shared/github/run.ts'
import { performChange } from '../../shared/target/database-change.ts'
import { readDecisions } from '../../shared/target/decisions.ts'
import { emptyTablesChange } from '../../shared/target/empty-tables.ts'
import { MigrationError } from '../../shared/runtime/errors.ts'
import { readDmsSessions } from '../../shared/waiting/statements.ts'
import { openControlTables } from '../../shared/waiting/control-table-grants.ts'
import type { Databases, DmsLogins } from '../../shared/waiting/with-databases.ts'
import type { AwsWork } from './aws-work.ts'
import { ensureConnection } from './connection-step.ts'
import { ensureEndpoint } from './endpoint-step.ts'
import { ensureReplicationInstance } from './replication-instance-step.ts'
import { ensureStarted, ensureTask, existingTasks, type EnsuredTask } from './task-step.ts'

export interface Created {
  readonly instance: string
  readonly tasks: readonly EnsuredTask[]
}

/** Everything in AWS that the plan needs, in order; whatever is there already is looked at and adopted. */
export async function createAll(
  work: AwsWork,
  migration: Migration,
  plan: Plan,
  databases: Databases,
  logins: DmsLogins,
): Promise<Created> {
  const instance = await ensureReplicationInstance(work, migration)
  const side = async (name: 'source' | 'target', database: string) => {
    const identifier = endpointIdentifier(migration.name, name)
    const arn = await ensureEndpoint(work, identifier, endpointDocument(migration, name, database))
    return { identifier, arn, field: `dms.${name}` }
  }
  const source = await side('source', databases.sourceDatabase)
  const target = await side('target', databases.targetDatabase)
  await Promise.all([source, target].map((endpoint) => ensureConnection(work, endpoint, instance.arn)))

  const existing = await existingTasks(work, plan.tasks)
  if (existing.size === 0) await emptyAgain(work, plan, databases, logins)
  await openTables(work, databases, logins)
  const parts = { source: source.arn, target: target.arn, instance: instance.arn }
  const tasks: EnsuredTask[] = []
  for (const planned of plan.tasks)
    tasks.push(await ensureTask(work, planned, parts, existing.get(planned.identifier)))
  // Only when all are there: the tasks of a migration begin together or not at all.
  const started: EnsuredTask[] = []
  for (const task of tasks) started.push(await ensureStarted(work, task))
  return { instance: instance.identifier, tasks: started }
}

/**
 * A task whose load broke off was deleted, and its rows are still there: a new load needs empty tables. Where the
 * file does not allow to remove rows this refuses, naming the tables.
 */
async function emptyAgain(
  work: AwsWork,
  plan: Plan,
  { target }: Databases,
  { targetUser }: DmsLogins,
): Promise<void> {
  const row = (await readDecisions(target)).find(({ migration }) => migration === plan.migration)
  // Before the first preparation it is that step's business.
  if (row?.prepared !== true) return
  const change = await emptyTablesChange(target, plan)
  if (change === undefined) return
  await demandIdle(target, targetUser)
  work.changes.push(`target: ${work.dryRun ? 'would ' : ''}${change.title}`)
  if (work.dryRun) {
    for (const statement of change.statements) work.context.log.line(`would run on the target: ${statement}`)
    return
  }
  const { log } = work.context
  await performChange(target, change, { migration: plan.migration, run: workflowRun(), log })
}

/** AWS may not show a task that was just made; its sessions on the target do. Its rows must not be removed. */
async function demandIdle(target: Databases['target'], dmsUser: string): Promise<void> {
  const [row] = await target.query<{ sessions: number }>(readDmsSessions, [dmsUser])
  if (row?.sessions === 0) return
  throw new MigrationError(
    'precondition',
    `${dmsUser} is at work on the target (${row?.sessions ?? 0} sessions) though AWS shows no task of the plan`,
    {
      remedy:
        'Run the job again in a minute: AWS may be late in showing the task. If it stays, find the task that uses this login (aws dms describe-replication-tasks) and delete it.',
    },
  )
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
