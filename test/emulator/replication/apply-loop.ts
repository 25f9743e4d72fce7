import type { Applier } from './applier.ts'
import type { AttemptState } from './attempt-state.ts'
import type { Lsn } from './lsn.ts'
import type { TableProgress } from './table-state.ts'

const LONGEST_NAP_MS = 100

/**
 * Applies until the attempt is over: first, table by table, what was cached during the loads; then whole transactions in
 * commit order.
 */
export async function runApplyLoop(state: AttemptState, applier: Applier): Promise<void> {
  const holdsCached = state.input.plan.settings.FullLoadSettings.StopTaskCachedChangesNotApplied
  while (!state.over) {
    let busy = false
    if (!state.flowing || state.reloading > 0) {
      const loaded = loadedTables(state)
      if (!holdsCached || state.flowing || state.draining !== null)
        for (const progress of loaded) busy = (await applier.applyCached(progress)) || busy
      if (state.flowing) settleReloaded(state, loaded)
      else if (state.draining !== null) {
        // Looked at anew: the last load may have ended while the others' changes were applied.
        const all = loadedTables(state)
        if (all.every((progress) => progress.cache.length === 0))
          await beginFlowing(state, applier, state.draining, all)
      }
    }
    if (state.flowing) busy = (await applier.applyPending()) || busy
    if (busy) continue
    endAtStopPosition(state)
    const due = applier.dueInMs()
    const idle = state.stopAt === null ? undefined : LONGEST_NAP_MS
    await state.wake.wait(due === null ? idle : Math.min(due, LONGEST_NAP_MS))
  }
}

function loadedTables(state: AttemptState): TableProgress[] {
  return [...state.tables.values()].filter((progress) => progress.phase === 'loaded')
}

async function beginFlowing(
  state: AttemptState,
  applier: Applier,
  position: Lsn,
  loaded: readonly TableProgress[],
): Promise<void> {
  const { memory, plan } = state.input
  for (const progress of loaded) progress.phase = 'flowing'
  state.draining = null
  state.flowing = true
  await applier.moveTo(position)
  memory.cachedChangesApplied = true
  memory.checkpoint()
  if (plan.settings.FullLoadSettings.StopTaskCachedChangesApplied)
    state.end('Stop Reason STOPPED_AFTER_CACHED_EVENTS')
}

function settleReloaded(state: AttemptState, loaded: readonly TableProgress[]): void {
  for (const progress of loaded) {
    if (progress.cache.length > 0) continue
    progress.phase = 'flowing'
    state.reloading -= 1
  }
}

function endAtStopPosition(state: AttemptState): void {
  const { stopAt } = state
  if (stopAt === null || !state.flowing || (state.router?.pending.length ?? 0) > 0) return
  const reached = stopAt.kind === 'server_time' ? Date.now() >= stopAt.atMs : state.stopReached
  if (reached) state.end(stopAt.reason)
}
