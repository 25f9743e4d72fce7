import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { createApplier } from './applier.ts'
import { runApplyLoop } from './apply-loop.ts'
import { openApplySession } from './apply.ts'
import { slotStays, type AttemptInput, type AttemptState } from './attempt-state.ts'
import { tableKey } from './catalogue.ts'
import { createChangeRouter } from './change-router.ts'
import { numericAsString } from './load-part.ts'
import type { Lsn } from './lsn.ts'
import { createLobLookup } from './lob-lookup.ts'
import { openCapture } from './open-capture.ts'
import { readStopPosition } from './stop-position.ts'
import { createSessions } from './sessions.ts'
import type { SlotPlan } from './slot-plan.ts'
import { awaitSlotReleased } from './slot.ts'
import { runHeartbeat } from './heartbeat.ts'
import { runControlReports } from './control-reports.ts'
import { loadFinished, loadQueued, reloadTables } from './table-loading.ts'
import type { RoutePolicy } from './table-route.ts'
import { rerouteTable, startTables } from './table-start.ts'
import { FatalTaskError, STOP_NORMAL } from './task-failure.ts'
import { readTargetTables } from './task-plan.ts'
import { createValidator } from './validation.ts'
import { createWakeSignal } from './wake-signal.ts'

const SHUTDOWN_GRACE_MS = 1000

/**
 * Runs the task from where the target says it stands until it stops, finishes or breaks. Every session of it is closed when
 * the promise settles. Resolves with DMS's stop reason; rejects with the cause.
 */
export async function runAttempt(input: AttemptInput): Promise<string> {
  if (input.stopping.aborted) return STOP_NORMAL
  const ending = Promise.withResolvers<string>()
  const parts: Promise<void>[] = []
  const policy = routePolicy(input)
  const state: AttemptState = {
    input,
    context: {
      job: input.job,
      settings: input.plan.settings,
      get tables() {
        return state.tables
      },
      statistics: input.statistics,
      positions: input.positions,
      stopping: input.stopping,
      meters: input.meters,
      reroute: async (progress, client) => rerouteTable(progress, client, policy),
      log: (line) => input.log(line),
    },
    sessions: createSessions(input.job),
    wake: createWakeSignal(),
    tables: new Map(),
    capture: null,
    router: null,
    applier: null,
    confirmer: null,
    validator: null,
    over: false,
    flowing: false,
    draining: null,
    reloading: 0,
    stopAt: readStopPosition(input.job.cdcStopPosition),
    stopReached: false,
    run: (part) => void parts.push(part.catch((error: unknown) => ending.reject(error))),
    end: (reason) => ending.resolve(reason),
  }
  const onStop = (): void => state.end(STOP_NORMAL)
  input.stopping.addEventListener('abort', onStop, { once: true })
  try {
    offerLive(state)
    state.run(setUp(state, policy))
    return await ending.promise
  } finally {
    input.stopping.removeEventListener('abort', onStop)
    await close(state, parts)
  }
}

function routePolicy(input: AttemptInput): RoutePolicy {
  const { job } = input
  return {
    settings: input.plan.settings,
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
}

async function setUp(state: AttemptState, policy: RoutePolicy): Promise<void> {
  const { input, sessions } = state
  const { plan, memory, positions, statistics } = input
  await Promise.all([sessions.evict('source'), sessions.evict('target')])
  const target = await sessions.open('target', 'apply')
  await positions.ensure(target, memory.countedLsn)
  const position = await positions.load(target)
  const errored = statistics.list().filter((record) => record.TableState === 'Table error')
  state.tables = startTables(plan.selected, {
    policy,
    targetTables: await readTargetTables(target),
    positions: position.tables,
    loaded: memory.loaded,
    suspended: new Set(
      plan.captures ? errored.map((record) => tableKey(record.SchemaName, record.TableName)) : [],
    ),
    loads: plan.loads,
  })
  if (plan.settings.ValidationSettings.EnableValidation) {
    state.validator = createValidator(state.context, { sessions, isOver: () => state.over })
    if (plan.captures) state.run(state.validator.run(false))
  }
  const queued = [...state.tables.values()].filter((progress) => progress.phase === 'queued')
  for (const [key, progress] of state.tables) {
    if (progress.phase === 'suspended') continue
    statistics.setState(key, progress.phase === 'queued' ? 'Before load' : 'Table completed')
    if (progress.phase === 'queued') continue
    // While some tables load, changes of all tables wait in caches.
    if (queued.length > 0) progress.phase = 'loaded'
    if (plan.loads) memory.loaded.add(key)
    state.validator?.add(progress)
  }
  state.flowing = queued.length === 0
  if (input.slot === null) await sessions.close(target)
  else await setUpCapture(state, target, input.slot, position.applied)
  input.ready()
  state.run(runHeartbeat(state))
  state.run(runControlReports(state))
  if (queued.length > 0) state.run(loadQueued(state, queued))
  else if (!plan.captures) loadFinished(state, false)
}

async function setUpCapture(
  state: AttemptState,
  target: Client,
  slot: SlotPlan,
  applied: Lsn,
): Promise<void> {
  const { input, context } = state
  const { job, memory, plan } = input
  const router = createChangeRouter(context, {
    appliedLsn: applied,
    countedLsn: memory.countedLsn > applied ? applied : memory.countedLsn,
    caching: !state.flowing,
    wake: () => state.wake.wake(),
    alreadyApplied: (lsn) => state.confirmer?.request(lsn),
  })
  const applier = createApplier(context, {
    session: await openApplySession(target, plan.settings.ChangeProcessingTuning.StatementCacheSize),
    router,
    isOver: () => state.over,
    committed(lsn, changes) {
      memory.countedLsn = lsn
      if (changes > 0 || !slotStays(job)) state.confirmer?.request(lsn)
      state.capture?.relieve()
      memory.checkpointSoon()
    },
    lookUp: await createLobLookup(state),
    touched: (progress, change) => state.validator?.touched(progress, change),
  })
  state.router = router
  state.applier = applier
  await openCapture(state, slot, router)
  if (state.flowing) {
    memory.cachedChangesApplied = true
    memory.checkpoint()
  }
  state.run(runApplyLoop(state, applier))
}

function offerLive(state: AttemptState): void {
  state.input.live({
    oldest: () => ({
      waitingMs: state.capture?.oldestWaitingMs() ?? null,
      applyingMs: state.applier?.oldestInHandMs() ?? state.router?.pending.first()?.commitTimeMs ?? null,
    }),
    rows: () => ({ open: state.capture?.openRows() ?? 0, waiting: state.input.statistics.pendingRows() }),
    reload: async (keys) => reloadTables(state, keys),
    revalidate(keys) {
      for (const key of keys) {
        const progress = state.tables.get(key)
        if (progress !== undefined) state.validator?.add(progress)
      }
    },
  })
}

/** Ends all parts: what is in hand may finish within the grace, then its sessions are ended under it. */
async function close(state: AttemptState, parts: readonly Promise<void>[]): Promise<void> {
  state.over = true
  state.wake.wake()
  state.confirmer?.wake()
  state.validator?.wake()
  await state.capture?.close()
  await Promise.race([Promise.allSettled(parts), sleep(SHUTDOWN_GRACE_MS)])
  await state.sessions.closeAll()
  await releaseSlot(state.input)
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
