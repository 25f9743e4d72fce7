import type { LobMaximum } from './lob-columns.ts'
import { fitsTableLimit, largestLob, lobMaxKb, tableLobMaxKb } from './lob-limit.ts'
import { byTableName } from './name-order.ts'
import type { TableName } from './plan.ts'

/** A table whose LOB limit is not that of its task (DMS User Guide, Table settings, LOB settings). */
export interface TableLobLimit extends TableName {
  /** `bulk-max-size` in KB, for limited LOB mode. */
  readonly maxKb: number
}

/** What was decided on LOB columns: the limit of every task in KB, and the tables that stand out. */
export interface LobDecision {
  readonly taskMaxKb: number
  /** In the order of the tables' names. */
  readonly tables: readonly TableLobLimit[]
}

/**
 * By how much a table must stand out. Every row of a full load costs DMS the limit for each LOB column, whatever the row
 * holds (memory = limit × commit rate × LOB columns), so a limit that most tables do not need is dear; a limit of its
 * own costs the table a factor of three. A factor of 8 pays for both; less is not worth a rule that someone has to review.
 */
const standsOutFrom = 8

/**
 * The limits for the tables of one task. A number in the file holds for all. `auto`: the task's limit is at least twice
 * the largest value of the tables that do not stand out. Tables stand out that need 8 times what the others need, if
 * they are no more than the others and their own limit can hold them; partitions of one table go together. Pure.
 *
 * What is over 102,400 KB gets that limit and cannot be carried in limited mode; preflight blocks. Inline mode for one
 * table does not exist between PostgreSQL servers (DMS User Guide, Table settings), and full mode is never chosen here.
 */
export function decideLobs(wanted: 'auto' | number, maxima: readonly LobMaximum[]): LobDecision {
  if (wanted !== 'auto') return { taskMaxKb: wanted, tables: [] }
  const families = measuredFamilies(maxima)
  const ordinary = families.slice(0, ordinaryCount(families))
  const taskMaxKb = lobMaxKb(ordinary.at(-1)?.bytes ?? 0n)
  const tables = families
    .slice(ordinary.length)
    .flatMap(({ bytes, names }) => names.map((name) => ({ ...name, maxKb: tableLobMaxKb(bytes) })))
    .sort(byTableName)
  return { taskMaxKb, tables }
}

/** A table, or the partitions of one, with its largest value. */
interface Family {
  readonly bytes: bigint
  readonly names: readonly TableName[]
}

/** Smallest first. */
function measuredFamilies(maxima: readonly LobMaximum[]): Family[] {
  const groups = Map.groupBy(maxima, ({ schema, table, family }) =>
    JSON.stringify(family === undefined ? [schema, table] : [family]),
  )
  return [...groups.values()]
    .map((group) => ({
      bytes: largestLob(group),
      names: [
        ...new Map(group.map(({ schema, table }) => [`${schema}.${table}`, { schema, table }])).values(),
      ],
    }))
    .sort((a, b) => (a.bytes < b.bytes ? -1 : a.bytes > b.bytes ? 1 : 0))
}

/** How many of the families, from the smallest on, share the task's limit: up to the first wide step. */
function ordinaryCount(families: readonly Family[]): number {
  const tablesIn = (some: readonly Family[]) => some.reduce((sum, { names }) => sum + names.length, 0)
  const largest = families.at(-1)
  if (largest === undefined || !fitsTableLimit(largest.bytes)) return families.length
  for (const [index, family] of families.entries()) {
    const before = families[index - 1]
    if (before === undefined || lobMaxKb(family.bytes) < standsOutFrom * lobMaxKb(before.bytes)) continue
    if (tablesIn(families.slice(index)) <= tablesIn(families.slice(0, index))) return index
  }
  return families.length
}
