import type { Clock } from '../runtime/clock.ts'
import type { Phase, PhaseTime } from './phase.ts'

/** Records when each phase began and how long it took, and the freeze, which spans several of them. */
export class Timeline {
  readonly #clock: Clock
  readonly #phases: PhaseTime[] = []
  #freezeStarted: number | undefined
  #freezeMs: number | undefined

  constructor(clock: Clock) {
    this.#clock = clock
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

  /** The first lock attempt that writers can feel. */
  freezeStarts(): void {
    this.#freezeStarted ??= this.#clock.elapsed()
  }

  /** The target accepts writers (or the source does again). */
  freezeEnds(): void {
    if (this.#freezeStarted !== undefined)
      this.#freezeMs ??= round(this.#clock.elapsed() - this.#freezeStarted)
  }

  /** ms since the freeze began; 0 before it. */
  frozenFor(): number {
    return this.#freezeStarted === undefined ? 0 : this.#clock.elapsed() - this.#freezeStarted
  }

  get freezeMs(): number | undefined {
    return this.#freezeMs
  }

  get phases(): readonly PhaseTime[] {
    return this.#phases
  }
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}
