import type { Problem } from '../../runtime/errors.ts'

/** Where clients are pointed at. */
export interface Address {
  readonly host: string
  readonly port: number
  readonly database: string
  /** Where readers go; undefined where nobody said. */
  readonly reader?: { readonly host: string; readonly port: number } | undefined
}

/** What a switcher found out before anybody waits. */
export interface SwitchCheck {
  readonly problems: readonly Problem[]
  /** What is worth knowing and refuses nothing. */
  readonly notes: readonly string[]
  /** Users whose published credential was tried on the side that clients will be pointed at. */
  readonly users: readonly string[]
}

export interface SwitchResult {
  readonly name: string
  /** False where it pointed there already. */
  readonly changed: boolean
  /** What there is to see afterwards: a version, a change's id. Never a secret. */
  readonly detail: string
}

/** One thing that points clients at their database. */
export interface Switcher {
  /** `secret shop/app`, `parameter /shop/db`, `record db.shop.internal`, `PgBouncer shop`, `command …` */
  readonly name: string
  /** Before anybody waits: rights, value readable, login works, TTL too long. All problems; changes nothing. */
  check(to: Address): Promise<SwitchCheck>
  /** What a dry run prints. Reads nothing. */
  describe(to: Address): string
  /** Points clients at `to` and reads that back; can be run again. Throws MigrationError. */
  switch(to: Address, generation: bigint): Promise<SwitchResult>
}

/**
 * Parties that hold clients still around the freeze. Paused in their order before the locks, resumed after the switch,
 * on any abort, by the `post` step and by the abort job.
 */
export interface Pauser {
  readonly name: string
  check(): Promise<readonly Problem[]>
  /** Throws `timeout` where clients could not be held within `budgetMs`; whatever it held is then let go. */
  pause(signal: AbortSignal, budgetMs: number): Promise<void>
  /** Lets clients go on; can be run again, and by another process. Throws where it could not. */
  resume(): Promise<void>
}
