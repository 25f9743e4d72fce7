import { credentialsExpired } from '../aws/expired-credentials.ts'
import { capacityMetric, freeStorage, instanceMetric } from '../cloudwatch/dms-metrics.ts'
import type { LatestPoint, Metric, Metrics } from '../cloudwatch/metrics.ts'
import { externalId } from '../dms/task-identifier.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { gaugeName, withPoint, type Gauge, type GaugeKind } from './gauge.ts'
import { healthFindings, type HealthFinding, type HealthHistory } from './health-findings.ts'
import { healthNotices } from './health-notices.ts'
import type { SourceHealth } from './source-health.ts'

/** What is watched, and where it is asked for. */
export interface WatchedHosts {
  /** CloudWatch where DMS works. */
  readonly metrics: Metrics
  /** Identifiers of replication instances. */
  readonly instances: readonly string[]
  /** Serverless replications. */
  readonly replications: readonly { readonly arn: string; readonly identifier: string }[]
  /** The source; undefined with task ARNs alone. */
  readonly source:
    | {
        /** Its RDS instance with the CloudWatch of its account; undefined where it is none. */
        readonly rds: { readonly metrics: Metrics; readonly instance: string } | undefined
        /** One look in a session of its own, which ends with it. */
        readonly look: () => Promise<SourceHealth>
      }
    | undefined
}

/** What the looks so far have shown. */
export interface HealthReport extends HealthHistory {
  readonly findings: readonly HealthFinding[]
  /** What could not be seen, and why: each once. */
  readonly unknown: readonly string[]
}

export interface HealthWatch {
  report(): HealthReport
  /** Ends the looks; one that is under way may take three seconds more, unless the run is cancelled. */
  stop(): Promise<void>
}

export interface HealthOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly log: Log
  /** Called once for each severity of each finding. */
  readonly onTrouble: (finding: HealthFinding) => void
}

/** CloudWatch has a point a minute. The source is looked at every second time: a session is opened for it. */
const pauseMs = 60_000
const patienceMs = 3000
/** The first point of a new instance comes minutes late. */
const looksUntilMissing = 5
/** About half an hour of looks at the source. */
const mostSourceLooks = 16

/** Looks at what the tasks run on, and at the source, beside a wait. Never throws: what cannot be seen is said once. */
export function watchHealth(hosts: WatchedHosts, options: HealthOptions): HealthWatch {
  const { clock, log } = options
  const stopped = new AbortController()
  const notices = healthNotices()
  const said = new Map<string, string>()
  let history: HealthHistory = { gauges: gaugesOf(hosts), source: [] }
  let findings: readonly HealthFinding[] = []
  let looks = 0
  let places: ReadonlyMap<string, Readonly<Record<string, string>>> = new Map()

  const cannot = (about: string, why: string) => {
    if (said.has(about)) return
    said.set(about, why)
    log.line(`${about}: not watched. ${why}`)
  }
  const tried = async (about: string, remedy: string, work: () => Promise<void>) => {
    try {
      await work()
    } catch (error) {
      if (options.signal.aborted || stopped.signal.aborted || credentialsExpired(error)) return
      cannot(about, `${error instanceof Error ? error.message : String(error)} ${remedy}`)
    }
  }
  const readGauges = async (port: Metrics, gauges: readonly Gauge[]) => {
    const known = gauges.flatMap((gauge) => {
      const metric = metricOf(gauge, places)
      return metric === undefined ? [] : [{ gauge, metric }]
    })
    if (known.length === 0) return
    const points = await port.latest(
      known.map(({ metric }) => metric),
      new Date(clock.now()),
    )
    const read = new Map<Gauge, LatestPoint>(known.map(({ gauge }, index) => [gauge, points[index] ?? null]))
    history = {
      ...history,
      gauges: history.gauges.map((gauge) => withPoint(gauge, read.get(gauge) ?? null)),
    }
  }

  const look = async () => {
    looks += 1
    const { source, metrics } = hosts
    const remedy = 'Allow cloudwatch:GetMetricData to the role of this job to have it watched.'
    const isSource = ({ kind }: Gauge) => kind === 'source-storage'
    const host = 'What the tasks run on, in CloudWatch'
    const storage = 'The storage of the source, in CloudWatch'
    await tried(host, remedy, async () => {
      places = await placesOf(hosts, places)
      await readGauges(
        metrics,
        history.gauges.filter((gauge) => !isSource(gauge)),
      )
    })
    const rds = source?.rds
    if (rds !== undefined) {
      await tried(storage, remedy, async () => readGauges(rds.metrics, history.gauges.filter(isSource)))
    }
    if (source !== undefined && (looks <= 2 || looks % 2 === 0)) {
      await tried('WAL and transactions of the source', 'The wait goes on without.', async () => {
        const health = await source.look()
        if (!health.mayMonitor)
          cannot(
            'Transactions of others on the source',
            'Grant pg_monitor to the migration’s login to see them.',
          )
        history = { ...history, source: [...history.source, health].slice(-mostSourceLooks) }
      })
    }
    if (looks >= looksUntilMissing) {
      for (const gauge of history.gauges)
        if (gauge.points.length === 0 && !said.has(isSource(gauge) ? storage : host))
          cannot(`${gaugeName(gauge.kind)} of ${gauge.of}`, 'CloudWatch has no points of it.')
    }
    findings = healthFindings(history)
    const { told, over } = notices(findings)
    for (const finding of told) options.onTrouble(finding)
    for (const key of over) log.line(`${key}: no longer in short supply`)
  }

  const running = (async () => {
    const ended = AbortSignal.any([options.signal, stopped.signal])
    while (!ended.aborted) {
      await look()
      await clock.sleep(pauseMs * (0.9 + Math.random() * 0.2), ended).catch(() => undefined)
    }
  })()

  return {
    report: () => ({
      ...history,
      findings,
      unknown: [...said].map(([about, why]) => `${about}: ${why}`),
    }),
    stop: async () => {
      stopped.abort()
      const patience = new AbortController()
      const limit = AbortSignal.any([patience.signal, options.signal])
      await Promise.race([running, clock.sleep(patienceMs, limit).catch(() => undefined)])
      patience.abort()
    },
  }
}

const instanceGauges = {
  'instance-storage': 'FreeStorageSpace',
  'instance-memory': 'FreeableMemory',
  'instance-swap': 'SwapUsage',
  'instance-cpu': 'CPUUtilization',
} as const

function gaugesOf({ instances, replications, source }: WatchedHosts): Gauge[] {
  const empty = (kind: GaugeKind, of: string): Gauge => ({ kind, of, points: [] })
  return [
    ...instances.flatMap((of) =>
      (Object.keys(instanceGauges) as (keyof typeof instanceGauges)[]).map((kind) => empty(kind, of)),
    ),
    ...replications.map(({ identifier }) => empty('serverless-capacity', identifier)),
    ...(source?.rds === undefined ? [] : [empty('source-storage', source.rds.instance)]),
  ]
}

function metricOf(
  { kind, of }: Gauge,
  places: ReadonlyMap<string, Readonly<Record<string, string>>>,
): Metric | undefined {
  if (kind === 'source-storage') return freeStorage(of)
  if (kind !== 'serverless-capacity') return instanceMetric(instanceGauges[kind], of)
  const dimensions = places.get(of)
  return dimensions === undefined ? undefined : capacityMetric(dimensions)
}

/** Dimensions of serverless replications, looked for until they are there: they appear with the first point. */
async function placesOf(
  { metrics, replications }: WatchedHosts,
  known: ReadonlyMap<string, Readonly<Record<string, string>>>,
): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  const places = new Map(known)
  for (const { arn, identifier } of replications) {
    if (places.has(identifier)) continue
    const found =
      (await metrics.dimensionsOf('CapacityUtilization', externalId(arn))) ??
      (await metrics.dimensionsOf('CapacityUtilization', identifier))
    if (found !== undefined) places.set(identifier, found)
  }
  return places
}
