/** A replication instance that the migration file names. */
export interface ReplicationInstanceFacts {
  readonly identifier: string
  /** As the API writes it, or `not there`. */
  readonly status: string
  readonly engineVersion: string
  readonly class: string
  readonly storageGb: number
  readonly multiAz: boolean
  /** Empty where DMS named none. */
  readonly vpc: string
}

/** A quota of DMS in this account and region. */
export interface DmsQuota {
  /** As the API writes it: `ReplicationTasks`, `Endpoints`, … */
  readonly name: string
  readonly used: number
  readonly most: number
}

/** Something in DMS that bears a name which this migration gives. */
export interface TakenName {
  readonly kind: 'replication task' | 'endpoint' | 'replication instance'
  readonly identifier: string
  /** The migration that its tag names; undefined where it has no tag of ours. */
  readonly migration: string | undefined
}
