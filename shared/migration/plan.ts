import type { CommentApproval } from './approval-schema.ts'
import type { PlanDecisions } from './plan-decisions.ts'
import type { PlannedSwitch } from './planned-switch.ts'
import type { PlannedReverse } from './planned-reverse.ts'
import type { Migration } from './schema.ts'
import type { Endpoints, QuiesceEntry } from './switch-schema.ts'
import type { CutoverWindow } from './window-schema.ts'

/** A table by its two names, unquoted as the catalogue has them. */
export interface TableName {
  readonly schema: string
  readonly table: string
}

/** One replication task: what it carries and the documents that AWS is given. */
export interface PlannedTask {
  /** Replication task identifier: letters, digits and hyphens, at most 255. */
  readonly identifier: string
  /** Leaf tables that this task and no other carries. */
  readonly tables: readonly TableName[]
  /** The marker table that this task alone carries, in the marker schema. */
  readonly markerTable: TableName
  readonly migrationType: 'full-load-and-cdc' | 'cdc'
  /** Slot that is made before the rows are copied by other means; null where DMS makes its own. */
  readonly slot: string | null
  /** Table mappings and task settings as DMS takes them (DMS User Guide, Table mapping; Task settings). */
  readonly mappings: Readonly<Record<string, unknown>>
  readonly settings: Readonly<Record<string, unknown>>
}

/** A NOT NULL column of a LOB type: dropped on the target during the load and put back (BestPractices, LOBs). */
export interface RelaxedColumn extends TableName {
  readonly column: string
}

/**
 * What a reviewer approves: decisions only, no measurements, so that the digest is the same before and after
 * approval under live writes. Everything in it is JSON; no credentials or URLs, and only those hosts that the migration
 * file itself names.
 */
export interface Plan {
  readonly version: 1
  readonly migration: string
  readonly tasks: readonly PlannedTask[]
  /** What measurements decided, apart from the groups: those are the tasks. */
  readonly decisions: Omit<PlanDecisions, 'groups'>
  /** How rows and schema get to the target: `load`, `schema` and `during-load` of the migration file. */
  readonly load: Migration['load']
  readonly schema: Migration['schema']
  readonly duringLoad: Migration['during-load']
  /** From which result on DMS's premigration assessment refuses; null where the file asks for none. */
  readonly assessment: { readonly failOn: 'failed' | 'warning' | 'never' } | null
  /** Findings of preflight that were accepted. */
  readonly waivers: Migration['waivers']
  readonly relaxedColumns: readonly RelaxedColumn[]
  /** Sequences that are set on the target, in the order of their names. */
  readonly sequences: readonly { readonly schema: string; readonly sequence: string }[]
  readonly sequenceMargin: number
  readonly emptyTarget: 'refuse' | 'truncate'
  /** SHA-256 (hex) over the source's catalogue in the migrated schemas: relations, columns, partitions, sequences, triggers. */
  readonly sourceFingerprint: string
  /** Who carries rows back after a cutover; null where a cutover is for good. */
  readonly reverse: PlannedReverse | null
  readonly cutover: {
    readonly fence: 'lock' | 'read-only' | 'auto'
    readonly freezeBudgetMs: number
    readonly markerRoundTripMs: number
    readonly evidenceAgeMs: number
    readonly environment: string
    /** Who approves by a comment, and where, in place of the environment’s reviewers; null where those do. */
    readonly approval: CommentApproval | null
    /** When a cutover may begin, by the source’s clock; null at any time. */
    readonly window: CutoverWindow | null
    readonly applicationRoles: readonly string[]
    /** In the order in which they are made. */
    readonly switches: readonly PlannedSwitch[]
    /** What the file itself says of the addresses that clients are given; null where it says nothing. */
    readonly endpoints: NonNullable<Endpoints> | null
    readonly quiesce: readonly QuiesceEntry[]
    readonly stragglers: 'end' | 'report'
    readonly staleReads: 'refuse' | 'allow'
    readonly fallBack: boolean
    readonly smokeTest: readonly string[]
    readonly watchMs: number
  }
}
