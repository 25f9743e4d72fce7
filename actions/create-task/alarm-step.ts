import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { dmsAccount, sideAccount, type AwsAccount } from '../../shared/aws/accounts.ts'
import { awsClientOptions } from '../../shared/aws/client-options.ts'
import { alarmInput, migrationAlarms, sameAlarm } from '../../shared/cloudwatch/migration-alarms.ts'
import { plannedAlarms, type PlannedAlarm } from '../../shared/cloudwatch/planned-alarms.ts'
import { tagList } from '../../shared/dms/tags.ts'
import { externalId } from '../../shared/dms/task-identifier.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { MigrationError } from '../../shared/runtime/errors.ts'
import { createRecorded, noteAdopted, plan, type AwsWork } from '../../shared/replication/aws-work.ts'
import type { PlacedCompute } from '../../shared/replication/ensure-compute.ts'
import type { EnsuredTask } from '../../shared/replication/ensure-task.ts'

/**
 * Makes the alarms that the migration file asks for, once the tasks are there; those that are right already are adopted, others
 * of the same names put right. Throws `precondition` where CloudWatch refuses.
 */
export async function ensureAlarms(
  work: AwsWork,
  migration: Migration,
  tasks: readonly EnsuredTask[],
  { instances }: PlacedCompute,
): Promise<void> {
  const policy = migration.alarms
  if (policy === undefined) return
  // CloudWatch knows a serverless replication's metrics by names that are told nowhere before they are there.
  if (instances.length === 0)
    work.context.log.warn('alarms on latency are not made: DMS Serverless names no task before it reports')
  const watched = tasks.flatMap(({ identifier, arn }, index) => {
    const replicationInstance = instances[index % instances.length]?.identifier
    return replicationInstance === undefined
      ? []
      : [{ identifier, externalId: externalId(arn), replicationInstance }]
  })
  const alarms = plannedAlarms(
    migration,
    policy,
    watched,
    instances.map(({ identifier }) => identifier),
  )
  const accounts: Readonly<Record<PlannedAlarm['account'], AwsAccount>> = {
    dms: dmsAccount(migration),
    source: sideAccount(migration, 'source'),
    target: sideAccount(migration, 'target'),
  }
  for (const place of ['dms', 'source', 'target'] as const) {
    const own = alarms.filter(({ account }) => account === place)
    if (own.length > 0) await ensureIn(work, accounts[place], own, policy.topic)
  }
}

async function ensureIn(
  work: AwsWork,
  account: AwsAccount,
  alarms: readonly PlannedAlarm[],
  topic: string,
): Promise<void> {
  const client = new CloudWatchClient(awsClientOptions(account))
  try {
    const port = migrationAlarms(client, work.context.signal)
    const find = (names: readonly string[]) => port.find(names)
    const found = await find(alarms.map(({ name }) => name))
    for (const alarm of alarms) {
      const input = alarmInput(alarm, topic, tagList(work.tags))
      const existing = found.get(alarm.name)
      if (existing !== undefined && sameAlarm(existing, input)) {
        await noteAdopted(work, { identifier: alarm.name, arn: existing.arn })
        continue
      }
      if (work.dryRun) {
        plan(work, 'PutMetricAlarm', input)
        continue
      }
      await createRecorded(work, { kind: 'alarm', identifier: alarm.name }, async () => {
        await port.put(input)
        return existing?.arn ?? (await find([alarm.name])).get(alarm.name)?.arn
      })
    }
  } catch (cause) {
    if (cause instanceof MigrationError || work.context.signal.aborted) throw cause
    throw new MigrationError(
      'precondition',
      `the alarms cannot be made: ${cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)}`,
      {
        remedy:
          'Allow cloudwatch:DescribeAlarms, cloudwatch:PutMetricAlarm and cloudwatch:TagResource to the role, and name a topic in the region of the alarms, or remove `alarms` from the migration file. The tasks run.',
        cause,
      },
    )
  } finally {
    client.destroy()
  }
}
