import { escalateTableErrors, suspensionSql } from './apply-failure.ts'
import { isConnectionError } from './connect.ts'
import { ConnectionFault } from './job-contract.ts'
import type { LoadMeans, LoadPair } from './load-part.ts'
import { loadTable } from './load-table.ts'
import type { Sessions } from './sessions.ts'
import { now } from './statistics.ts'
import type { TableProgress } from './table-state.ts'
import { createSubTasks } from './sub-tasks.ts'
import type { TablePreparation } from './target-table.ts'
import { plainName, type TaskContext } from './task-context.ts'
import { databaseError, FatalTaskError, isFatal } from './task-failure.ts'

export interface FullLoadOptions {
  readonly sessions: Sessions
  readonly preparation: TablePreparation
  readonly reloaded: boolean
  /** A table is loaded, or in error (its phase says which). */
  onTable(progress: TableProgress): Promise<void> | void
}

/**
 * Loads tables with up to MaxFullLoadSubTasks workers, in the given order. A table that fails goes to `Table error` and the
 * others carry on; lost connections and fatal errors end the whole load.
 */
export async function runFullLoad(
  context: TaskContext,
  tables: readonly TableProgress[],
  options: FullLoadOptions,
): Promise<void> {
  const queue = [...tables]
  const { sessions, preparation } = options
  const most = context.settings.FullLoadSettings.MaxFullLoadSubTasks
  const subTasks = createSubTasks(most)
  const openPair = async (): Promise<LoadPair> => ({
    source: await sessions.open('source', 'unload'),
    target: await sessions.open('target', 'load'),
  })
  const closePair = async (pair: LoadPair): Promise<void> => {
    await Promise.all([sessions.close(pair.source), sessions.close(pair.target)])
  }

  async function loadNext(held: LoadPair | null): Promise<LoadPair | null> {
    const release = await subTasks.take()
    let pair = held
    try {
      const progress = queue.shift()
      if (progress === undefined || context.stopping.aborted) return pair
      pair ??= await openPair()
      const failed = await loadOne(
        context,
        progress,
        pair,
        { sessions, subTasks, preparation },
        options.reloaded,
      )
      if (failed) {
        // Both sessions may be in the middle of a COPY.
        const { source, target } = pair
        pair = null
        await Promise.all([sessions.abort(source), sessions.abort(target)])
        await noteSuspension(context, progress, sessions)
      }
      await options.onTable(progress)
      return pair
    } catch (error) {
      queue.length = 0
      throw error
    } finally {
      release?.()
    }
  }

  async function work(): Promise<void> {
    let pair: LoadPair | null = null
    while (queue.length > 0 && !context.stopping.aborted) pair = await loadNext(pair)
    if (pair !== null) await closePair(pair)
  }
  const outcomes = await Promise.allSettled(Array.from({ length: Math.min(tables.length, most) }, work))
  const failure = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failure !== undefined) throw failure.reason
}

async function noteSuspension(
  context: TaskContext,
  progress: TableProgress,
  sessions: Sessions,
): Promise<void> {
  const statements = suspensionSql(context, progress)
  if (statements.length === 0) return
  const control = await sessions.open('target', 'control')
  try {
    for (const statement of statements) await control.query(statement)
  } finally {
    await sessions.close(control)
  }
}

async function loadOne(
  context: TaskContext,
  progress: TableProgress,
  pair: LoadPair,
  means: LoadMeans,
  reloaded: boolean,
): Promise<boolean> {
  const { statistics, settings } = context
  const { key } = progress.route
  progress.phase = 'loading'
  statistics.change(key, {
    TableState: reloaded ? 'Table is being reloaded' : 'Full load',
    FullLoadStartTime: now(),
    FullLoadReloaded: reloaded,
  })
  try {
    await loadTable(context, progress, pair, means)
    statistics.change(key, { TableState: 'Table completed', FullLoadEndTime: now() })
    progress.phase = 'loaded'
    return false
  } catch (error) {
    if (
      context.stopping.aborted ||
      isFatal(error) ||
      isConnectionError(error) ||
      error instanceof ConnectionFault
    )
      throw error
    const message = `Table '${plainName(progress)}': ${databaseError(error)}`
    if (settings.ErrorBehavior.TableErrorPolicy === 'STOP_TASK') throw new FatalTaskError(message)
    context.log({ component: 'TARGET_LOAD', severity: 'error', message })
    progress.phase = 'suspended'
    statistics.change(key, { TableState: 'Table error', FullLoadEndTime: now() })
    escalateTableErrors(context)
    return true
  }
}
