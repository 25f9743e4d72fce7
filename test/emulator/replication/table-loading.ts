import type { AttemptState } from './attempt-state.ts'
import { runFullLoad } from './full-load.ts'
import { NO_LSN } from './lsn.ts'
import type { TableProgress } from './table-state.ts'

/** Loads the tables that wait for it, then lets their cached changes drain. */
export async function loadQueued(state: AttemptState, queued: readonly TableProgress[]): Promise<void> {
  const { job, plan, stopping } = state.input
  const mode = plan.settings.FullLoadSettings.TargetTablePrepMode
  const truncates = job.startType === 'reload-target' && job.quirks['reload-target-truncates']
  await runFullLoad(state.context, queued, {
    sessions: state.sessions,
    preparation: truncates && mode === 'DO_NOTHING' ? 'TRUNCATE_BEFORE_LOAD' : mode,
    reloaded: job.startType === 'reload-target',
    onTable: (progress) => tableLoaded(state, progress),
  })
  if (!state.over && !stopping.aborted) loadFinished(state, true)
}

/** No table waits for its load any more. */
export function loadFinished(state: AttemptState, loadedNow: boolean): void {
  const { plan } = state.input
  if (!plan.captures) state.run(finishFullLoad(state))
  else if (loadedNow && plan.settings.FullLoadSettings.StopTaskCachedChangesNotApplied)
    state.end('Stop Reason STOPPED_AFTER_FULL_LOAD')
  else state.draining = state.router?.endCaching() ?? NO_LSN
  state.wake.wake()
}

/** Loads tables again while the others flow (ReloadTables). What is on the target stays or goes by the preparation mode. */
export async function reloadTables(state: AttemptState, keys: readonly string[]): Promise<void> {
  const { input, sessions } = state
  const chosen = keys.flatMap((key) => state.tables.get(key) ?? [])
  const control = await sessions.open('target', 'control')
  try {
    for (const progress of chosen) {
      const { schema, name } = progress.route.selected.source
      dropCache(state, progress)
      progress.phase = 'queued'
      state.reloading += 1
      input.memory.loaded.delete(progress.route.key)
      input.statistics.setState(progress.route.key, 'Table is being reloaded')
      await input.positions.forgetTable(control, schema, name)
    }
  } finally {
    await sessions.close(control)
  }
  input.memory.checkpoint()
  state.run(
    runFullLoad(state.context, chosen, {
      sessions,
      preparation: input.plan.settings.FullLoadSettings.TargetTablePrepMode,
      reloaded: true,
      onTable(progress) {
        if (progress.phase === 'suspended') state.reloading -= 1
        progress.appliedLsn = NO_LSN
        tableLoaded(state, progress)
      },
    }),
  )
}

function tableLoaded(state: AttemptState, progress: TableProgress): void {
  const { memory } = state.input
  if (progress.phase === 'loaded') {
    memory.loaded.add(progress.route.key)
    state.validator?.add(progress)
  } else dropCache(state, progress)
  memory.checkpointSoon()
  state.wake.wake()
}

/** The changes of a table that failed to load are never applied. */
function dropCache(state: AttemptState, progress: TableProgress): void {
  for (const { change, bytes } of progress.cache.splice(0)) {
    state.input.statistics.settled(progress.route.key, change.kind, 1, false)
    state.router?.release(bytes)
  }
}

async function finishFullLoad(state: AttemptState): Promise<void> {
  await state.validator?.run(true)
  state.end('Stop Reason FULL_LOAD_ONLY_FINISHED')
}
