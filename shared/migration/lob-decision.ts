import { decideLobMaxKb, type LobMaximum } from './lob-columns.ts'
import type { TableName } from './plan.ts'

/** A table whose LOB limit is not that of its task (DMS User Guide, Table settings, LOB settings). */
export interface TableLobLimit extends TableName {
  /** `bulk-max-size` in KB. */
  readonly maxKb: number
}

/** What was decided on LOB columns: the limit of every task in KB, and the tables that stand out. */
export interface LobDecision {
  readonly taskMaxKb: number
  readonly tables: readonly TableLobLimit[]
}

/** The LOB limits of a plan, from the migration file's `dms.lob.max-kb` and what was measured. Pure. */
export function decideLobs(wanted: 'auto' | number, maxima: readonly LobMaximum[]): LobDecision {
  return { taskMaxKb: decideLobMaxKb(wanted, maxima), tables: [] }
}
