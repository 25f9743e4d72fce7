import type { Session } from '../../shared/postgres/session.ts'
import { MigrationError, type Problem } from '../../shared/runtime/errors.ts'
import { poll, type Look } from '../../shared/runtime/poll.ts'
import type { ActionContext } from '../../shared/runtime/run-action.ts'
import { meetMarker, sendMarker, type PendingMarker } from '../../shared/waiting/marker-round.ts'
import { assessSync, type SyncSight } from './assess.ts'

/** How the wait ended, and what the last look showed. */
export type SyncWait =
  | { readonly kind: 'caught-up'; readonly rounds: readonly number[]; readonly unverified: readonly string[] }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] }
  | {
      readonly kind: 'still-running'
      readonly reasons: readonly string[]
      readonly slowest: number | undefined
    }

export interface SyncParts {
  readonly source: Session
  readonly target: Session
  readonly markerTables: readonly string[]
  /** Longest round trip that counts, in ms, from the plan. */
  readonly limitMs: number
  readonly rounds: number
  readonly maxWaitMs: number
  readonly runId: string
  readonly context: ActionContext
  /** One look at tasks and databases. */
  readonly observe: () => Promise<SyncSight>
  /** Called once, when the first marker has come through every task: what can only be judged from then on. */
  readonly afterFirstMarker: () => Promise<readonly Problem[]>
}

/**
 * Sends markers, one after another, until `rounds` in a row were quick enough; a slow one starts the count again. Looks
 * after tasks and databases between them, so that a task which fails is told at once and not as a late marker.
 */
export async function waitForSync(parts: SyncParts): Promise<SyncWait> {
  const { clock, signal, log } = parts.context
  const started = clock.elapsed()
  let rounds: number[] = []
  let pending: PendingMarker | undefined
  let reasons: readonly string[] = ['not looked yet']
  let slowest: number | undefined
  let looks = 0
  let judged = false

  const look = async (): Promise<Look<SyncWait>> => {
    looks += 1
    const verdict = assessSync(await parts.observe())
    if (verdict.kind === 'refused') return { done: true, value: verdict }
    if (verdict.kind === 'waiting') {
      rounds = []
      reasons = verdict.reasons
      return { done: false, reason: reasons.join('; '), progress: reasons.join('; ') }
    }
    pending ??= await sendMarker(parts.source, parts.markerTables, { clock, runId: parts.runId })
    const left = parts.maxWaitMs - (clock.elapsed() - started)
    const patienceMs = Math.max(0, Math.min(parts.limitMs, left))
    const arrival = await meetMarker(parts.target, parts.markerTables, pending, { clock, signal, patienceMs })
    if (arrival.kind === 'under-way') {
      rounds = []
      slowest = Math.max(slowest ?? 0, arrival.ms)
      reasons = [
        `a marker has been under way for ${seconds(arrival.ms)}; ${seconds(parts.limitMs)} are allowed`,
      ]
      return { done: false, reason: reasons.join(), progress: 'under way' }
    }
    pending = undefined
    if (arrival.canaries > 0) return { done: true, value: { kind: 'refused', problems: [canaryProblem()] } }
    const quick = arrival.ms <= parts.limitMs
    log.line(
      `marker ${quick ? rounds.length + 1 : 0}/${parts.rounds}  round trip ${arrival.ms.toFixed(0)} ms  limit ${parts.limitMs} ms`,
    )
    if (!quick) {
      rounds = []
      slowest = Math.max(slowest ?? 0, arrival.ms)
      reasons = [`the last marker took ${seconds(arrival.ms)}; ${seconds(parts.limitMs)} are allowed`]
      return { done: false, reason: reasons.join(), progress: `slow ${looks}` }
    }
    if (!judged) {
      judged = true
      const problems = await parts.afterFirstMarker()
      if (problems.length > 0) return { done: true, value: { kind: 'refused', problems } }
    }
    rounds.push(arrival.ms)
    if (rounds.length >= parts.rounds)
      return { done: true, value: { kind: 'caught-up', rounds, unverified: verdict.unverified } }
    reasons = [`${rounds.length} of ${parts.rounds} markers in a row`]
    return { done: false, reason: reasons.join(), progress: `quick ${looks}` }
  }

  try {
    return await poll(look, {
      clock,
      signal,
      deadlineMs: parts.maxWaitMs,
      // Short enough to meet a busy table between two changes; the budget of API calls holds it back on its own.
      longestPauseMs: 5000,
      what: 'CDC',
      remedy: 'Run this action again.',
      onReason: (reason) => log.line(`waiting: ${reason}`),
    })
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error
    if (error.code === 'timeout') return { kind: 'still-running', reasons, slowest }
    if (error.code !== 'cancelled') throw error
    throw new MigrationError('cancelled', `the wait was cancelled: ${reasons.join('; ')}`, {
      remedy: 'The tasks go on; no evidence was written. Run this action again.',
      cause: error,
    })
  }
}

function canaryProblem(): Problem {
  return {
    field: 'dms.target',
    message:
      'a trigger fired for a replicated marker: DMS does not apply in replica mode, so triggers and foreign keys of the application fire twice',
    remedy:
      'Let the DMS user set session_replication_role (GRANT SET ON PARAMETER session_replication_role), keep AfterConnectScript `SET session_replication_role = replica` on the target endpoint, then delete the task and load anew.',
  }
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(0)} s`
}
