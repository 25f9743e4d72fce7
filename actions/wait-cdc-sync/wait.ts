import type { Session } from '../../shared/postgres/session.ts'
import { MigrationError, type Problem } from '../../shared/runtime/errors.ts'
import { poll, type Look } from '../../shared/runtime/poll.ts'
import type { ActionContext } from '../../shared/runtime/run-action.ts'
import { meetMarker, sendMarker, type PendingMarker } from '../../shared/waiting/marker-round.ts'
import { assessSync, type SyncSight } from './assess.ts'
import {
  Backlog,
  backlogProblems,
  backlogReasons,
  busyLines,
  isStuck,
  openBacklog,
  settledLines,
  type TableBehind,
} from './backlog.ts'
import type { LagRecord } from './lag-record.ts'

/** A marker that came through every task in time. */
export interface MarkerRound {
  readonly ms: number
  /** Identifiers of the tasks that delivered last; empty where all were there at once. */
  readonly slowest: readonly string[]
}

/** What the markers have shown when a wait ends, however it ends. */
export interface MarkersSeen {
  /** Those in a row that count. */
  readonly rounds: readonly MarkerRound[]
  /** Tables that are behind at the last look, without those that verify-data settled. */
  readonly behind: readonly TableBehind[]
}

/** How the wait ended, and what the last look showed. */
export type SyncWait =
  | (MarkersSeen & {
      readonly kind: 'caught-up'
      readonly unverified: readonly string[]
      readonly sight: SyncSight
    })
  | (MarkersSeen & {
      readonly kind: 'refused'
      readonly problems: readonly Problem[]
      /** A trigger fired for a replicated marker. */
      readonly canaryFired: boolean
      readonly sight: SyncSight
    })
  | (MarkersSeen & {
      readonly kind: 'still-running'
      readonly reasons: readonly string[]
      /** Identifiers of the tasks whose marker was late the last time. */
      readonly late: readonly string[]
      /** Undefined where no look succeeded. */
      readonly sight: SyncSight | undefined
    })

export interface SyncParts {
  readonly source: Session
  readonly target: Session
  /** Task identifiers by their marker table. */
  readonly tasks: ReadonlyMap<string, string>
  /** Longest round trip that counts, in ms, from the plan. */
  readonly limitMs: number
  readonly rounds: number
  readonly maxWaitMs: number
  readonly runId: string
  readonly context: ActionContext
  readonly lag: LagRecord
  /** One look at tasks and databases. */
  readonly observe: () => Promise<SyncSight>
  /** Called after every look; may read CloudWatch, beside the markers. */
  readonly sample: (atMs: number, sight: SyncSight) => Promise<void>
  /** Called once, when the first marker has come through every task: what can only be judged from then on. */
  readonly afterFirstMarker: () => Promise<readonly Problem[]>
  /** Notes tables that stay behind, so that a comparison of their rows can settle it. */
  readonly noteBehind: (tables: readonly TableBehind[]) => Promise<void>
}

/**
 * Sends markers, one after another, until `rounds` in a row were quick enough; a slow one starts the count again. Looks
 * after tasks and databases between them and once more after the last, so that a task which fails is told at once and not
 * as a late marker. A database or AWS that is away for a while is waited for; what was counted before counts no more.
 */
export async function waitForSync(parts: SyncParts): Promise<SyncWait> {
  const waiting = new Waiting(parts)
  const { clock, signal, log } = parts.context
  try {
    return await poll(() => waiting.look(), {
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
    if (error.code === 'timeout') return waiting.ended()
    if (error.code !== 'cancelled') throw error
    throw new MigrationError('cancelled', `the wait was cancelled: ${waiting.reasons.join('; ')}`, {
      remedy: 'The tasks go on; no evidence was written. Run this action again.',
      cause: error,
    })
  }
}

/** What is kept from look to look. */
class Waiting {
  readonly #parts: SyncParts
  readonly #started: number
  readonly #backlog = new Backlog()
  #rounds: MarkerRound[] = []
  #pending: PendingMarker | undefined
  #late: readonly string[] = []
  #behind: readonly TableBehind[] = []
  #sight: SyncSight | undefined
  #judged = false
  #looks = 0
  reasons: readonly string[] = ['not looked yet']

  constructor(parts: SyncParts) {
    this.#parts = parts
    this.#started = parts.context.clock.elapsed()
  }

  async look(): Promise<Look<SyncWait>> {
    this.#looks += 1
    try {
      return await this.#lookNow()
    } catch (error) {
      // A restart, a failover, a network or an API that is away for minutes: a wait of hours must outlive it.
      if (!(error instanceof MigrationError) || error.code !== 'unavailable') throw error
      this.#rounds = []
      this.#pending = undefined
      return this.#goOn([`${error.message}; it is tried again until max-wait is over`], error.message)
    }
  }

  /** The time is over. */
  ended(): SyncWait {
    const stuck = this.#behind.filter(isStuck)
    if (stuck.length > 0 && this.#sight !== undefined)
      return this.#refused(backlogProblems(stuck), this.#sight)
    const { reasons } = this
    return { kind: 'still-running', reasons, late: this.#late, ...this.#seen(), sight: this.#sight }
  }

  #seen(): MarkersSeen {
    return { rounds: this.#rounds, behind: this.#behind }
  }

  #refused(problems: readonly Problem[], sight: SyncSight, canaryFired = false): SyncWait {
    return { kind: 'refused', problems, canaryFired, ...this.#seen(), sight }
  }

  async #lookNow(): Promise<Look<SyncWait>> {
    const { clock, log } = this.#parts.context
    const sight = await this.#parts.observe()
    this.#sight = sight
    await this.#parts.sample(clock.elapsed() - this.#started, sight)
    const verdict = assessSync(sight)
    if (verdict.kind === 'refused') return { done: true, value: this.#refused(verdict.problems, sight) }
    const behind = this.#backlog.look(sight.tasks)
    this.#behind = openBacklog(behind, sight.databases)
    await this.#parts.noteBehind(this.#behind.filter(isStuck))
    if (verdict.kind === 'waiting') {
      this.#rounds = []
      return this.#goOn(verdict.reasons, verdict.reasons.join('; '))
    }
    if (this.#rounds.length >= this.#parts.rounds) {
      if (this.#behind.length > 0)
        return this.#goOn(
          backlogReasons(this.#behind),
          JSON.stringify(this.#behind.map(({ changes }) => changes)),
        )
      const busy = busyLines(this.#backlog.neverEven(), sight.databases)
      const unverified = [...verdict.unverified, ...settledLines(behind), ...busy]
      return { done: true, value: { kind: 'caught-up', unverified, ...this.#seen(), sight } }
    }
    const arrival = await this.#marker(sight)
    if (arrival === undefined) return { done: false, reason: this.reasons.join(), progress: 'under way' }
    if (arrival.canaries > 0) return { done: true, value: this.#refused([canaryProblem()], sight, true) }
    const quick = arrival.ms <= this.#parts.limitMs
    log.line(
      `marker ${quick ? this.#rounds.length + 1 : 0}/${this.#parts.rounds}  round trip ${arrival.ms.toFixed(0)} ms  limit ${this.#parts.limitMs} ms${named('  last', arrival.slowest)}`,
    )
    if (!quick) {
      this.#rounds = []
      this.#late = arrival.slowest
      return this.#goOn(
        [
          `the last marker took ${seconds(arrival.ms)}${named(' in', arrival.slowest)}; ${seconds(this.#parts.limitMs)} are allowed`,
        ],
        `slow ${this.#looks}`,
      )
    }
    if (!this.#judged) {
      const problems = await this.#parts.afterFirstMarker()
      this.#judged = true
      if (problems.length > 0) return { done: true, value: this.#refused(problems, sight) }
    }
    this.#rounds.push({ ms: arrival.ms, slowest: arrival.slowest })
    const done = this.#rounds.length === this.#parts.rounds ? '; one more look after them' : ''
    return this.#goOn(
      [`${this.#rounds.length} of ${this.#parts.rounds} markers in a row${done}`],
      `quick ${this.#looks}`,
    )
  }

  /** Sends one, or goes on waiting for the one under way; undefined while it is not there. */
  async #marker(sight: SyncSight): Promise<(MarkerRound & { readonly canaries: number }) | undefined> {
    const { source, target, tasks, limitMs, maxWaitMs, runId, lag, context } = this.#parts
    const { clock, signal } = context
    const tables = [...tasks.keys()]
    const taskNames = (names: readonly string[]) => names.map((table) => tasks.get(table) ?? table)
    if (this.#pending === undefined) {
      this.#backlog.markerSent(sight.tasks)
      this.#pending = await sendMarker(source, tables, { clock, runId })
    }
    const left = maxWaitMs - (clock.elapsed() - this.#started)
    const patienceMs = Math.max(0, Math.min(limitMs, left))
    const arrival = await meetMarker(target, tables, this.#pending, { clock, signal, patienceMs })
    const point = { atMs: clock.elapsed() - this.#started, ms: arrival.ms }
    lag.addMarker({ ...point, arrived: arrival.kind === 'arrived' })
    if (arrival.kind === 'under-way') {
      this.#rounds = []
      this.#late = taskNames(arrival.missing)
      this.reasons = [
        `a marker has been under way for ${seconds(arrival.ms)}${named(' in', this.#late)}; ${seconds(limitMs)} are allowed`,
      ]
      return undefined
    }
    this.#pending = undefined
    this.#backlog.markerArrived()
    return { ms: arrival.ms, canaries: arrival.canaries, slowest: taskNames(arrival.last) }
  }

  #goOn(reasons: readonly string[], progress: string): Look<SyncWait> {
    this.reasons = reasons
    return { done: false, reason: reasons.join('; '), progress }
  }
}

/** The tasks that decide, by name. */
function named(before: string, tasks: readonly string[]): string {
  return tasks.length === 0 ? '' : `${before} ${tasks.join(', ')}`
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
