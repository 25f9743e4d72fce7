import { createdResources } from '../../shared/dms/created-resources.ts'
import type { ReplicationTasks } from '../../shared/dms/replication-tasks.ts'
import { workflowRun } from '../../shared/github/run.ts'
import type { Plan, PlannedTask } from '../../shared/migration/plan.ts'
import { MigrationError } from '../../shared/runtime/errors.ts'
import { performChange } from '../../shared/target/database-change.ts'
import { readDecisions } from '../../shared/target/decisions.ts'
import { emptyTablesChange } from '../../shared/target/empty-tables.ts'
import { readDmsSessions } from '../../shared/waiting/statements.ts'
import type { Databases, DmsLogins } from '../../shared/waiting/with-databases.ts'
import type { AwsWork } from '../../shared/replication/aws-work.ts'

/** How long a task that was made may stay invisible in AWS's answers. */
const lateMs = 60_000

/**
 * A task whose load broke off was deleted, and its rows are still there: a new load needs empty tables. Where the
 * file does not allow to remove rows this refuses, naming the tables. `removed`: this run saw the task leave.
 */
export async function emptyAgain(
  work: AwsWork,
  port: ReplicationTasks,
  tasks: { readonly plan: Plan; readonly missing: readonly PlannedTask[]; readonly removed: boolean },
  { target }: Databases,
  { targetUser }: DmsLogins,
): Promise<void> {
  const { plan, missing } = tasks
  const row = (await readDecisions(target)).find(({ migration }) => migration === plan.migration)
  // Before the first preparation it is that step's business.
  if (row?.prepared !== true) return
  const change = await emptyTablesChange(target, { ...plan, tasks: missing })
  if (change === undefined) return
  if (missing.length === plan.tasks.length) await demandIdle(target, targetUser)
  else if (!tasks.removed) await demandGone(work, port, missing)
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

/** Beside other tasks sessions tell nothing: a task that was made once is looked for long enough for AWS to show it. */
async function demandGone(
  work: AwsWork,
  port: ReplicationTasks,
  missing: readonly PlannedTask[],
): Promise<void> {
  const { clock, signal, log } = work.context
  const made = await createdResources(work.control, work.tags.migration)
  const identifiers = missing
    .map(({ identifier }) => identifier)
    .filter((name) => made.some(({ identifier }) => identifier === name))
  if (identifiers.length === 0) return
  log.line(
    `looking for ${identifiers.join(', ')} for a minute: AWS may be late in showing what was just made`,
  )
  const began = clock.elapsed()
  while (clock.elapsed() - began < lateMs) {
    const [late] = await port.describe({ identifiers })
    if (late !== undefined) {
      throw new MigrationError('unavailable', `AWS showed ${late.identifier} late`, {
        remedy: 'Run the job again: the task is there now, and is adopted.',
      })
    }
    await clock.sleep(5000, signal)
  }
}
