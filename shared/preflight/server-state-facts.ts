import type { Fact } from './known-fact.ts'

/** A slot, as far as it is about what WAL is kept for it. */
export interface SlotState {
  readonly name: string
  /** `reserved`, `extended`, `unreserved` or `lost`; null before PostgreSQL 13. */
  readonly walStatus: string | null
}

/** State of a server beyond its facts: what waits for a restart, how sessions begin, what is kept for whom. */
export interface ServerState {
  /** Settings that were changed in a file or parameter group and act only after a restart. */
  readonly pendingRestart: readonly string[]
  /** Whether this very session is encrypted. */
  readonly sessionEncrypted: boolean
  /** With what a new session begins before database and role have their say: values with their unit. */
  readonly defaults: Readonly<Record<string, string | undefined>>
  readonly slots: readonly SlotState[]
  /** Physical standbys that stream from it. */
  readonly standbys: number
  /** Extensions that could be created. */
  readonly availableExtensions: readonly string[]
  /** Days since the counters of this database were reset; null where they never were. */
  readonly countersAgeDays: number | null
  /** Age of the database's oldest transaction id, and of the oldest planned table’s; both below 2^31. */
  readonly oldestXidAge: number
  readonly oldestTableXidAge: number
  readonly oldestTable: string | null
}

/** How fast WAL is written. Bytes as text. */
export interface WalRate {
  /** Measured while preflight ran. */
  readonly bytes: string
  readonly seconds: number
  /** Since pg_stat_wal was reset (PostgreSQL 14 and later); null where it is not known or younger than an hour. */
  readonly average: { readonly bytes: string; readonly seconds: number } | null
}

/** A line of pg_hba.conf that lets clients of the network in, in the file's order. */
export interface HbaRule {
  readonly line: number
  /** `host`, `hostssl`, `hostnossl`, `hostgssenc`, `hostnogssenc`. */
  readonly type: string
  readonly databases: readonly string[]
  readonly users: readonly string[]
  /** `all`, `everybody` (0.0.0.0/0 or ::/0), `loopback`, or `other`: addresses are nobody’s business in a report. */
  readonly from: 'everybody' | 'loopback' | 'other'
  /** `scram-sha-256`, `md5`, `reject`, … */
  readonly method: string
}

export interface ServerStateFacts {
  readonly state: Fact<ServerState>
  readonly walRate: Fact<WalRate>
  /** Undefined value: the server is one of RDS, which has no such file to look at. */
  readonly hbaRules: Fact<readonly HbaRule[] | undefined>
}
