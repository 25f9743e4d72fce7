import type { TaskRunner } from '../dms/task-runner.ts'
import type { ReplicationInstanceRecord } from '../dms/records.ts'
import type { Emulator } from '../emulator.ts'
import { externalIdOf } from '../identity.ts'
import type { InstanceRecord } from '../rds/records.ts'
import type { TaskMetrics } from '../replication/replication-job.ts'
import type { Dimensions, MetricName, MetricStore, Point } from './metric-store.ts'
import { WalUsageReader } from './source-wal-usage.ts'

const gib = 2 ** 30
const minuteMs = 60_000
const mebibytesPerCapacityUnit = 2048

function replicationInstanceMetrics(instance: ReplicationInstanceRecord): Record<string, number> {
  return {
    CPUUtilization: 12,
    FreeableMemory: 2 * gib,
    AvailableMemory: 2 * gib,
    SwapUsage: 0,
    FreeStorageSpace: 0.8 * instance.allocatedStorage * gib,
    ReadIOPS: 10,
    WriteIOPS: 10,
  }
}

function rdsInstanceMetrics(instance: InstanceRecord): Record<string, number> {
  return {
    CPUUtilization: 20,
    FreeableMemory: 4 * gib,
    SwapUsage: 0,
    FreeStorageSpace: 0.6 * instance.allocatedStorageGib * gib,
    ...instance.metrics,
  }
}

/** The metrics that the User Guide lists for DMS Serverless; the memory in use is measured of this process. */
function serverlessMetrics(metrics: TaskMetrics, capacityUnits: number): Record<string, number> {
  const { CDCIncomingChanges, CDCLatencySource, CDCLatencyTarget, CDCThroughputBandwidthTarget } = metrics
  const { CDCThroughputRowsSource, CDCThroughputRowsTarget, CPUUtilization } = metrics
  const { FullLoadThroughputBandwidthTarget, FullLoadThroughputRowsTarget, MemoryUsage } = metrics
  return {
    CapacityUtilization: (100 * MemoryUsage) / (capacityUnits * mebibytesPerCapacityUnit),
    CDCIncomingChanges,
    CDCLatencySource,
    CDCLatencyTarget,
    CDCThroughputBandwidthTarget,
    CDCThroughputRowsSource,
    CDCThroughputRowsTarget,
    CPUUtilization,
    FullLoadThroughputBandwidthTarget,
    FullLoadThroughputRowsTarget,
  }
}

/** Takes a sample of everything once per metric period, at round times as CloudWatch does. */
export class MetricSampler {
  readonly #emulator: Emulator
  readonly #runner: TaskRunner
  readonly #store: MetricStore
  readonly #walReaders: Map<string, WalUsageReader>
  #closed = false

  constructor(emulator: Emulator, runner: TaskRunner, store: MetricStore) {
    this.#emulator = emulator
    this.#runner = runner
    this.#store = store
    this.#walReaders = new Map(
      emulator.config.rds.instances.flatMap(({ identifier, monitorUrl }) =>
        monitorUrl === undefined ? [] : [[identifier, new WalUsageReader(monitorUrl)]],
      ),
    )
  }

  /** Samples from now on, until closed; a changed period counts from the next sample. */
  start(): void {
    if (this.#store.names(Infinity).length === 0) this.#recall()
    this.#sampleOn()
  }

  /** Servers are older than the emulator: CloudWatch has a point of each from before, whatever the delay of points. */
  #recall(): void {
    const at = Math.floor((Date.now() - 5 * minuteMs) / minuteMs) * minuteMs
    this.#store.add(
      this.#emulator.store.state.rds.instances.flatMap((instance) =>
        Object.entries(rdsInstanceMetrics(instance)).map(([name, value]): [MetricName, Point] => [
          { namespace: 'AWS/RDS', name, dimensions: { DBInstanceIdentifier: instance.identifier } },
          { at, value },
        ]),
      ),
    )
  }

  #sampleOn(): void {
    const period = this.#emulator.knobs.metricPeriodMs
    this.#emulator.after(period - (Date.now() % period), () => {
      void this.#sample(Math.floor(Date.now() / period) * period).then(() => {
        if (!this.#closed) this.#sampleOn()
      })
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#walReaders.values()].map((reader) => reader.close()))
  }

  async #sample(at: number): Promise<void> {
    const { replicationInstances, tasks, replicationConfigs } = this.#emulator.store.state
    const sample: [MetricName, Point][] = []
    const add = (
      namespace: string,
      dimensions: Dimensions,
      values: Readonly<Record<string, number>>,
    ): void => {
      for (const [name, value] of Object.entries(values))
        sample.push([
          { namespace, name, dimensions },
          { at, value },
        ])
    }
    for (const instance of replicationInstances) {
      const dimensions = { ReplicationInstanceIdentifier: instance.identifier }
      const configured = this.#emulator.config.replicationInstances.find(
        ({ identifier }) => identifier.toLowerCase() === instance.identifier,
      )
      add('AWS/DMS', dimensions, { ...replicationInstanceMetrics(instance), ...configured?.metrics })
      for (const task of tasks.filter(({ instanceArn }) => instanceArn === instance.arn)) {
        const metrics = this.#runner.metrics(task)
        if (metrics)
          add('AWS/DMS', { ...dimensions, ReplicationTaskIdentifier: externalIdOf(task.arn) }, { ...metrics })
      }
    }
    for (const config of replicationConfigs) {
      const metrics = this.#runner.metrics(config)
      const units = config.computeConfig.MinCapacityUnits ?? 1
      const dimensions = { ReplicationConfigIdentifier: externalIdOf(config.arn) }
      if (metrics) add('AWS/DMS', dimensions, serverlessMetrics(metrics, units))
    }
    for (const instance of this.#emulator.store.state.rds.instances) {
      const usage = await this.#walReaders.get(instance.identifier)?.read()
      add(
        'AWS/RDS',
        { DBInstanceIdentifier: instance.identifier },
        {
          ...rdsInstanceMetrics(instance),
          ...(usage && {
            TransactionLogsDiskUsage: usage.walBytes,
            OldestReplicationSlotLag: usage.slotLagBytes,
            ReplicationSlotDiskUsage: Math.max(0, usage.slotLagBytes),
          }),
        },
      )
    }
    if (!this.#closed) this.#store.add(sample)
  }
}
