import type { Clock } from '../runtime/clock.ts'
import type { Phase, PhaseTime } from './phase.ts'

/** Records when each phase began and how long it took, and the freeze, which spans several of them. */
export class Timeline {
  readonly #clock: Clock
  readonly #phases: PhaseTime[]
  #freezeStarted: number | undefined
  #freezeMs: number | undefined
  #sentBefore = 0
  #freezeStatements: number | undefined
  readonly #sent: () => number

  /** `sent`: how many statements were sent so far, by all sessions. `phases`: to which each is added when it has ended. */
  constructor(clock: Clock, sent: () => number, phases: PhaseTime[]) {
    this.#phases = phases
    this.#clock = clock
    this.#sent = sent
  }

  /** Runs a phase; its time is kept also when it throws. */
  async during<T>(name: Phase, work: () => Promise<T>): Promise<T> {
    const startedAt = new Date(this.#clock.now()).toISOString()
    const started = this.#clock.elapsed()
    try {
      return await work()
    } finally {
      this.#phases.push({ name, startedAt, ms: round(this.#clock.elapsed() - started) })
    }
  }

  /** Right before a lock attempt. One that fails lets go of everything: the freeze begins with the one that is granted. */
  freezeStarts(): void {
    this.#freezeStarted = this.#clock.elapsed()
    this.#sentBefore = this.#sent()
  }

  /** One database accepts writers again: the one that is entered, or after an abort the one that was to be left. */
  freezeEnds(): void {
    if (this.#freezeStarted === undefined || this.#freezeMs !== undefined) return
    this.#freezeMs = round(this.#clock.elapsed() - this.#freezeStarted)
    this.#freezeStatements = this.#sent() - this.#sentBefore
  }

  /** ms since the freeze began; 0 before it. */
  frozenFor(): number {
    return this.#freezeStarted === undefined ? 0 : this.#clock.elapsed() - this.#freezeStarted
  }

  get freezeMs(): number | undefined {
    return this.#freezeMs
  }

  /** Statements that were sent inside the freeze; undefined while it lasts. */
  get freezeStatements(): number | undefined {
    return this.#freezeStatements
  }

  get phases(): readonly PhaseTime[] {
    return this.#phases
  }
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}
