import type { ReplicationTasks, TaskSelection } from '../../shared/dms/replication-tasks.ts'
import { MigrationError } from '../../shared/runtime/errors.ts'
import { poll } from '../../shared/runtime/poll.ts'
import type { ActionContext } from '../../shared/runtime/run-action.ts'
import { callBudget } from '../../shared/waiting/call-budget.ts'
import { lookAtTasks, type TaskSight } from '../../shared/waiting/task-sight.ts'
import { assessLoad, type Expectation, type LoadVerdict } from './assess.ts'
import { progressLine, progressOf, type Progress } from './progress.ts'

export interface LoadWait {
  readonly verdict: LoadVerdict
  readonly sights: readonly TaskSight[]
  readonly samples: readonly Progress[]
}

/** AWS may be out of reach for this long before the wait gives up. */
const silenceMs = 600_000

/** A line is repeated after this long without change, so that a log shows that the wait is alive. */
const repeatMs = 60_000

/**
 * Looks until the load is complete, has failed, or `maxWaitMs` is over (0: one look). Throws `cancelled` on abort, and
 * what AWS refuses; a load that goes on is no error.
 */
export async function waitForLoad(
  port: ReplicationTasks,
  selection: TaskSelection,
  expectation: Expectation,
  options: { readonly context: ActionContext; readonly maxWaitMs: number },
): Promise<LoadWait> {
  const { clock, signal, log } = options.context
  const budget = callBudget(clock)
  const started = clock.elapsed()
  const samples: Progress[] = []
  let sights: readonly TaskSight[] = []
  let verdict: LoadVerdict = { kind: 'loading', reason: 'not looked yet' }
  let said = { text: '', at: Number.NEGATIVE_INFINITY }

  let silentSince: number | undefined
  const look = async (): Promise<LoadVerdict> => {
    try {
      sights = await lookAtTasks(port, selection, budget, signal)
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
    const sample = progressOf(sights, expectation, clock.elapsed() - started)
    samples.push(sample)
    const line = progressLine(sample)
    const text = line.slice(0, line.indexOf('  elapsed'))
    if (text !== said.text || sample.elapsedMs - said.at >= repeatMs) {
      log.line(line)
      said = { text, at: sample.elapsedMs }
    }
    return verdict
  }

  if (options.maxWaitMs === 0) return { verdict: await look(), sights, samples }
  try {
    await poll(
      async () => {
        const found = await look()
        if (found.kind !== 'loading') return { done: true, value: found }
        const states = sights.map(({ task }) => task.status).join()
        return { done: false, reason: found.reason, progress: `${said.text} ${states}` }
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
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error
    if (error.code === 'cancelled') throw cancelled(samples.at(-1), error)
    if (error.code !== 'timeout') throw error
  }
  return { verdict, sights, samples }
}

function cancelled(last: Progress | undefined, cause: MigrationError): MigrationError {
  const where = last === undefined ? 'before the first look' : `at ${progressLine(last)}`
  return new MigrationError('cancelled', `the wait was cancelled ${where}`, {
    remedy: 'The tasks go on. Run this action again to wait on.',
    cause,
  })
}
