import { tableKey } from './catalogue.ts'
import { passesFilters } from './change-filter.ts'
import type { RowChange, TruncateChange } from './decode-change.ts'
import { createFifo, type Fifo } from './fifo.ts'
import type { Lsn } from './lsn.ts'
import type { TableProgress } from './table-state.ts'
import { plainName, type TaskContext } from './task-context.ts'
import type { SourceTransaction } from './transaction-assembler.ts'

/** A transaction that waits for the target, reduced to the changes that matter. */
export interface PendingTransaction {
  readonly xid: number
  readonly commitLsn: Lsn
  readonly commitTimeMs: number
  readonly changes: readonly { readonly progress: TableProgress; readonly change: RowChange }[]
  /** each stands before the change with that index */
  readonly truncates: readonly { readonly before: number; readonly change: TruncateChange }[]
  readonly bytes: number
}

export interface ChangeRouter {
  readonly pending: Fifo<PendingTransaction>
  /** Takes a transaction from capture. */
  route(transaction: SourceTransaction): void
  /** From now on transactions stay whole instead of waiting table by table. Returns the last LSN routed so far. */
  endCaching(): Lsn
  /** bytes of what was routed and is not released */
  heldBytes(): number
  release(bytes: number): void
}

export interface RouterOptions {
  /** applied by an earlier run, according to the target */
  readonly appliedLsn: Lsn
  /** the statistics know everything up to here */
  readonly countedLsn: Lsn
  readonly caching: boolean
  wake(): void
  /** Already on the target: may be confirmed. */
  alreadyApplied(lsn: Lsn): void
}

/** Sorts captured changes to their tables: counted, filtered, cached while tables load. */
export function createChangeRouter(context: TaskContext, options: RouterOptions): ChangeRouter {
  const { statistics, tables, job } = context
  const pending = createFifo<PendingTransaction>()
  const warned = new Set<string>()
  let caching = options.caching
  let lastRouted = options.appliedLsn
  let held = 0

  /** UPDATE and DELETE without a replica identity: the stream does not say which row. */
  function isKeyless(change: RowChange, progress: TableProgress): boolean {
    if (change.kind === 'insert' || progress.route.hasIdentity) return false
    if (!warned.has(progress.route.key)) {
      warned.add(progress.route.key)
      context.log({
        component: 'SOURCE_CAPTURE',
        severity: 'warning',
        message: `Table '${plainName(progress)}' has no primary key: its UPDATEs and DELETEs are ignored`,
      })
    }
    if (!job.quirks['keyless-changes-ignored']) {
      progress.phase = 'suspended'
      statistics.setState(progress.route.key, 'Table error')
    }
    return true
  }

  function accepts(change: RowChange): TableProgress | null {
    const progress = tables.get(tableKey(change.schema, change.table))
    if (progress === undefined || progress.phase === 'suspended') return null
    if (isKeyless(change, progress)) return null
    return passesFilters(progress.route, change, job.quirks['filtered-deletes-lost']) ? progress : null
  }

  return {
    pending,
    route(transaction) {
      const { commitLsn, xid, commitTimeMs } = transaction
      const known = commitLsn <= options.appliedLsn
      const changes: { progress: TableProgress; change: RowChange }[] = []
      const truncates: { before: number; change: TruncateChange }[] = []
      for (const change of transaction.changes) {
        if (change.kind === 'truncate') {
          if (!job.quirks['truncate-ignored']) truncates.push({ before: changes.length, change })
          continue
        }
        const progress = accepts(change)
        if (progress === null) continue
        if (known && commitLsn <= options.countedLsn) continue
        statistics.captured(progress.route.key, change.kind, 1)
        if (known) statistics.settled(progress.route.key, change.kind, 1, true)
        else changes.push({ progress, change })
      }
      if (known) {
        options.alreadyApplied(commitLsn)
        return
      }
      lastRouted = commitLsn
      held += transaction.bytes
      const share = changes.length === 0 ? 0 : transaction.bytes / changes.length
      if (caching) {
        for (const { progress, change } of changes)
          progress.cache.push({ xid, commitLsn, commitTimeMs, change, bytes: share })
        if (changes.length === 0) held -= transaction.bytes
      } else pending.push({ xid, commitLsn, commitTimeMs, changes, truncates, bytes: transaction.bytes })
      options.wake()
    },
    endCaching() {
      caching = false
      return lastRouted
    },
    heldBytes: () => held,
    release(bytes) {
      held -= bytes
    },
  }
}
