import type { CompleteConfig, EmulatorKnobs } from './config.ts'
import { defaultKnobs } from './config.ts'
import type { FaultPlan } from './faults.ts'
import { quirkSettings } from './replication/quirks.ts'
import type { Quirk } from './replication/quirks.ts'
import type { StateStore } from './state.ts'

/** What all services of one emulator share. */
export class Emulator {
  readonly config: CompleteConfig
  readonly quirks: Record<Quirk, boolean>
  readonly store: StateStore
  readonly faults: FaultPlan
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(config: CompleteConfig, store: StateStore, faults: FaultPlan) {
    this.config = config
    this.quirks = quirkSettings(config.quirks)
    this.store = store
    this.faults = faults
  }

  /** The knobs as of now: defaults, then the configuration, then what was changed since. */
  get knobs(): EmulatorKnobs {
    const changed = { ...this.config.knobs, ...this.store.state.knobs }
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

  /** Forgets every pending action; the state keeps the transitional statuses, which the next start settles. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }
}
