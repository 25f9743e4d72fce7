import type { Client } from 'pg'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AttemptInput, LiveAttempt } from './attempt-state.ts'
import { runAttempt } from './attempt.ts'
import { tableKey } from './catalogue.ts'
import { closeClient, isConnectionError, openSource, openTarget } from './connect.ts'
import { createControlTables } from './control-tables.ts'
import {
  ConnectionFault,
  TaskStop,
  type ReplicationEnd,
  type ReplicationJob,
  type ReplicationListener,
  type RunningReplication,
} from './job-contract.ts'
import { NO_LSN } from './lsn.ts'
import { createPositionStore, type PositionStore } from './position.ts'
import { createRateMeter } from './rate-meter.ts'
import { createSessions } from './sessions.ts'
import { planSlot, type SlotPlan } from './slot-plan.ts'
import { createStatistics, now, type Statistics } from './statistics.ts'
import { databaseError, failureText, STOP_NORMAL } from './task-failure.ts'
import { createTaskMemory, type TaskMemory } from './task-memory.ts'
import { taskMetrics } from './task-metrics.ts'
import { planTask, type TaskPlan } from './task-plan.ts'

/**
 * Starts one run of a replication task. It goes on by itself, recovering from lost connections, and ends by telling the
 * listener; the result is its handle. Never throws: what is wrong with the job ends the task as `failed`.
 */
export function startReplication(job: ReplicationJob, listener: ReplicationListener): RunningReplication {
  const startedAt = now()
  const stop = new AbortController()
  const meters = {
    loadRows: createRateMeter(),
    loadBytes: createRateMeter(),
    sourceRows: createRateMeter(),
    sourceBytes: createRateMeter(),
    targetRows: createRateMeter(),
    targetBytes: createRateMeter(),
    validatedRows: createRateMeter(),
    equalRows: createRateMeter(),
  }
  let statistics: Statistics = createStatistics([], [], false)
  let memory: TaskMemory | null = null
  let live: LiveAttempt | null = null

  const fresh = job.startType !== 'resume-processing' || job.checkpoint === undefined

  let reported = false
  function reportRunning(): void {
    if (!reported) listener.running()
    reported = true
  }

  async function prepare(): Promise<AttemptInput> {
    const source = await openSource(job.source, 'metadata')
    try {
      const plan = await planTask(job, source)
      const previous = fresh ? [] : (job.checkpoint?.statistics ?? [])
      statistics = createStatistics(
        plan.selected,
        previous,
        plan.settings.ValidationSettings.EnableValidation,
      )
      const positions = createPositionStore(job, plan.settings)
      const slot = await prepareTarget(plan, positions, source)
      memory = createTaskMemory(fresh ? undefined : job.checkpoint, statistics, listener)
      if (slot !== null) {
        memory.slotName = slot.name
        memory.slotOwned = slot.owned
        if (fresh) memory.countedLsn = slot.start
      }
      return {
        job,
        plan,
        slot,
        statistics,
        positions,
        memory,
        meters,
        stopping: stop.signal,
        log: (line) => listener.log?.(line),
        ready: reportRunning,
        live(attempt) {
          live = attempt
        },
      }
    } finally {
      await closeClient(source)
    }
  }

  /**
   * Control tables and, on a fresh start, where it begins: written before the first checkpoint, so that a kill in between
   * can neither lose the start position nor take an earlier run's for it.
   */
  async function prepareTarget(
    plan: TaskPlan,
    positions: PositionStore,
    source: Client,
  ): Promise<SlotPlan | null> {
    const target = await openTarget(job.target, 'metadata')
    const sessions = createSessions(job)
    try {
      await createControlTables(target, plan.settings, {
        validationIndexCollides: job.quirks['validation-index-collides'],
      })
      const slot = plan.captures ? await planSlot(job, source, fresh, plan.databaseOid) : null
      if (fresh) {
        // What an earlier life of the task still has under way must not move the new position.
        await sessions.evict('target')
        await positions.reset(target, slot?.start ?? NO_LSN)
      }
      return slot
    } finally {
      await closeClient(target)
    }
  }

  async function recover(input: AttemptInput): Promise<string> {
    const behaviour = input.plan.settings.ErrorBehavior
    for (let failures = 0; ;) {
      const begunAt = Date.now()
      try {
        return await runAttempt(input)
      } catch (error) {
        if (stop.signal.aborted) return STOP_NORMAL
        if (!isConnectionError(error) && !(error instanceof ConnectionFault)) throw error
        input.statistics.forgetPending()
        listener.log?.({
          component: 'TASK_MANAGER',
          severity: 'warning',
          message: `Recoverable: ${databaseError(error)}`,
        })
        failures = Date.now() - begunAt > 60_000 ? 1 : failures + 1
        const limit = behaviour.RecoverableErrorCount
        if (limit >= 0 && failures > limit)
          throw new Error(
            `Task '${job.externalId}' was stopped after ${limit} recovery attempts: ${databaseError(error)}`,
            {
              cause: error,
            },
          )
        const growth = behaviour.RecoverableErrorThrottling ? 2 ** Math.min(failures - 1, 10) : 1
        const seconds = Math.min(
          behaviour.RecoverableErrorInterval * growth,
          behaviour.RecoverableErrorThrottlingMax,
        )
        await sleep(seconds * 1000, undefined, { signal: stop.signal }).catch(() => undefined)
        if (stop.signal.aborted) return STOP_NORMAL
      }
    }
  }

  async function runTask(): Promise<ReplicationEnd> {
    try {
      const input = await prepare()
      if (stop.signal.aborted) return { status: 'stopped', stopReason: STOP_NORMAL }
      input.memory.checkpoint()
      // A load covers what is written before capture begins, and a slot may wait long for open transactions.
      if (input.plan.loads) reportRunning()
      return { status: 'stopped', stopReason: await recover(input) }
    } catch (error) {
      if (stop.signal.aborted) return { status: 'stopped', stopReason: STOP_NORMAL }
      if (error instanceof TaskStop) return { status: 'stopped', stopReason: error.message }
      const text = failureText(
        job.externalId,
        databaseError(error),
        isConnectionError(error) ? 'RECOVERABLE' : 'FATAL',
      )
      listener.log?.({
        component: 'TASK_MANAGER',
        severity: 'error',
        message: `Task '${job.externalId}' encountered a fatal error: ${databaseError(error)}`,
      })
      return { status: 'failed', stopReason: text, lastFailureMessage: text }
    } finally {
      live = null
    }
  }

  const ended = runTask().then((end) => {
    statistics.forgetPending()
    memory?.checkpoint()
    listener.ended(end)
  })

  return {
    async stop() {
      stop.abort()
      await ended
    },
    async reloadTables(tables, option) {
      if (live === null) throw new Error('The task is not running.')
      const keys = tables.map(({ schema, table }) => tableKey(schema, table))
      for (const key of keys) statistics.get(key)
      if (option === 'data-reload') await live.reload(keys)
      else live.revalidate(keys)
    },
    statistics: () => statistics.list(),
    stats: () => statistics.taskStats(startedAt, job.quirks['errored-tables-count-as-loaded']),
    metrics: () => taskMetrics(meters, live, statistics),
  }
}
