import {
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  type CloudWatchClient,
  type PutMetricAlarmCommandInput,
} from '@aws-sdk/client-cloudwatch'
import type { PlannedAlarm } from './planned-alarms.ts'

/** Alarms that migrations make, in one account and region. Calls throw what the SDK throws. */
export interface MigrationAlarms {
  /** Those of the names that are there, with what they watch. */
  find(names: readonly string[]): Promise<ReadonlyMap<string, FoundAlarm>>
  /** Makes an alarm, or puts it in the place of one of that name. */
  put(input: AlarmInput): Promise<void>
}

export interface FoundAlarm {
  readonly arn: string
  /** As PutMetricAlarm would take it, without tags. */
  readonly settings: AlarmInput
}

/** What PutMetricAlarm is called with. */
export type AlarmInput = PutMetricAlarmCommandInput

/** DescribeAlarms takes at most 100 names. */
const mostNames = 100

/** The port over the real client; `signal` ends calls that are under way. */
export function migrationAlarms(client: CloudWatchClient, signal: AbortSignal): MigrationAlarms {
  const http = { abortSignal: signal }
  return {
    find: async (names) => {
      const found = new Map<string, FoundAlarm>()
      for (let first = 0; first < names.length; first += mostNames) {
        const AlarmNames = names.slice(first, first + mostNames)
        const { MetricAlarms = [] } = await client.send(
          new DescribeAlarmsCommand({ AlarmNames, AlarmTypes: ['MetricAlarm'], MaxRecords: mostNames }),
          http,
        )
        for (const alarm of MetricAlarms)
          found.set(alarm.AlarmName ?? '', { arn: alarm.AlarmArn ?? '', settings: settingsOf(alarm) })
      }
      return found
    },
    put: async (input) => {
      await client.send(new PutMetricAlarmCommand(input), http)
    },
  }
}

/** The call that makes a planned alarm; `tags` count only where it is new (API reference, PutMetricAlarm). Pure. */
export function alarmInput(
  alarm: PlannedAlarm,
  topic: string,
  tags: readonly { readonly Key: string; readonly Value: string }[],
): AlarmInput {
  return {
    AlarmName: alarm.name,
    AlarmDescription: alarm.description,
    Namespace: alarm.metric.namespace,
    MetricName: alarm.metric.name,
    Dimensions: Object.entries(alarm.metric.dimensions).map(([Name, Value]) => ({ Name, Value })),
    Statistic: alarm.metric.statistic,
    Period: 60,
    EvaluationPeriods: alarm.minutes,
    Threshold: alarm.threshold,
    ComparisonOperator: alarm.when === 'above' ? 'GreaterThanThreshold' : 'LessThanThreshold',
    // A task that ends, as all do at last, reports no latency: that is no alarm, and no all-clear.
    TreatMissingData: 'missing',
    ActionsEnabled: true,
    AlarmActions: [topic],
    OKActions: [topic],
    Tags: [...tags],
  }
}

/** Whether an alarm that is there is the one that is wanted. Pure. */
export function sameAlarm(found: FoundAlarm, wanted: AlarmInput): boolean {
  return JSON.stringify(settingsOf(found.settings)) === JSON.stringify(settingsOf(wanted))
}

/** What makes an alarm this alarm, in an order of our own. */
function settingsOf(alarm: Partial<AlarmInput>): AlarmInput {
  const dimensions = (alarm.Dimensions ?? [])
    .map(({ Name, Value }) => ({ Name, Value }))
    .toSorted((a, b) => (a.Name ?? '').localeCompare(b.Name ?? ''))
  return {
    AlarmName: alarm.AlarmName,
    AlarmDescription: alarm.AlarmDescription,
    Namespace: alarm.Namespace,
    MetricName: alarm.MetricName,
    Dimensions: dimensions,
    Statistic: alarm.Statistic,
    Period: alarm.Period,
    EvaluationPeriods: alarm.EvaluationPeriods,
    Threshold: alarm.Threshold,
    ComparisonOperator: alarm.ComparisonOperator,
    TreatMissingData: alarm.TreatMissingData,
    ActionsEnabled: alarm.ActionsEnabled,
    AlarmActions: [...(alarm.AlarmActions ?? [])],
    OKActions: [...(alarm.OKActions ?? [])],
  }
}
