import type { Accounts } from './accounts.ts'
import type { CompleteConfig, EmulatorKnobs } from './config.ts'
import { defaultKnobs } from './config.ts'
import type { FaultPlan } from './faults.ts'
import { quirkSettings } from './replication/quirks.ts'
import type { Quirk } from './replication/quirks.ts'
import type { Volumes } from './rds/volumes.ts'
import type { StateStore } from './state.ts'

/** What the accounts of one emulator share. */
export interface Shared {
  readonly accounts: Accounts
  readonly faults: FaultPlan
  readonly volumes: Volumes
}

/** What all services of one account and region share. */
export class Emulator {
  readonly config: CompleteConfig
  readonly quirks: Record<Quirk, boolean>
  readonly store: StateStore
  readonly faults: FaultPlan
  readonly accounts: Accounts
  readonly volumes: Volumes
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #jobs = new Set<Promise<void>>()

  constructor(config: CompleteConfig, store: StateStore, shared: Shared) {
    this.config = config
    this.quirks = quirkSettings(config.quirks)
    this.store = store
    this.faults = shared.faults
    this.accounts = shared.accounts
    this.volumes = shared.volumes
  }

  /** The knobs as of now: defaults, then the configuration, then what was changed since. */
  get knobs(): EmulatorKnobs {
    const changed = { ...this.config.knobs, ...this.accounts.main.store.state.knobs }
    return {
      replicationDelayMs: changed.replicationDelayMs ?? defaultKnobs.replicationDelayMs,
      metricDelayMs: changed.metricDelayMs ?? defaultKnobs.metricDelayMs,
      metricPeriodMs: changed.metricPeriodMs ?? defaultKnobs.metricPeriodMs,
      controlPlaneDelayMs: changed.controlPlaneDelayMs ?? defaultKnobs.controlPlaneDelayMs,
      describeLagMs: changed.describeLagMs ?? defaultKnobs.describeLagMs,
    }
  }

  arn(service: string, resource: string): string {
    return `arn:aws:${service}:${this.config.region}:${this.config.account}:${resource}`
  }

  /** Those that describe calls show already: AWS is eventually consistent, and so is this with the knob `describeLagMs`. */
  visible<T extends { createdAt: string }>(resources: readonly T[]): T[] {
    const newest = Date.now() - this.knobs.describeLagMs
    return resources.filter(({ createdAt }) => Date.parse(createdAt) <= newest)
  }

  /** Runs `action` once the control plane would have settled. */
  settle(action: () => void): void {
    this.after(this.knobs.controlPlaneDelayMs, action)
  }

  after(ms: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      action()
    }, ms)
    this.#timers.add(timer)
  }

  /** Runs what takes a while, and at least as long as the control plane takes to settle. */
  work(action: () => Promise<void>): void {
    this.settle(() => {
      const job = action()
        .catch((error: unknown) => {
          process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
        })
        .finally(() => this.#jobs.delete(job))
      this.#jobs.add(job)
    })
  }

  /** Resolves when nothing that was begun by `work` goes on any more. */
  async idle(): Promise<void> {
    while (this.#jobs.size > 0) await Promise.all(this.#jobs)
  }

  /** Forgets every pending action; the state keeps the transitional statuses, which the next start settles. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }
}
