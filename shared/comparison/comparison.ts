import type { Session } from '../postgres/session.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'

/** A table as one side names it. */
export interface SideTable {
  readonly schema: string
  readonly table: string
}

/**
 * How values of a column are made comparable before they are hashed. `as-is`: every bit counts. `normalised`: both sides go
 * through the same expression, which takes away what replication changes by design. `left-out`: not compared at all.
 */
export type ColumnRule =
  | { readonly kind: 'as-is' }
  | { readonly kind: 'normalised'; readonly by: Normalisation; readonly reason: string }
  | { readonly kind: 'left-out'; readonly reason: string }

/** What a normalisation takes away; see rule-for-column.ts for the types that it is for. */
export type Normalisation =
  | { readonly name: 'rounded'; readonly decimals: number }
  | { readonly name: 'significant-digits'; readonly digits: number }
  | { readonly name: 'without-trailing-blanks' }
  | { readonly name: 'finite-time' }
  | { readonly name: 'as-jsonb' }
  /** DMS counts bytes of a bytea, characters twice (four times with 4-byte characters) of text: the same cut on both sides. */
  | { readonly name: 'first-bytes'; readonly bytes: number }

/** A column, by its name on both sides. */
export interface ComparedColumn {
  readonly name: string
  /** As format_type writes it, for each side. */
  readonly type: { readonly source: string; readonly target: string }
  /** Name of the type below all domains: `numeric`, `text`, `_int4`. */
  readonly baseType: string
  readonly rule: ColumnRule
}

/** A table to be compared. */
export interface ComparedTable {
  readonly source: SideTable
  readonly target: SideTable
  readonly columns: readonly ComparedColumn[]
  /**
   * Columns of a primary key, or of a unique index without NULL, expressions and predicate, on both sides. Undefined:
   * rows are compared as a multiset. Rules do not apply to them: a key is compared as it is.
   */
  readonly key: readonly string[] | undefined
  /** Given where the table is not to be compared at all, such as one without a column that can be. */
  readonly skip?: string
}

/** One side: opens sessions of ours; `settings` win over the session's own. The comparison closes them. */
export interface ComparedSide {
  open(settings: Readonly<Record<string, string>>): Promise<Session>
}

export interface ComparisonLimits {
  /** Sessions on each side at most. */
  readonly maxConnections: number
  /** Active backends on a side, ours not counted, above which no chunk begins; undefined: no limit. */
  readonly maxLoad: number | undefined
  /** Rows of a chunk, about. */
  readonly chunkRows: number
  /** Bytes of a chunk with TOAST, about: wide rows make chunks of fewer rows. */
  readonly chunkBytes: number
  /** Differences listed per table; where they are found, the table is not compared further. */
  readonly maxDifferencesPerTable: number
  /** Of one statement; a chunk that takes longer is halved. */
  readonly statementTimeoutMs: number
  /** How often a suspect is looked at before it is given up as unsettled. */
  readonly maxLooks: number
}

export const defaultLimits: ComparisonLimits = {
  maxConnections: 4,
  maxLoad: undefined,
  chunkRows: 100_000,
  chunkBytes: 64 * 1024 * 1024,
  maxDifferencesPerTable: 100,
  statementTimeoutMs: 60_000,
  maxLooks: 8,
}

/** A table that was found equal, as it is kept for a run that goes on. JSON. */
export interface FinishedPart {
  /** Which table, columns, rules and key it is about: of another shape it does not count. */
  readonly id: string
  /** The part's upper end in the order of the key, as text; null: the table's end. */
  readonly upTo: readonly string[] | null
  readonly rows: { readonly source: string; readonly target: string }
  readonly chunks: number
  /** When it was finished, milliseconds since the epoch. */
  readonly at: number
}

/** Where finished parts are kept between runs. Only parts without a difference or anything unsettled are saved. */
export interface ResumePort {
  /** All parts kept; older ones than `maxAgeMs` are compared again. */
  load(): Promise<readonly FinishedPart[]>
  /** Replaces what is kept of the same `id`. */
  save(part: FinishedPart): Promise<void>
  readonly maxAgeMs: number
}

export interface ComparisonProgress {
  readonly tables: { readonly done: number; readonly all: number }
  /** Compared on the source so far. */
  readonly rows: bigint
  readonly differences: number
  readonly unsettled: number
  readonly elapsedMs: number
  /** Why no chunk begins at the moment. */
  readonly paused?: string
}

export interface ComparisonWork {
  readonly source: ComparedSide
  readonly target: ComparedSide
  readonly tables: readonly ComparedTable[]
  /**
   * Resolves when everything committed on the source before the call is on the target: writes a marker through every task's
   * stream and waits for it. Called once at a time. Throws when it does not arrive: then suspects stay unsettled.
   */
  readonly settle: () => Promise<void>
  readonly limits: ComparisonLimits
  /** Values are not told, only their lengths and digests, salted for this run. Keys are told. */
  readonly masked: boolean
  readonly resume?: ResumePort
  readonly onProgress?: (progress: ComparisonProgress) => void
  /** Told what was seen by then before `cancelled` is thrown: what was proven does not become less so. */
  readonly onCancelled?: (tables: readonly TableComparison[]) => void
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly log: Log
}

/** A value as it is told. Text is cut to what surrounds the first difference; null is NULL. */
export interface ShownValue {
  /** Null where the value is NULL; undefined where masked. */
  readonly text?: string | null
  readonly isNull: boolean
  readonly bytes: number
  /** Salted for this run: says only whether two are the same. */
  readonly digest: string
}

export interface DifferentColumn {
  readonly name: string
  readonly source: ShownValue
  readonly target: ShownValue
  /** Paths within a json or jsonb value that differ, `$.address.city`; at most ten. Not given where masked. */
  readonly paths?: readonly string[]
}

export interface RowDifference {
  /** Values of the key by column; undefined for a table without a key. */
  readonly key: Readonly<Record<string, string>> | undefined
  readonly kind: 'missing' | 'surplus' | 'changed'
  /** Columns that differ; for a missing or surplus row of a table without a key all columns, on the side that has it. */
  readonly columns: readonly (
    DifferentColumn | { readonly name: string; readonly source?: ShownValue; readonly target?: ShownValue }
  )[]
  /** How many rows of this content each side has; given for tables without a key. */
  readonly copies?: { readonly source: string; readonly target: string }
}

/** Rows of which nothing can be said, since they changed whenever they were looked at. */
export interface UnsettledRow {
  readonly key: Readonly<Record<string, string>> | undefined
  readonly reason: string
}

export interface ColumnCoverage {
  readonly name: string
  /** `compared`, `compared after …`, `not compared: …`. */
  readonly said: string
  readonly compared: boolean
}

/** What was seen of one table. */
export interface TableComparison {
  readonly table: ComparedTable
  /**
   * `equal`: every compared column of every row, after what coverage says. `unsettled`: no difference found, but some rows
   * or all could not be verified. `skipped`: not compared, as asked.
   */
  readonly kind: 'equal' | 'different' | 'unsettled' | 'skipped'
  /** Given for `skipped`, and for `unsettled` where it was not for single rows. */
  readonly reason?: string
  /** Rows read; bigint as text. */
  readonly rows: { readonly source: string; readonly target: string }
  readonly chunks: number
  /** Chunks of an earlier run that were not read again, and since when. */
  readonly resumed?: { readonly chunks: number; readonly at: number }
  /** How the table was divided: `by key`, `by hash of the key`, `as a multiset of rows`. */
  readonly divided: string
  readonly differences: readonly RowDifference[]
  /** All that were found, listed or not; a lower bound where `complete` is false. */
  readonly differencesFound: number
  /** False where comparing ended early, at the limit of differences or by an error. */
  readonly complete: boolean
  readonly unsettled: readonly UnsettledRow[]
  readonly coverage: readonly ColumnCoverage[]
  readonly ms: number
  /** Rows looked at again, each time counted. */
  readonly rechecks: number
}

/** Compares the rows of all tables while both sides go on. Throws `cancelled`, and `unavailable` where a database is away. */
export type CompareRows = (work: ComparisonWork) => Promise<TableComparison[]>

// Published first: callers build on it.
export { compareRows } from './compare-rows.ts'
