import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { page } from '../protocol/paging.ts'
import { flexibleBoolean, flexibleList, flexibleNumber } from '../protocol/query-values.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import type { AlarmRecord } from './alarm-record.ts'
import type { MetricStore } from './metric-store.ts'
import { dimensionsSchema, readDimensions } from './metric-input.ts'
import { bucketsOf, statistic } from './statistics.ts'

const comparisons: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
}

const alarmSchema = z.strictObject({
  AlarmName: z.string(),
  AlarmDescription: z.string().optional(),
  ActionsEnabled: flexibleBoolean.optional(),
  OKActions: flexibleList(z.string()).optional(),
  AlarmActions: flexibleList(z.string()).optional(),
  InsufficientDataActions: flexibleList(z.string()).optional(),
  MetricName: z.string(),
  Namespace: z.string(),
  Statistic: z.string().optional(),
  ExtendedStatistic: z.string().optional(),
  Dimensions: dimensionsSchema,
  Period: flexibleNumber,
  Unit: z.string().optional(),
  EvaluationPeriods: flexibleNumber,
  DatapointsToAlarm: flexibleNumber.optional(),
  Threshold: flexibleNumber,
  ComparisonOperator: z.string(),
  TreatMissingData: z.enum(['breaching', 'notBreaching', 'ignore', 'missing']).optional(),
  Tags: flexibleList(z.unknown()).optional(),
})

type Alarm = z.output<typeof alarmSchema>

/** OK, ALARM or INSUFFICIENT_DATA as of now; there is no history and no action is taken. */
function stateOf(alarm: Alarm, store: MetricStore, periodMs: number): string {
  const now = Date.now()
  const metric = {
    namespace: alarm.Namespace,
    name: alarm.MetricName,
    dimensions: readDimensions(alarm.Dimensions),
  }
  const buckets = bucketsOf(store.points(metric, 0, now + 1, now), periodMs).slice(-alarm.EvaluationPeriods)
  const name = alarm.ExtendedStatistic ?? alarm.Statistic ?? 'Average'
  const breaches = comparisons[alarm.ComparisonOperator]
  const breaching = buckets.filter(({ values }) =>
    breaches?.(statistic(values, name), alarm.Threshold),
  ).length
  const missing = alarm.TreatMissingData === 'breaching' ? alarm.EvaluationPeriods - buckets.length : 0
  if (breaching + missing >= (alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods)) return 'ALARM'
  return buckets.length === 0 && alarm.TreatMissingData !== 'notBreaching' ? 'INSUFFICIENT_DATA' : 'OK'
}

/** `bucketMs` turns a period in seconds into the length of a bucket. */
export function alarmOperations(
  emulator: Emulator,
  store: MetricStore,
  bucketMs: (periodSeconds: number) => number,
): Record<string, Operation> {
  const { state } = emulator.store
  const describe = ({ arn, settings, updatedAt }: AlarmRecord): Record<string, unknown> => {
    const alarm = alarmSchema.parse(settings)
    return {
      ...alarm,
      AlarmArn: arn,
      AlarmConfigurationUpdatedTimestamp: new Date(updatedAt),
      ActionsEnabled: alarm.ActionsEnabled ?? true,
      StateValue: stateOf(alarm, store, bucketMs(alarm.Period)),
      StateReason: 'evaluated when asked',
      StateUpdatedTimestamp: new Date(),
    }
  }
  return {
    PutMetricAlarm: operation(alarmSchema, 'changes', (alarm) => {
      if (!comparisons[alarm.ComparisonOperator]) {
        throw new AwsError('ValidationError', `The emulator does not know ${alarm.ComparisonOperator}.`)
      }
      state.alarms = state.alarms.filter(({ name }) => name !== alarm.AlarmName)
      state.alarms.push({
        name: alarm.AlarmName,
        arn: emulator.arn('cloudwatch', `alarm:${alarm.AlarmName}`),
        settings: alarm,
        updatedAt: new Date().toISOString(),
      })
      emulator.store.save()
      return {}
    }),
    DescribeAlarms: operation(
      z.strictObject({
        AlarmNames: flexibleList(z.string()).optional(),
        AlarmNamePrefix: z.string().optional(),
        AlarmTypes: flexibleList(z.literal('MetricAlarm')).optional(),
        StateValue: z.string().optional(),
        MaxRecords: flexibleNumber.optional(),
        NextToken: z.string().optional(),
      }),
      'reads',
      (input) => {
        const matching = state.alarms
          .filter(
            ({ name }) => input.AlarmNames?.includes(name) ?? name.startsWith(input.AlarmNamePrefix ?? ''),
          )
          .map(describe)
          .filter((alarm) => input.StateValue === undefined || alarm.StateValue === input.StateValue)
        const { entries, Marker } = page(
          matching,
          { Marker: input.NextToken, MaxRecords: input.MaxRecords },
          { min: 1, max: 100, byDefault: 50 },
        )
        return { MetricAlarms: entries, CompositeAlarms: [], NextToken: Marker }
      },
    ),
    DeleteAlarms: operation(
      z.strictObject({ AlarmNames: flexibleList(z.string()) }),
      'changes',
      ({ AlarmNames }) => {
        const missing = AlarmNames.filter((wanted) => !state.alarms.some(({ name }) => name === wanted))
        if (missing.length > 0)
          throw new AwsError('ResourceNotFound', `Alarms not found: ${missing.join(', ')}`, 404)
        state.alarms = state.alarms.filter(({ name }) => !AlarmNames.includes(name))
        emulator.store.save()
        return {}
      },
    ),
  }
}
