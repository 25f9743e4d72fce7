import { setTimeout as delay } from 'node:timers/promises'
import type { Session } from '../postgres/session.ts'
import { MigrationError } from '../runtime/errors.ts'
import type { CutoverPorts } from './ports.ts'

/** Longest time in ms that a database may be away after the commit point before the run gives up going forward. */
const awayMs = 90_000

const tellEveryMs = 10_000

/**
 * Both databases after the commit point. Every step there can be repeated, and until the one that is entered is open nobody can
 * write: a database that restarts is waited for, not given up.
 */
export class BothSessions {
  from: Session
  to: Session
  readonly #ports: CutoverPorts
  readonly #toSettings: Readonly<Record<string, string>>

  constructor(
    ports: CutoverPorts,
    sessions: { readonly from: Session; readonly to: Session },
    toSettings: Readonly<Record<string, string>>,
  ) {
    this.#ports = ports
    this.#toSettings = toSettings
    this.from = sessions.from
    this.to = sessions.to
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
    await Promise.all([this.from.close(), this.to.close()])
  }

  /** Opens again what does not answer. False where both answer. */
  async #renewLost(deadline: number): Promise<boolean> {
    const never = new AbortController().signal
    const [from, to] = await Promise.all([answers(this.from), answers(this.to)])
    if (!from) {
      await this.from.close()
      this.from = await this.#reopen(this.#ports.names.from, deadline, () => this.#ports.openFrom(never))
    }
    if (!to) {
      await this.to.close()
      this.to = await this.#reopen(this.#ports.names.to, deadline, () =>
        this.#ports.openTo(never, this.#toSettings),
      )
    }
    return !from || !to
  }

  async #reopen(name: string, deadline: number, open: () => Promise<Session>): Promise<Session> {
    const { clock, log } = this.#ports
    const left = () => `${Math.max(0, Math.round((deadline - clock.elapsed()) / 1000))} s more`
    log.line(`the ${name} does not answer: it is waited for, ${left()} at most`)
    let toldAt = clock.elapsed()
    for (;;) {
      try {
        return await open()
      } catch (error) {
        if (clock.elapsed() > deadline) throw error
        if (clock.elapsed() - toldAt >= tellEveryMs) {
          log.line(
            `still waiting for the ${name}, ${left()} at most: ${error instanceof Error ? error.message : ''}`,
          )
          toldAt = clock.elapsed()
        }
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
