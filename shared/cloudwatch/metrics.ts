import {
  paginateGetMetricData,
  paginateListMetrics,
  type CloudWatchClient,
  type MetricDataQuery,
} from '@aws-sdk/client-cloudwatch'

/** One metric of CloudWatch by namespace, name and dimensions. */
export interface Metric {
  readonly namespace: 'AWS/DMS' | 'AWS/RDS'
  readonly name: string
  readonly dimensions: Readonly<Record<string, string>>
  readonly statistic: 'Average' | 'Maximum' | 'Minimum'
}

/** The newest point of a metric; null: CloudWatch has none in the time looked at, which is no zero. */
export type LatestPoint = { readonly value: number; readonly at: Date } | null

export interface Metrics {
  /** Newest points, in the order of the metrics asked for. Throws what the SDK throws: the caller judges by `name`. */
  latest(metrics: readonly Metric[], now: Date): Promise<LatestPoint[]>
  /**
   * The dimensions of the DMS metric of that name one of which has this value; undefined where there is none. For
   * serverless replications, whose dimensions the User Guide does not name.
   */
  dimensionsOf(name: string, value: string): Promise<Readonly<Record<string, string>> | undefined>
}

/** DMS and RDS publish a point a minute, late by one or several (User Guide, Monitoring); an older one says nothing. */
const lookBackMs = 15 * 60_000
/** GetMetricData takes at most 500 queries a call. */
const mostQueries = 500

/** The port over the real client; `signal` ends calls that are under way. */
export function metrics(client: CloudWatchClient, signal?: AbortSignal): Metrics {
  const http = signal === undefined ? {} : { abortSignal: signal }
  return {
    latest: async (wanted, now) => {
      const points: LatestPoint[] = wanted.map(() => null)
      for (let first = 0; first < wanted.length; first += mostQueries) {
        const pages = paginateGetMetricData(
          { client },
          {
            MetricDataQueries: wanted
              .slice(first, first + mostQueries)
              .map((metric, index) => query(metric, first + index)),
            StartTime: new Date(now.getTime() - lookBackMs),
            EndTime: new Date(now.getTime() + 60_000),
            ScanBy: 'TimestampDescending',
          },
          http,
        )
        for await (const page of pages) {
          for (const result of page.MetricDataResults ?? []) {
            const place = Number((result.Id ?? '').slice(1))
            const at = result.Timestamps?.[0]
            const value = result.Values?.[0]
            const known = points[place]
            if (at === undefined || value === undefined || known === undefined) continue
            if (known === null || at > known.at) points[place] = { value, at }
          }
        }
      }
      return points
    },
    dimensionsOf: async (name, value) => {
      const pages = paginateListMetrics({ client }, { Namespace: 'AWS/DMS', MetricName: name }, http)
      for await (const page of pages) {
        for (const { Dimensions = [] } of page.Metrics ?? []) {
          if (!Dimensions.some((one) => one.Value?.toLowerCase() === value.toLowerCase())) continue
          return Object.fromEntries(Dimensions.map((one) => [one.Name ?? '', one.Value ?? '']))
        }
      }
      return undefined
    },
  }
}

function query(metric: Metric, place: number): MetricDataQuery {
  return {
    Id: `m${place}`,
    ReturnData: true,
    MetricStat: {
      Metric: {
        Namespace: metric.namespace,
        MetricName: metric.name,
        Dimensions: Object.entries(metric.dimensions).map(([Name, Value]) => ({ Name, Value })),
      },
      Period: 60,
      Stat: metric.statistic,
    },
  }
}
