import { credentialsExpired } from '../../shared/aws/expired-credentials.ts'
import type { ReplicationTasks, TaskSelection } from '../../shared/dms/replication-tasks.ts'
import { MigrationError } from '../../shared/runtime/errors.ts'
import { poll } from '../../shared/runtime/poll.ts'
import type { ActionContext } from '../../shared/runtime/run-action.ts'
import { untilAborted } from '../../shared/runtime/until-aborted.ts'
import type { CallBudget } from '../../shared/waiting/call-budget.ts'
import type { SourceSizes } from '../../shared/waiting/table-size.ts'
import type { TaskSight } from '../../shared/waiting/task-sight.ts'
import { taskWatch } from '../../shared/waiting/task-watch.ts'
import { assessLoad, type Expectation, type LoadVerdict } from './assess.ts'
import { progressLine, progressOf, type Progress } from './progress.ts'

/** What ended a wait before the load did, other than `max-wait`. */
export type Interruption =
  | { readonly by: 'cancelled' }
  /** After at least one look: the tasks go on, and so does the next run, with credentials of its own. */
  | { readonly by: 'expired-credentials'; readonly message: string }

export interface LoadWait {
  readonly verdict: LoadVerdict
  readonly interrupted: Interruption | undefined
  readonly sights: readonly TaskSight[]
  readonly samples: readonly Progress[]
}

export interface WaitOptions {
  readonly context: ActionContext
  readonly budget: CallBudget
  readonly sizes: SourceSizes | undefined
  /** 0: one look. */
  readonly maxWaitMs: number
  /** Told how the wait stands, at most every ten seconds; waited for. */
  readonly onStanding: (wait: LoadWait) => Promise<void>
}

/** AWS may be out of reach for this long before the wait gives up. */
const silenceMs = 600_000

/** A line is repeated after this long without change, so that a log shows that the wait is alive. */
const repeatMs = 60_000

/** Rows change at every look; a line for rows alone, and what is told beside the log, come no more often than this. */
const calmMs = 10_000

/**
 * Looks until the load is complete, has failed, or `maxWaitMs` is over; a load that goes on is no error, nor is a cancelled
 * wait or one whose credentials ended after the first look. Throws what AWS refuses.
 */
export async function waitForLoad(
  port: ReplicationTasks,
  selection: TaskSelection,
  expectation: Expectation,
  options: WaitOptions,
): Promise<LoadWait> {
  const { clock, signal, log } = options.context
  const watch = taskWatch(port, selection, options.budget)
  const started = clock.elapsed()
  const samples: Progress[] = []
  let sights: readonly TaskSight[] = []
  let verdict: LoadVerdict = { kind: 'loading', reason: 'not looked yet' }
  let said = { counts: '', rows: -1, at: Number.NEGATIVE_INFINITY }
  let stoodAt = Number.NEGATIVE_INFINITY
  const standing = (interrupted?: Interruption): LoadWait => ({ verdict, interrupted, sights, samples })

  const say = (sample: Progress) => {
    const counts = `${sample.loaded}/${sample.total} ${sample.errored}`
    const quiet = sample.elapsedMs - said.at
    if (counts === said.counts && quiet < (sample.rows === said.rows ? repeatMs : calmMs)) return
    log.line(progressLine(samples))
    said = { counts, rows: sample.rows, at: sample.elapsedMs }
  }

  let silentSince: number | undefined
  const look = async (): Promise<LoadVerdict> => {
    try {
      // The SDK sits out its pauses whatever happens.
      sights = await untilAborted(watch(signal), signal)
      silentSince = undefined
    } catch (error) {
      // The tasks go on whether AWS's API answers or not: hours of waiting must survive minutes of that.
      if (!(error instanceof MigrationError) || error.code !== 'unavailable') throw error
      silentSince ??= clock.elapsed()
      if (clock.elapsed() - silentSince > silenceMs) throw error
      log.line(`AWS does not answer: ${error.message}`)
      return { kind: 'loading', reason: 'AWS does not answer' }
    }
    verdict = assessLoad(sights, expectation)
    const elapsedMs = clock.elapsed() - started
    const sample = progressOf(sights, { expectation, sizes: options.sizes, elapsedMs, now: clock.now() })
    samples.push(sample)
    say(sample)
    if (verdict.kind === 'loading' && elapsedMs - stoodAt >= calmMs) {
      stoodAt = elapsedMs
      await options.onStanding(standing())
    }
    return verdict
  }

  try {
    if (options.maxWaitMs === 0) await look()
    else {
      await poll(
        async () => {
          const found = await look()
          if (found.kind !== 'loading') return { done: true, value: found }
          const states = sights.map(({ task }) => task.status).join()
          return { done: false, reason: found.reason, progress: `${samples.at(-1)?.rows ?? 0} ${states}` }
        },
        {
          clock,
          signal,
          deadlineMs: options.maxWaitMs,
          what: 'the full load',
          remedy: 'Run this action again; it goes on where the tasks are.',
          onReason: (reason) => log.debug(reason),
        },
      )
    }
  } catch (error) {
    return standing(interruption(error, samples.length > 0))
  }
  return standing()
}

/** What an error that ends no load means to the wait; undefined for the end of `max-wait`. Throws the others. */
function interruption(error: unknown, hasLooked: boolean): Interruption | undefined {
  if (!(error instanceof MigrationError)) throw error
  if (error.code === 'timeout') return undefined
  if (error.code === 'cancelled') return { by: 'cancelled' }
  // Credentials that were no good from the start would be none in the next run either, which would start another one.
  if (credentialsExpired(error) && hasLooked) return { by: 'expired-credentials', message: error.message }
  throw error
}
