import { paginateDescribeAlarms, type CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { alarmPrefix } from './planned-alarms.ts'

/** An alarm on one metric. */
export interface MetricAlarm {
  readonly name: string
  readonly metric: string
  readonly dimensions: Readonly<Record<string, string>>
}

/**
 * Every alarm on a metric of RDS in this account and region, save those that migrations make for their own time. Throws what the SDK throws: the caller judges by `name`.
 */
export async function rdsAlarms(client: CloudWatchClient, signal: AbortSignal): Promise<MetricAlarm[]> {
  const alarms: MetricAlarm[] = []
  const pages = paginateDescribeAlarms({ client }, { AlarmTypes: ['MetricAlarm'] }, { abortSignal: signal })
  for await (const page of pages) {
    for (const alarm of page.MetricAlarms ?? []) {
      if (alarm.Namespace !== 'AWS/RDS' || alarm.AlarmName?.startsWith(alarmPrefix) === true) continue
      alarms.push({
        name: alarm.AlarmName ?? '',
        metric: alarm.MetricName ?? '',
        dimensions: Object.fromEntries(
          (alarm.Dimensions ?? []).map(({ Name, Value }) => [Name ?? '', Value ?? '']),
        ),
      })
    }
  }
  return alarms
}
