import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { page } from '../protocol/paging.ts'
import { flexibleBoolean, flexibleList, flexibleNumber, flexibleTime } from '../protocol/query-values.ts'
import { operation } from '../protocol/service.ts'
import type { Service } from '../protocol/service.ts'
import { alarmOperations } from './alarms.ts'
import { dimensionsSchema, readDimensions } from './metric-input.ts'
import type { MetricName, MetricStore } from './metric-store.ts'
import { bucketsOf, statistic, unitOf } from './statistics.ts'
import type { Bucket } from './statistics.ts'

const minuteMs = 60_000
const mostQueries = 500
const mostDataPoints = 100_800
const mostStatisticsPoints = 1440

const querySchema = z.strictObject({
  Id: z.string(),
  MetricStat: z
    .strictObject({
      Metric: z.strictObject({ Namespace: z.string(), MetricName: z.string(), Dimensions: dimensionsSchema }),
      Period: flexibleNumber,
      Stat: z.string(),
      Unit: z.string().optional(),
    })
    .optional(),
  Expression: z.string().optional(),
  Label: z.string().optional(),
  Period: flexibleNumber.optional(),
  ReturnData: flexibleBoolean.optional(),
})

const dataInput = z.strictObject({
  MetricDataQueries: flexibleList(querySchema),
  StartTime: flexibleTime,
  EndTime: flexibleTime,
  ScanBy: z.enum(['TimestampDescending', 'TimestampAscending']).optional(),
  MaxDatapoints: flexibleNumber.optional(),
  NextToken: z.string().optional(),
  LabelOptions: z.unknown().optional(),
})

const statisticsInput = z.strictObject({
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions: dimensionsSchema,
  StartTime: flexibleTime,
  EndTime: flexibleTime,
  Period: flexibleNumber,
  Statistics: flexibleList(z.enum(['Average', 'Sum', 'Minimum', 'Maximum', 'SampleCount'])).optional(),
  ExtendedStatistics: flexibleList(z.string()).optional(),
  Unit: z.string().optional(),
})

const listInput = z.strictObject({
  Namespace: z.string().optional(),
  MetricName: z.string().optional(),
  Dimensions: flexibleList(z.strictObject({ Name: z.string(), Value: z.string().optional() })).optional(),
  NextToken: z.string().optional(),
  RecentlyActive: z.string().optional(),
})

/** CloudWatch over what the sampler collected. Both of its protocols are spoken: JSON 1.0 and Query. */
export function cloudWatchService(emulator: Emulator, store: MetricStore): Service {
  /** A period of 60 s is one metric period here: with a short one, CloudWatch's minutes pass as quickly. */
  const bucketMs = (periodSeconds: number): number =>
    (periodSeconds * 1000 * Math.min(minuteMs, emulator.knobs.metricPeriodMs)) / minuteMs

  const read = (metric: MetricName, from: Date, to: Date, period: number): Bucket[] => {
    if (to <= from)
      throw new AwsError(
        'InvalidParameterCombination',
        'The parameter StartTime must be less than the parameter EndTime.',
      )
    if (period <= 0)
      throw new AwsError('InvalidParameterValue', 'The parameter Period must be greater than 0.')
    return bucketsOf(store.points(metric, from.getTime(), to.getTime(), Date.now()), bucketMs(period))
  }

  return {
    name: 'cloudwatch',
    signingName: 'monitoring',
    targetPrefix: 'GraniteServiceVersion20100801',
    query: { version: '2010-08-01', namespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/' },
    operations: {
      GetMetricData: operation(dataInput, 'reads', (input) => {
        if (input.MetricDataQueries.length > mostQueries) {
          throw new AwsError('ValidationError', `The maximum number of MetricDataQueries is ${mostQueries}.`)
        }
        const results = input.MetricDataQueries.filter(({ ReturnData }) => ReturnData !== false).map(
          (query) => {
            const { MetricStat } = query
            if (!MetricStat || query.Expression !== undefined) {
              throw new AwsError(
                'ValidationError',
                `The emulator has no metric math: query ${query.Id} needs a MetricStat.`,
              )
            }
            const { Namespace: namespace, MetricName: name, Dimensions } = MetricStat.Metric
            const metric = { namespace, name, dimensions: readDimensions(Dimensions) }
            const buckets = read(metric, input.StartTime, input.EndTime, MetricStat.Period)
            if (input.ScanBy !== 'TimestampAscending') buckets.reverse()
            return {
              Id: query.Id,
              Label: query.Label ?? name,
              Timestamps: buckets.map(({ at }) => new Date(at)),
              Values: buckets.map(({ values }) => statistic(values, MetricStat.Stat)),
              StatusCode: 'Complete',
            }
          },
        )
        if (results.reduce((total, { Values }) => total + Values.length, 0) > mostDataPoints) {
          throw new AwsError(
            'ValidationError',
            `More than ${mostDataPoints} data points: ask for less at a time.`,
          )
        }
        return { MetricDataResults: results, Messages: [] }
      }),
      GetMetricStatistics: operation(statisticsInput, 'reads', (input) => {
        const names = [...(input.Statistics ?? []), ...(input.ExtendedStatistics ?? [])]
        if (names.length === 0) {
          throw new AwsError(
            'InvalidParameterCombination',
            'At least one of the parameters Statistics and ExtendedStatistics must be specified.',
          )
        }
        const metric = {
          namespace: input.Namespace,
          name: input.MetricName,
          dimensions: readDimensions(input.Dimensions),
        }
        const buckets = read(metric, input.StartTime, input.EndTime, input.Period)
        if (buckets.length > mostStatisticsPoints) {
          throw new AwsError(
            'InvalidParameterCombination',
            `You have requested up to ${buckets.length} datapoints, which exceeds the limit of ${mostStatisticsPoints}.`,
          )
        }
        return {
          Label: input.MetricName,
          Datapoints: buckets.map(({ at, values }) => ({
            Timestamp: new Date(at),
            Unit: unitOf(input.MetricName),
            ...Object.fromEntries((input.Statistics ?? []).map((name) => [name, statistic(values, name)])),
            ...(input.ExtendedStatistics
              ? {
                  ExtendedStatistics: Object.fromEntries(
                    input.ExtendedStatistics.map((name) => [name, statistic(values, name)]),
                  ),
                }
              : {}),
          })),
        }
      }),
      ListMetrics: operation(listInput, 'reads', (input) => {
        const matching = store
          .names(Date.now())
          .filter(
            (metric) =>
              (input.Namespace ?? metric.namespace) === metric.namespace &&
              (input.MetricName ?? metric.name) === metric.name &&
              (input.Dimensions ?? []).every(
                ({ Name, Value }) =>
                  Name in metric.dimensions && (Value ?? metric.dimensions[Name]) === metric.dimensions[Name],
              ),
          )
        const { entries, Marker } = page(
          matching,
          { Marker: input.NextToken },
          { min: 1, max: 500, byDefault: 500 },
        )
        return {
          Metrics: entries.map(({ namespace, name, dimensions }) => ({
            Namespace: namespace,
            MetricName: name,
            Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
          })),
          NextToken: Marker,
        }
      }),
      ...alarmOperations(emulator, store, bucketMs),
    },
  }
}
