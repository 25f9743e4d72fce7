import { setTimeout as sleep } from 'node:timers/promises'
import { openApplySession } from './apply.ts'
import { createApplier, type Applier } from './applier.ts'
import { startCapture, type Capture } from './capture.ts'
import { tableKey } from './catalogue.ts'
import { createChangeRouter, type ChangeRouter } from './change-router.ts'
import { createConfirmer, type Confirmer } from './confirmer.ts'
import { runFullLoad } from './full-load.ts'
import type { ReplicationJob, TaskLogLine } from './job-contract.ts'
import { numericAsString } from './load-table.ts'
import { NO_LSN, type Lsn } from './lsn.ts'
import type { PositionStore } from './position.ts'
import { createSessions, type Sessions } from './sessions.ts'
import type { SlotPlan } from './slot-plan.ts'
import { awaitSlotReleased, createSlot, readSlot } from './slot.ts'
import type { Statistics } from './statistics.ts'
import type { RoutePolicy } from './table-route.ts'
import { rerouteTable, startTables } from './table-start.ts'
import type { TableProgress } from './table-state.ts'
import type { TaskContext } from './task-context.ts'
import { FatalTaskError, STOP_NORMAL } from './task-failure.ts'
import type { TaskMemory } from './task-memory.ts'
import { readTargetTables, type TaskPlan } from './task-plan.ts'
import { createWakeSignal } from './wake-signal.ts'

const LONGEST_NAP_MS = 100
const SHUTDOWN_GRACE_MS = 1000

export interface AttemptInput {
  readonly job: ReplicationJob
  readonly plan: TaskPlan
  readonly slot: SlotPlan | null
  /** positions of an earlier run do not count */
  readonly fresh: boolean
  readonly statistics: Statistics
  readonly positions: PositionStore
  readonly memory: TaskMemory
  readonly meters: TaskContext['meters']
  readonly stopping: AbortSignal
  log(line: TaskLogLine): void
  /** The attempt can be asked things from now on. */
  live(attempt: LiveAttempt): void
}

/** What the outside may ask of a running attempt. */
export interface LiveAttempt {
  /** commit times of the oldest transaction before and in the apply, null where none waits */
  oldest(): { waitingMs: number | null; applyingMs: number | null }
  /** rows: of a transaction not committed yet, waiting for the target, being applied */
  rows(): { open: number; waiting: number }
  reload(keys: readonly string[]): Promise<void>
}

/**
 * Runs the task from where the target says it stands until it stops, finishes or breaks. Every session of it is closed when
 * the promise settles. Resolves with DMS's stop reason; rejects with the cause.
 */
export async function runAttempt(input: AttemptInput): Promise<string> {
  const attempt = createAttempt(input)
  const onStop = (): void => attempt.end(STOP_NORMAL)
  input.stopping.addEventListener('abort', onStop, { once: true })
  try {
    if (input.stopping.aborted) return STOP_NORMAL
    attempt.start()
    return await attempt.ended
  } finally {
    input.stopping.removeEventListener('abort', onStop)
    await attempt.close()
  }
}

interface Attempt {
  readonly ended: Promise<string>
  end(reason: string): void
  start(): void
  close(): Promise<void>
}

function createAttempt(input: AttemptInput): Attempt {
  const { job, plan, memory, statistics } = input
  const { settings } = plan
  const sessions: Sessions = createSessions(job)
  const wake = createWakeSignal()
  const ending = Promise.withResolvers<string>()
  const parts: Promise<void>[] = []
  const state = { over: false }
  let capture: Capture | null = null
  let router: ChangeRouter | null = null
  let applier: Applier | null = null
  let confirmer: Confirmer | null = null
  let tables = new Map<string, TableProgress>()
  /** caches still hold changes from before this position */
  let draining: Lsn | null = null
  let flowing = false
  let reloading = 0

  const policy: RoutePolicy = {
    settings,
    quirks: job.quirks,
    trimSpaceInChar: job.source.trimSpaceInChar,
    numericAsString: numericAsString(input),
    onTruncation(table, column) {
      const message = `LOB value of column '${column}' of table ${table} was truncated`
      if (job.source.failTasksOnLobTruncation || job.target.failTasksOnLobTruncation)
        throw new FatalTaskError(`LOB data was truncated and FailTasksOnLobTruncation is set: ${message}`)
      input.log({ component: 'SOURCE_CAPTURE', severity: 'warning', message })
    },
  }
  const context: TaskContext = {
    job,
    settings,
    get tables() {
      return tables
    },
    statistics,
    positions: input.positions,
    stopping: input.stopping,
    meters: input.meters,
    reroute: async (progress, client) => rerouteTable(progress, client, policy),
    log: (line) => input.log(line),
  }

  /** A part runs beside the others; its failure ends the attempt. */
  function run(part: Promise<void>): void {
    parts.push(part.catch((error: unknown) => ending.reject(error)))
  }

  async function setUp(): Promise<void> {
    await Promise.all([sessions.evict('source'), sessions.evict('target')])
    const target = await sessions.open('target', 'apply')
    if (input.fresh && !memory.begun) await input.positions.reset(target, input.slot?.start ?? NO_LSN)
    else await input.positions.ensure(target, memory.countedLsn)
    memory.begun = true
    const position = await input.positions.load(target)
    const errored = statistics.list().filter((record) => record.TableState === 'Table error')
    tables = startTables(plan.selected, {
      policy,
      targetTables: await readTargetTables(target),
      positions: position.tables,
      loaded: memory.loaded,
      suspended: new Set(
        plan.captures ? errored.map((record) => tableKey(record.SchemaName, record.TableName)) : [],
      ),
      loads: plan.loads,
    })
    const queued = [...tables.values()].filter((progress) => progress.phase === 'queued')
    // While some tables load, changes of all tables wait in caches.
    if (queued.length > 0)
      for (const progress of tables.values()) if (progress.phase === 'flowing') progress.phase = 'loaded'
    for (const [key, progress] of tables) {
      if (progress.phase === 'suspended') continue
      statistics.setState(key, progress.phase === 'queued' ? 'Before load' : 'Table completed')
      if (progress.phase !== 'queued' && plan.loads) memory.loaded.add(key)
    }
    if (plan.captures && input.slot !== null) {
      flowing = queued.length === 0
      const applied = position.applied
      const slot = input.slot
      const counted = memory.countedLsn
      router = createChangeRouter(context, {
        appliedLsn: applied,
        countedLsn: counted > applied ? applied : counted,
        caching: !flowing,
        wake: () => wake.wake(),
        alreadyApplied: (lsn) => confirmer?.request(lsn),
      })
      const session = await openApplySession(target, settings.ChangeProcessingTuning.StatementCacheSize)
      applier = createApplier(context, {
        session,
        router,
        isOver: () => state.over,
        committed(lsn, changes) {
          memory.countedLsn = lsn
          if (changes > 0 || !slotStays(job)) confirmer?.request(lsn)
          capture?.relieve()
          memory.checkpointSoon()
        },
        touched: () => undefined,
      })
      if (flowing) memory.cachedChangesApplied = true
      await openSlot(slot, router)
      run(applyLoop(router, applier))
    } else await sessions.close(target)
    if (queued.length > 0) run(load(queued))
    else if (!plan.captures) loadFinished(false)
  }

  /** Creates the slot where it is new. After TransactionConsistencyTimeout the load goes ahead and capture begins later. */
  async function openSlot(slot: SlotPlan, changes: ChangeRouter): Promise<void> {
    if (!slot.create) return capturing(slot, changes)
    const session = await sessions.open('source', 'slot')
    // A connection lost during an earlier attempt may have left the slot behind.
    const known = await readSlot(session, slot.name)
    const created = (known === null ? createSlot(session, slot.name) : Promise.resolve()).then(async () =>
      sessions.close(session),
    )
    const timeout = settings.FullLoadSettings.TransactionConsistencyTimeout * 1000
    const waits = plan.loads && job.quirks['open-transactions-missed'] && timeout > 0
    const abandon = new AbortController()
    const first = await Promise.race([
      created.then(() => 'created'),
      ...(waits ? [sleep(timeout, 'late', { signal: abandon.signal })] : []),
    ])
    abandon.abort()
    if (first === 'created') return capturing(slot, changes)
    if (settings.ErrorBehavior.FailOnTransactionConsistencyBreached)
      throw new FatalTaskError(`Transactions were still open after ${timeout / 1000} seconds`)
    input.log({
      component: 'SOURCE_CAPTURE',
      severity: 'warning',
      message: 'Transaction consistency timeout: the full load starts while transactions are open',
    })
    run(created.then(async () => capturing(slot, changes)))
  }

  async function capturing(slot: SlotPlan, changes: ChangeRouter): Promise<void> {
    const stream = await startCapture(context, {
      slot: slot.name,
      start: slot.start,
      wanted: (schema, table) => tables.has(tableKey(schema, table)),
      take: (transaction) => changes.route(transaction),
      heldBytes: () => changes.heldBytes(),
      keepalive(end, urgent) {
        if ((urgent || !slotStays(job)) && isSettled()) capture?.confirm(end)
      },
      isOver: () => state.over,
    })
    capture = stream
    confirmer = createConfirmer(context, { confirm: (lsn) => stream.confirm(lsn), isOver: () => state.over })
    if (state.over) {
      await stream.close()
      return
    }
    run(stream.done)
    run(confirmer.run())
  }

  function isSettled(): boolean {
    return (
      flowing &&
      draining === null &&
      reloading === 0 &&
      capture !== null &&
      capture.isDrained() &&
      router?.pending.length === 0 &&
      applier?.oldestInHandMs() === null
    )
  }

  async function load(queued: readonly TableProgress[]): Promise<void> {
    const reloadsTarget = job.startType === 'reload-target' && job.quirks['reload-target-truncates']
    const mode = settings.FullLoadSettings.TargetTablePrepMode
    await runFullLoad(context, queued, {
      sessions,
      preparation: reloadsTarget && mode === 'DO_NOTHING' ? 'TRUNCATE_BEFORE_LOAD' : mode,
      reloaded: job.startType === 'reload-target',
      onTable: tableLoaded,
    })
    if (!state.over && !input.stopping.aborted) loadFinished(true)
  }

  function tableLoaded(progress: TableProgress): void {
    if (progress.phase === 'loaded') memory.loaded.add(progress.route.key)
    else dropCache(progress)
    memory.checkpointSoon()
    wake.wake()
  }

  /** The changes of a table that failed to load are never applied. */
  function dropCache(progress: TableProgress): void {
    for (const { change, bytes } of progress.cache.splice(0)) {
      statistics.settled(progress.route.key, change.kind, 1, false)
      router?.release(bytes)
    }
  }

  function loadFinished(loadedNow: boolean): void {
    const { StopTaskCachedChangesNotApplied: stopsBefore } = settings.FullLoadSettings
    if (!plan.captures) ending.resolve('Stop Reason FULL_LOAD_ONLY_FINISHED')
    else if (loadedNow && stopsBefore) ending.resolve('Stop Reason STOPPED_AFTER_FULL_LOAD')
    else draining = router?.endCaching() ?? NO_LSN
    wake.wake()
  }

  async function applyLoop(changes: ChangeRouter, writer: Applier): Promise<void> {
    const holdsCached = settings.FullLoadSettings.StopTaskCachedChangesNotApplied
    while (!state.over) {
      let busy = false
      if (!flowing || reloading > 0) {
        const loaded = [...tables.values()].filter((progress) => progress.phase === 'loaded')
        if (!holdsCached || flowing || draining !== null)
          for (const progress of loaded) busy = (await writer.applyCached(progress)) || busy
        if (flowing) settleReloaded(loaded)
        else if (draining !== null && loaded.every((progress) => progress.cache.length === 0))
          await beginFlowing(writer, draining, loaded)
      }
      if (flowing) busy = (await writer.applyPending()) || busy
      if (busy) continue
      const due = writer.dueInMs()
      await wake.wait(due === null ? undefined : Math.min(due, LONGEST_NAP_MS))
    }
    changes.pending.clear()
  }

  async function beginFlowing(
    writer: Applier,
    position: Lsn,
    loaded: readonly TableProgress[],
  ): Promise<void> {
    for (const progress of loaded) progress.phase = 'flowing'
    draining = null
    flowing = true
    await writer.moveTo(position)
    memory.cachedChangesApplied = true
    memory.checkpoint()
    if (settings.FullLoadSettings.StopTaskCachedChangesApplied)
      ending.resolve('Stop Reason STOPPED_AFTER_CACHED_EVENTS')
  }

  function settleReloaded(loaded: readonly TableProgress[]): void {
    for (const progress of loaded) {
      if (progress.cache.length > 0) continue
      progress.phase = 'flowing'
      reloading -= 1
    }
  }

  async function reload(keys: readonly string[]): Promise<void> {
    const chosen = keys.flatMap((key) => tables.get(key) ?? [])
    const control = await sessions.open('target', 'control')
    try {
      for (const progress of chosen) {
        const { schema, name } = progress.route.selected.source
        dropCache(progress)
        progress.phase = 'queued'
        reloading += 1
        memory.loaded.delete(progress.route.key)
        statistics.setState(progress.route.key, 'Table is being reloaded')
        await input.positions.forgetTable(control, schema, name)
      }
    } finally {
      await sessions.close(control)
    }
    memory.checkpoint()
    const mode = settings.FullLoadSettings.TargetTablePrepMode
    run(
      runFullLoad(context, chosen, {
        sessions,
        preparation: mode,
        reloaded: true,
        onTable(progress) {
          if (progress.phase === 'suspended') reloading -= 1
          progress.appliedLsn = NO_LSN
          tableLoaded(progress)
        },
      }),
    )
  }

  input.live({
    oldest: () => ({
      waitingMs: capture?.oldestWaitingMs() ?? null,
      applyingMs: applier?.oldestInHandMs() ?? router?.pending.first()?.commitTimeMs ?? null,
    }),
    rows: () => ({ open: capture?.openRows() ?? 0, waiting: statistics.pendingRows() }),
    reload,
  })

  return {
    ended: ending.promise,
    end: (reason) => ending.resolve(reason),
    start: () => run(setUp()),
    async close() {
      state.over = true
      wake.wake()
      confirmer?.wake()
      await capture?.close()
      await Promise.race([Promise.allSettled(parts), sleep(SHUTDOWN_GRACE_MS)])
      await sessions.closeAll()
      await releaseSlot(input)
    },
  }
}

/** confirmed_flush_lsn stands still where nothing of interest happens, unless a heartbeat makes something happen. */
function slotStays(job: ReplicationJob): boolean {
  return job.quirks['idle-slot-stays'] && job.source.heartbeat === undefined
}

/** The slot of a stopped task must be free at once, for whoever wants to drop or advance it. */
async function releaseSlot(input: AttemptInput): Promise<void> {
  if (input.slot === null) return
  const sessions = createSessions(input.job)
  try {
    await awaitSlotReleased(await sessions.open('source', 'slot'), input.slot.name)
  } catch {
    // The source is gone; so is the session that held the slot.
  } finally {
    await sessions.closeAll()
  }
}
