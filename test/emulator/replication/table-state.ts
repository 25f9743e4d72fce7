import type { RowChange } from './decode-change.ts'
import type { Resolution } from './apply-sql.ts'
import type { Lsn } from './lsn.ts'
import type { LoadSnapshot } from './position.ts'
import type { TableRoute } from './table-route.ts'

/** A change that waits for its table's load. */
export interface CachedChange {
  readonly xid: number
  readonly commitLsn: Lsn
  readonly commitTimeMs: number
  readonly change: RowChange
  readonly bytes: number
}

/**
 * Where a table stands. `queued` and `loading`: changes are cached. `loaded`: its cached changes are being applied.
 * `flowing`: changes are applied with their transactions. `suspended`: changes are dropped.
 */
export interface TableProgress {
  route: TableRoute
  resolve: (change: RowChange) => Resolution
  phase: 'queued' | 'loading' | 'loaded' | 'flowing' | 'suspended'
  /** what its load has seen */
  snapshot: LoadSnapshot | null
  /** cached changes applied, by commit LSN */
  appliedLsn: Lsn
  cache: CachedChange[]
  /** Errors that were logged since the attempt began: they escalate by their number. */
  readonly errors: { data: number; apply: number }
}
