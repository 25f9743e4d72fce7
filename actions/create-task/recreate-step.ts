import type { ReplicationTask } from '../../shared/dms/replication-task.ts'
import type { ReplicationTasks } from '../../shared/dms/replication-tasks.ts'
import { resourceTags } from '../../shared/dms/resource-tags.ts'
import { migrationTag } from '../../shared/dms/tags.ts'
import type { Plan } from '../../shared/migration/plan.ts'
import { brokenLoad } from '../../shared/replication/adopt.ts'
import { plan as planCall, type AwsWork } from '../../shared/replication/aws-work.ts'
import { existingTasks } from '../../shared/replication/ensure-task.ts'

/**
 * Tasks of ours whose load broke off are deleted, so that they are made again: DMS cannot go on with such a load. Only
 * where the file allows to empty tables (`empty-target: truncate`); otherwise adopting them refuses with what to do.
 * Gives the tasks that stay.
 */
export async function removeBroken(
  work: AwsWork,
  port: ReplicationTasks,
  plan: Plan,
  existing: ReadonlyMap<string, ReplicationTask>,
): Promise<ReadonlyMap<string, ReplicationTask>> {
  if (plan.emptyTarget !== 'truncate' || plan.load.by !== 'dms') return existing
  const tags = resourceTags(work.client, work.context.signal)
  const broken: ReplicationTask[] = []
  for (const task of existing.values()) {
    if (brokenLoad(task) && (await tags.read(task.arn))[migrationTag] === plan.migration) broken.push(task)
  }
  for (const { identifier, arn, stopReason, failure } of broken) {
    const why = failure === '' ? stopReason : failure
    if (work.dryRun) {
      planCall(work, 'DeleteReplicationTask', { ReplicationTaskArn: arn })
      continue
    }
    await port.remove(arn)
    const line = `deleted task ${identifier}, whose load broke off (${why}): it begins anew on empty tables`
    work.changes.push(line)
    work.context.log.line(line)
  }
  if (broken.length === 0) return existing
  const gone = new Set(broken.map(({ identifier }) => identifier))
  if (work.dryRun) return new Map([...existing].filter(([identifier]) => !gone.has(identifier)))
  return existingTasks(work, port, plan.tasks)
}
