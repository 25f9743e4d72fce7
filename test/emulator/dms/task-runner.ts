import type { Emulator } from '../emulator.ts'
import { externalIdOf } from '../identity.ts'
import { dropOwnedSlot, startReplication } from '../replication/replication-job.ts'
import type {
  Checkpoint,
  ReplicationEnd,
  ReplicationJob,
  ReplicationStats,
  RunningReplication,
  StartType,
  TableStatisticsRecord,
  TaskMetrics,
} from '../replication/replication-job.ts'
import type { TaskProgress } from '../state.ts'
import { addressOf } from './database-address.ts'
import { findEndpoint } from './endpoints.ts'
import { noteEvent } from './events.ts'
import type { MovedRecord, TaskRecord } from './records.ts'

const shutdownMs = 5000

const isTask = (record: MovedRecord): boolean => 'instanceArn' in record

/** Carries tasks and serverless replications through their life: once launched, a row mover is at work for each. */
export class TaskRunner {
  readonly #emulator: Emulator
  readonly #movers = new Map<string, RunningReplication>()
  #closing = false

  constructor(emulator: Emulator) {
    this.#emulator = emulator
  }

  /** The task reads `starting` until the row mover has its tables. The caller has checked that it may start. */
  start(task: TaskRecord, startType: StartType, cdcStartPosition: string | undefined): void {
    this.begin(task, startType, cdcStartPosition)
    task.status = 'starting'
    this.#emulator.store.save()
    this.#emulator.settle(() => this.launch(task))
  }

  /** Notes a new run; the caller sets the status, saves and launches when it is time. */
  begin(record: MovedRecord, startType: StartType, cdcStartPosition: string | undefined): void {
    const now = new Date().toISOString()
    record.run = {
      startType,
      checkpointed: false,
      ...(cdcStartPosition === undefined ? {} : { cdcStartPosition }),
    }
    record.startedAt = now
    if (startType !== 'resume-processing') record.freshStartAt = now
    delete record.stopReason
    delete record.lastFailureMessage
    delete record.stoppedAt
  }

  stop(task: MovedRecord): void {
    task.status = 'stopping'
    this.#emulator.store.save()
    const mover = this.#movers.get(task.arn)
    if (!mover) {
      this.end(task, { status: 'stopped', stopReason: 'Stop Reason NORMAL' })
      return
    }
    void mover.stop().then(() => {
      // A mover that ended in its own way has said so already.
      if (this.#movers.get(task.arn) === mover) {
        this.end(task, { status: 'stopped', stopReason: 'Stop Reason NORMAL' })
      }
    })
  }

  /** Drops the slot that the task made, then lets `forget` take it out of the state once the control plane has settled. */
  remove(task: MovedRecord, forget: () => void): void {
    const { store } = this.#emulator
    task.status = 'deleting'
    store.save()
    const settled = Promise.withResolvers<void>()
    this.#emulator.settle(settled.resolve)
    void this.#dropSlot(task).then(async () => {
      await settled.promise
      forget()
      delete store.state.tags[task.arn]
      this.#note(task, 'deletion', 'DMS-EVENT-0073 Replication task deleted.')
      store.forgetProgress(externalIdOf(task.arn))
      store.save()
    })
  }

  reload(
    task: MovedRecord,
    tables: { schema: string; table: string }[],
    option: 'data-reload' | 'validate-only',
  ): Promise<void> {
    this.#note(task, 'state change', 'DMS-EVENT-0081 Reload of tables requested.')
    return this.#movers.get(task.arn)?.reloadTables(tables, option) ?? Promise.resolve()
  }

  /** Of the running task, or as they were when it last ended or kept a checkpoint; empty before the first start. */
  statistics(task: MovedRecord): TableStatisticsRecord[] {
    const progress = this.#progress(task)
    return this.#movers.get(task.arn)?.statistics() ?? progress.statistics ?? []
  }

  stats(task: MovedRecord): ReplicationStats | undefined {
    const kept = this.#progress(task).stats
    const current = this.#movers.get(task.arn)?.stats()
    return current && task.run?.startType === 'resume-processing'
      ? { ...kept, ...current }
      : (current ?? kept)
  }

  /** Undefined while the task does not run. */
  metrics(task: MovedRecord): TaskMetrics | undefined {
    return task.status === 'running' ? this.#movers.get(task.arn)?.metrics() : undefined
  }

  confirmedLsn(task: MovedRecord): string | null {
    return this.#progress(task).checkpoint?.confirmedLsn ?? null
  }

  /** Takes up what was under way when the emulator went down: a running one goes on from its checkpoint, as `starting`. */
  takeUp<S extends MovedRecord['status']>(
    record: MovedRecord & { status: S },
    starting: S,
    forget: () => void,
  ): void {
    if (record.status === starting || record.status === 'running') {
      record.status = starting
      this.launch(record)
    } else if (record.status === 'stopping') {
      this.end(record, { status: 'stopped', stopReason: 'Stop Reason NORMAL' })
    } else if (record.status === 'deleting') {
      this.remove(record, forget)
    }
  }

  /** Ends every mover and leaves the tasks' states as they are, so that the next start goes on. */
  async close(): Promise<void> {
    this.#closing = true
    const ended = Promise.allSettled([...this.#movers.values()].map((mover) => mover.stop()))
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, shutdownMs).unref())])
  }

  #progress(task: MovedRecord): TaskProgress {
    return this.#emulator.store.progress(externalIdOf(task.arn))
  }

  /** Starts the row mover. Whatever is wrong ends the run as failed. */
  launch(task: MovedRecord): void {
    if (this.#closing || !task.run) return
    let mover: RunningReplication | undefined
    let over = false
    try {
      mover = startReplication(this.#job(task, task.run), {
        checkpoint: (checkpoint) => this.#keep(task, checkpoint, mover?.stats()),
        running: () => this.#runs(task),
        log: ({ component, severity, message }) =>
          this.#emulator.store.log(externalIdOf(task.arn), `${component} ${severity}: ${message}`),
        ended: (end) => {
          over = true
          if (!this.#closing) this.end(task, end)
        },
      })
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error)
      const message = `Last Error  ${cause} Stop Reason FATAL_ERROR Error Level FATAL`
      this.end(task, { status: 'failed', stopReason: message, lastFailureMessage: message })
      return
    }
    if (!over) this.#movers.set(task.arn, mover)
  }

  #job(task: MovedRecord, run: NonNullable<TaskRecord['run']>): ReplicationJob {
    const emulator = this.#emulator
    const startType = run.checkpointed ? 'resume-processing' : run.startType
    const { checkpoint } = this.#progress(task)
    return {
      taskArn: task.arn,
      taskIdentifier: task.identifier,
      externalId: externalIdOf(task.arn),
      migrationType: task.migrationType,
      startType,
      ...(run.cdcStartPosition === undefined ? {} : { cdcStartPosition: run.cdcStartPosition }),
      ...(task.cdcStopPosition === undefined ? {} : { cdcStopPosition: task.cdcStopPosition }),
      source: addressOf(emulator, findEndpoint(emulator, task.sourceEndpointArn)),
      target: addressOf(emulator, findEndpoint(emulator, task.targetEndpointArn)),
      tableMappings: JSON.parse(task.tableMappings) as unknown,
      taskSettings: task.settings,
      ...(checkpoint && startType !== 'start-replication' ? { checkpoint } : {}),
      quirks: emulator.quirks,
      replicationDelayMs: () => emulator.knobs.replicationDelayMs,
      fault: (point, detail) => emulator.faults.atPoint(point, detail),
    }
  }

  #keep(task: MovedRecord, checkpoint: Checkpoint, stats: ReplicationStats | undefined): void {
    const { store } = this.#emulator
    store.saveProgress(externalIdOf(task.arn), {
      checkpoint,
      statistics: checkpoint.statistics,
      ...(stats ? { stats } : {}),
    })
    if (task.run && !task.run.checkpointed) {
      task.run.checkpointed = true
      store.save()
    }
  }

  #runs(task: MovedRecord): void {
    if (task.status !== 'starting' && task.status !== 'replication_starting') return
    task.status = 'running'
    this.#note(task, 'state change', 'DMS-EVENT-0069 Replication task has started.')
    this.#emulator.store.save()
  }

  /** Notes how a run ended; also for one that never came to be launched. */
  end(task: MovedRecord, end: ReplicationEnd): void {
    const { store } = this.#emulator
    const mover = this.#movers.get(task.arn)
    this.#movers.delete(task.arn)
    if (mover) {
      store.saveProgress(externalIdOf(task.arn), {
        ...this.#progress(task),
        statistics: mover.statistics(),
        stats: mover.stats(),
      })
    }
    task.status = end.status
    task.stopReason = end.stopReason
    if (end.lastFailureMessage !== undefined) task.lastFailureMessage = end.lastFailureMessage
    task.stoppedAt = new Date().toISOString()
    const [category, message] =
      end.status === 'failed'
        ? ['failure', 'DMS-EVENT-0078 Replication task has failed.']
        : ['state change', 'DMS-EVENT-0079 Replication task has stopped.']
    this.#note(task, category ?? '', message ?? '')
    store.save()
  }

  /** AWS lists no events for serverless replications. */
  #note(record: MovedRecord, category: string, message: string): void {
    if (isTask(record)) noteEvent(this.#emulator, 'replication-task', record.identifier, category, message)
  }

  async #dropSlot(task: MovedRecord): Promise<void> {
    const { checkpoint } = this.#progress(task)
    if (!checkpoint) return
    try {
      const source = addressOf(this.#emulator, findEndpoint(this.#emulator, task.sourceEndpointArn))
      await dropOwnedSlot({ source, checkpoint })
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error)
      const message = `DMS-EVENT-0082 Replication task deletion has failed to clean up task data: ${cause}`
      this.#note(task, 'failure', message)
    }
  }
}
