import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  paginateDescribeAlarms,
  type MetricAlarm,
} from '@aws-sdk/client-cloudwatch'
import { dmsAccount, sideAccount, type AwsAccount } from '../aws/accounts.ts'
import { awsClientOptions } from '../aws/client-options.ts'
import { refusal } from '../aws/refusal.ts'
import { alarmPrefix } from '../cloudwatch/planned-alarms.ts'
import type { CleanupStep } from './cleanup-step.ts'
import { forgetResource, recordedResources, type CleanupWork } from './work.ts'

interface FoundAlarm {
  readonly name: string
  readonly arn: string
  readonly account: AwsAccount
}

export interface AlarmSight {
  readonly ours: readonly FoundAlarm[]
  readonly refused: readonly { readonly arn: string; readonly owner: string }[]
}

/** Every alarm that create-task makes says in its description for which migration. */
const description = /^Migration ([^:]+): /u

/** Alarms of the migration, where it has or had any, in each account in which they are made. */
export async function readAlarms(work: CleanupWork): Promise<AlarmSight> {
  const { migration, named, context } = work
  const recorded = recordedResources(work).filter(({ kind }) => kind === 'alarm')
  const namedAlarms = named.arns.filter((arn) => arn.includes(':alarm:'))
  if (migration.alarms === undefined && recorded.length === 0 && namedAlarms.length === 0)
    return { ours: [], refused: [] }
  const ours = new Map<string, FoundAlarm>()
  const refused: { arn: string; owner: string }[] = []
  for (const account of [dmsAccount(migration), sideAccount(migration, 'source')]) {
    for (const alarm of await alarmsOf(
      account,
      namedAlarms,
      `${alarmPrefix}${migration.name}`,
      context.signal,
    )) {
      const [arn, name] = [alarm.AlarmArn ?? '', alarm.AlarmName ?? '']
      const owner = description.exec(alarm.AlarmDescription ?? '')?.[1]
      const asked = namedAlarms.includes(arn)
      if (owner === migration.name || (asked && owner === undefined)) ours.set(arn, { name, arn, account })
      else if (asked) refused.push({ arn, owner: owner ?? '' })
    }
  }
  return { ours: [...ours.values()], refused }
}

async function alarmsOf(
  account: AwsAccount,
  named: readonly string[],
  prefix: string,
  signal: AbortSignal,
): Promise<MetricAlarm[]> {
  const client = new CloudWatchClient(awsClientOptions(account))
  const found: MetricAlarm[] = []
  const asked = named.map((arn) => arn.slice(arn.indexOf(':alarm:') + ':alarm:'.length))
  try {
    for (const what of [{ AlarmNamePrefix: prefix }, ...(asked.length === 0 ? [] : [{ AlarmNames: asked }])])
      for await (const page of paginateDescribeAlarms(
        { client, pageSize: 100 },
        { ...what, AlarmTypes: ['MetricAlarm'] },
        { abortSignal: signal },
      ))
        found.push(...(page.MetricAlarms ?? []))
    return found
  } catch (cause) {
    throw refusal(cause, 'cloudwatch:DescribeAlarms', prefix)
  } finally {
    client.destroy()
  }
}

/** Deletes them; they come first, so that nobody is called for what cleanup stops. */
export function alarmSteps(work: CleanupWork, { ours }: AlarmSight): CleanupStep[] {
  return ours.map(({ name, arn, account }) => ({
    id: `delete ${arn}`,
    where: 'AWS' as const,
    title: `delete the alarm ${name}`,
    commands: [`DeleteAlarms ${name}`],
    after: [],
    removes: name,
    perform: async () => {
      const client = new CloudWatchClient(awsClientOptions(account))
      try {
        await client.send(new DeleteAlarmsCommand({ AlarmNames: [name] }), {
          abortSignal: work.context.signal,
        })
      } catch (cause) {
        // Somebody was quicker.
        if (!(cause instanceof Error && cause.name.startsWith('ResourceNotFound')))
          throw refusal(cause, 'cloudwatch:DeleteAlarms', name)
      } finally {
        client.destroy()
      }
      await forgetResource(work, name)
    },
  }))
}
