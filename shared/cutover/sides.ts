import { setTimeout as delay } from 'node:timers/promises'
import type { Session } from '../postgres/session.ts'
import { MigrationError } from '../runtime/errors.ts'
import type { CutoverPorts } from './ports.ts'

/** Longest time in ms that a database may be away after the commit point before the run gives up going forward. */
const awayMs = 90_000

/**
 * Both databases after the commit point. Every step there can be repeated, and until the target is open nobody can
 * write: a database that restarts is waited for, not given up.
 */
export class Sides {
  source: Session
  target: Session
  readonly #ports: CutoverPorts
  readonly #targetSettings: Readonly<Record<string, string>>

  constructor(
    ports: CutoverPorts,
    sessions: { readonly source: Session; readonly target: Session },
    targetSettings: Readonly<Record<string, string>>,
  ) {
    this.#ports = ports
    this.#targetSettings = targetSettings
    this.source = sessions.source
    this.target = sessions.target
  }

  /**
   * Runs a step that can be repeated. After a failure, sessions that do not answer are made anew and the step is run
   * again, as long as the database is away for no more than 90 s; with both alive it is tried `tries` times in all.
   */
  async persist<T>(what: string, work: () => Promise<T>, tries = 1): Promise<T> {
    const started = this.#ports.clock.elapsed()
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work()
      } catch (error) {
        const renewed = await this.#renewLost(started + awayMs)
        const decided = error instanceof MigrationError && error.code !== 'unavailable'
        const over = this.#ports.clock.elapsed() - started > awayMs
        if (over || (!renewed && (decided || attempt >= tries))) throw error
        this.#ports.log.warn(
          `${what} failed (attempt ${attempt}), trying again: ${error instanceof Error ? error.message : String(error)}`,
        )
        await delay(Math.min(200 * attempt, 2000))
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.source.close(), this.target.close()])
  }

  /** Opens again what does not answer. False where both answer. */
  async #renewLost(deadline: number): Promise<boolean> {
    const never = new AbortController().signal
    const [source, target] = await Promise.all([answers(this.source), answers(this.target)])
    if (!source) {
      await this.source.close()
      this.source = await this.#reopen(deadline, () => this.#ports.openSource(never))
    }
    if (!target) {
      await this.target.close()
      this.target = await this.#reopen(deadline, () => this.#ports.openTarget(never, this.#targetSettings))
    }
    return !source || !target
  }

  async #reopen(deadline: number, open: () => Promise<Session>): Promise<Session> {
    for (;;) {
      try {
        return await open()
      } catch (error) {
        if (this.#ports.clock.elapsed() > deadline) throw error
        await delay(250)
      }
    }
  }
}

async function answers(session: Session): Promise<boolean> {
  const answered = session.query('select 1 as here').then(
    () => true,
    () => false,
  )
  return Promise.race([answered, delay(3000, false, { ref: false })])
}
