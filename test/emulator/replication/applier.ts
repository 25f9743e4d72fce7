import { escapeIdentifier } from 'pg'
import { decideFailure, exceptionSql, suspendTable } from './apply-failure.ts'
import { UnknownColumn, type RowOperation } from './apply-sql.ts'
import type { ApplySession, BatchPart } from './apply.ts'
import type { ChangeRouter, PendingTransaction } from './change-router.ts'
import type { RowChange, TruncateChange } from './decode-change.ts'
import { formatLsn, NO_LSN, type Lsn } from './lsn.ts'
import type { LoadSnapshot } from './position.ts'
import type { CachedChange, TableProgress } from './table-state.ts'
import { tableKey } from './catalogue.ts'
import { TableFault } from './job-contract.ts'
import { plainName, type TaskContext } from './task-context.ts'
import { plainText } from './decode-change.ts'

/** A waiting row change with the position of its transaction. */
export interface PlacedChange {
  readonly progress: TableProgress
  readonly change: RowChange
  readonly xid: number
  readonly commitLsn: Lsn
  readonly commitTimeMs: number
  readonly bytes: number
}

export interface ApplierOptions {
  readonly session: ApplySession
  readonly router: ChangeRouter
  isOver(): boolean
  /** Applied and committed on the target; `changes` of selected tables were in it. */
  committed(lsn: Lsn, changes: number): void
  /** Changes values before they are written (lob-lookup.ts). */
  lookUp(changes: readonly PlacedChange[]): Promise<readonly PlacedChange[]>
  /** A row was written: the key texts, for validation. */
  touched(progress: TableProgress, change: RowChange): void
}

export interface Applier {
  /** Applies what is due of one table's cached changes; true when there was something. */
  applyCached(progress: TableProgress): Promise<boolean>
  /** Applies waiting transactions that are due; true when there was something. */
  applyPending(): Promise<boolean>
  /** Moves the task's position without any change. */
  moveTo(lsn: Lsn): Promise<void>
  /** milliseconds until the transaction that waits longest is due; null when nothing waits */
  dueInMs(): number | null
  /** commit time of the oldest transaction being applied now */
  oldestInHandMs(): number | null
}

interface Collected {
  readonly parts: BatchPart[]
  /** for the statistics: rows by table and kind */
  readonly rows: Map<string, { progress: TableProgress; kind: RowChange['kind']; rows: number }>
}

/** Writes changes to the target, in commit order, by one session. */
export function createApplier(context: TaskContext, options: ApplierOptions): Applier {
  const { job, settings, statistics, positions } = context
  const { session, router } = options
  /** Another task moves the rows; this one only looks at them. */
  const validationOnly = settings.ValidationSettings.ValidationOnly
  let inHandMs: number | null = null

  const dueAt = (commitTimeMs: number): number => commitTimeMs + job.replicationDelayMs()

  function seenByLoad(snapshot: LoadSnapshot | null, xid: number): boolean {
    return snapshot !== null && snapshot.sees(xid)
  }

  /** The tables of these changes that a fault suspends, each with what it says. */
  async function struckTables(changes: readonly PlacedChange[]): Promise<Map<TableProgress, string>> {
    const struck = new Map<TableProgress, string>()
    for (const progress of new Set(changes.map((placed) => placed.progress))) {
      if (progress.phase !== 'loaded' && progress.phase !== 'flowing') continue
      try {
        await job.fault('cdc:table', plainName(progress))
      } catch (error) {
        if (!(error instanceof TableFault)) throw error
        struck.set(progress, error.message)
      }
    }
    return struck
  }

  /** Resolves changes to operations. Changes that the load has brought, or an earlier run applied, count as applied. */
  function collect(
    changes: readonly PlacedChange[],
    truncates: ReadonlyMap<number, readonly TruncateChange[]>,
    struck: ReadonlyMap<TableProgress, string>,
  ): Collected {
    const rows: Collected['rows'] = new Map()
    const parts: BatchPart[] = []
    let statements: string[] = []
    let operations: RowOperation[] = []
    const flush = (): void => {
      if (statements.length + operations.length > 0) parts.push({ statements, operations })
      statements = []
      operations = []
    }
    for (const [index, placed] of changes.entries()) {
      for (const truncate of truncates.get(index) ?? []) {
        flush()
        statements.push(...truncateSql(context, truncate))
      }
      const { progress, change, xid, commitLsn } = placed
      if (progress.phase === 'loading' || progress.phase === 'queued') {
        progress.cache.push({ ...placed })
        continue
      }
      const fault = struck.get(progress)
      if (fault !== undefined && progress.phase !== 'suspended')
        statements.push(
          exceptionSql(context, progress, describe(change), fault),
          ...suspendTable(context, progress),
        )
      if (progress.phase === 'suspended') {
        statistics.settled(progress.route.key, change.kind, 1, false)
        continue
      }
      if (commitLsn <= progress.appliedLsn || seenByLoad(progress.snapshot, xid)) {
        statistics.settled(progress.route.key, change.kind, 1, true)
        continue
      }
      options.touched(progress, change)
      if (validationOnly) {
        statistics.settled(progress.route.key, change.kind, 1, false)
        continue
      }
      const resolution = progress.resolve(change)
      if (resolution !== null && 'error' in resolution) {
        flush()
        statements.push(exceptionSql(context, progress, describe(change), resolution.error.message))
        if (resolution.error instanceof UnknownColumn) statements.push(...suspendTable(context, progress))
        statistics.settled(progress.route.key, change.kind, 1, false)
        continue
      }
      if (resolution !== null) operations.push(resolution)
      const id = `${progress.route.key} ${change.kind}`
      const count = rows.get(id)
      if (count === undefined) rows.set(id, { progress, kind: change.kind, rows: 1 })
      else count.rows += 1
    }
    for (const truncate of truncates.get(changes.length) ?? []) {
      flush()
      statements.push(...truncateSql(context, truncate))
    }
    flush()
    return { parts, rows }
  }

  async function write(
    collected: Collected,
    after: { text: string; literals: string[] },
    lsn: Lsn,
    cachedPhase: boolean,
  ): Promise<void> {
    await job.fault('cdc:apply', formatLsn(lsn))
    if (options.isOver()) return
    const progressOf = (operation: RowOperation): TableProgress => {
      const progress = context.tables.get(operation.route.key)
      if (progress === undefined) throw new Error(`No table ${operation.route.key}`)
      return progress
    }
    const { failed } = await session.apply(
      { parts: collected.parts, after },
      {
        decide: (failure) => decideFailure(context, progressOf(failure.operation), failure, cachedPhase),
        skips: (operation) => progressOf(operation).phase === 'suspended',
      },
    )
    let written = 0
    for (const { progress, kind, rows } of collected.rows.values()) {
      const lost = failed.filter(
        ({ operation }) => operation.route.key === progress.route.key && operation.kind === kind,
      ).length
      statistics.settled(progress.route.key, kind, rows - lost, true)
      if (lost > 0) statistics.settled(progress.route.key, kind, lost, false)
      written += rows - lost
    }
    context.meters.targetRows.add(written)
  }

  /** The first changes of a cache, whole transactions, up to the size of a target transaction. */
  function dueCached(cache: readonly CachedChange[]): CachedChange[] {
    const limit = settings.ChangeProcessingTuning.MinTransactionSize
    const timeNow = Date.now()
    const taken: CachedChange[] = []
    for (const cached of cache) {
      const last = taken.at(-1)
      const whole = last === undefined || last.commitLsn !== cached.commitLsn
      if (whole && (taken.length >= limit || dueAt(cached.commitTimeMs) > timeNow)) break
      taken.push(cached)
    }
    return taken
  }

  return {
    async applyCached(progress) {
      const taken = dueCached(progress.cache)
      const first = taken[0]
      const last = taken.at(-1)
      if (first === undefined || last === undefined) return false
      inHandMs = first.commitTimeMs
      const placed = await options.lookUp(taken.map((cached) => ({ ...cached, progress })))
      const { schema, name } = progress.route.selected.source
      const collected = collect(placed, new Map(), await struckTables(placed))
      // After a resume the slot sends again what an earlier run applied: the position must not fall back to it.
      const position = last.commitLsn > progress.appliedLsn ? last.commitLsn : progress.appliedLsn
      await write(collected, positions.moveTable(schema, name, position), last.commitLsn, true)
      if (options.isOver()) return false
      progress.cache = progress.cache.slice(taken.length)
      progress.appliedLsn = position
      for (const { bytes } of taken) {
        router.release(bytes)
        context.meters.targetBytes.add(bytes)
      }
      inHandMs = null
      return true
    },
    async applyPending() {
      const limit = settings.ChangeProcessingTuning.MinTransactionSize
      const timeNow = Date.now()
      const group: PendingTransaction[] = []
      const placed: PlacedChange[] = []
      const truncates = new Map<number, TruncateChange[]>()
      for (let next = router.pending.first(); next !== undefined; next = router.pending.first()) {
        if (group.length > 0 && placed.length + next.changes.length > limit) break
        if (next.changes.length + next.truncates.length > 0 && dueAt(next.commitTimeMs) > timeNow) break
        router.pending.shift()
        group.push(next)
        const { xid, commitLsn, commitTimeMs, bytes } = next
        for (const { before, change } of next.truncates) {
          const at = placed.length + before
          truncates.set(at, [...(truncates.get(at) ?? []), change])
        }
        for (const { progress, change } of next.changes)
          placed.push({ progress, change, xid, commitLsn, commitTimeMs, bytes: bytes / next.changes.length })
      }
      const last = group.at(-1)
      if (last === undefined) return false
      inHandMs = group[0]?.commitTimeMs ?? null
      const collected = collect(await options.lookUp(placed), truncates, await struckTables(placed))
      const lsn = last.commitLsn
      if (placed.length > 0 || truncates.size > 0) await write(collected, positions.moveTask(lsn), lsn, false)
      if (options.isOver()) return false
      for (const { bytes } of group) {
        router.release(bytes)
        context.meters.targetBytes.add(bytes)
      }
      inHandMs = null
      options.committed(lsn, placed.length)
      return true
    },
    async moveTo(lsn) {
      if (lsn === NO_LSN) return
      await session.apply(
        { parts: [], after: positions.moveTask(lsn) },
        { decide: () => ({ sql: [], repaired: false }), skips: () => false },
      )
      options.committed(lsn, 0)
    },
    dueInMs() {
      const next = router.pending.first()
      const times = [...context.tables.values()].flatMap((progress) =>
        progress.phase === 'loaded' ? (progress.cache[0]?.commitTimeMs ?? []) : [],
      )
      if (next !== undefined) times.push(next.commitTimeMs)
      return times.length === 0 ? null : Math.max(0, dueAt(Math.min(...times)) - Date.now())
    },
    oldestInHandMs: () => inHandMs,
  }
}

/** TRUNCATE, where the emulator is told to carry it: all its tables in one statement. */
function truncateSql(context: TaskContext, change: TruncateChange): string[] {
  const targets = change.tables.flatMap(({ schema, table }) => {
    const progress = context.tables.get(tableKey(schema, table))
    if (progress === undefined || progress.phase === 'suspended') return []
    const { targetSchema, targetTable } = progress.route.selected
    return [`${escapeIdentifier(targetSchema)}.${escapeIdentifier(targetTable)}`]
  })
  if (targets.length === 0) return []
  return [
    `TRUNCATE TABLE ${targets.join(', ')}${change.restartSequences ? ' RESTART IDENTITY' : ''}${change.cascade ? ' CASCADE' : ''}`,
  ]
}

/** A change that never became a statement, for the exceptions table. */
function describe(change: RowChange): string {
  const image = change.after ?? change.before
  const values = image?.names.map((name, index) => {
    const raw = image.values[index]
    return `${name}=${typeof raw === 'string' ? plainText(raw) : String(raw)}`
  })
  return `${change.kind.toUpperCase()} "${change.schema}"."${change.table}" ${values?.join(', ') ?? ''}`
}
