import { isSettled } from '../../shared/control/judge-uncarried.ts'
import type { TableStatistic } from '../../shared/dms/table-statistic.ts'
import { qualified } from '../../shared/migration/identifier.ts'
import type { TableName } from '../../shared/migration/plan.ts'
import type { Problem } from '../../shared/runtime/errors.ts'
import { migratedTables, type TaskSight } from '../../shared/waiting/task-sight.ts'
import type { DatabaseSight } from './assess.ts'

/** A table of which changes are missing on the target that were captured before a marker which has arrived. */
export interface TableBehind {
  readonly task: string
  readonly schema: string
  readonly table: string
  /** Captured before the marker and not applied at this look. */
  readonly changes: number
  /** Looks in a row at which they did not become fewer. */
  readonly looks: number
}

/** So many looks without a fall are no delay of DMS's statistics any more. */
const manyLooks = 6

/** A table whose missing changes have not become fewer for many looks, though nothing is in flight. */
export function isStuck({ looks }: TableBehind): boolean {
  return looks >= manyLooks
}

/**
 * Compares what tasks captured with what they applied, with markers as the measure: what was captured before a marker
 * was written must have been applied when it has come through. Changes that were cached during the load and never applied
 * are found so, which no marker, exception or status shows; not of a table where as many newer ones are applied already, since
 * DMS counts and does not say which. A table that is even at one look is missing nothing: those that never were are told.
 */
export class Backlog {
  /** Changes captured at the look before the last marker that arrived, by task and table. */
  #floor = new Map<string, number>()
  /** The same for the marker that is under way. */
  #candidate = new Map<string, number>()
  #behind = new Map<string, TableBehind>()
  /** Tables that have had fewer changes applied than captured at every look. */
  #uneven: ReadonlyMap<string, TableName> | undefined

  /** Tables of which DMS's counts cannot show that every change is applied: some were under way at every look. */
  neverEven(): readonly TableName[] {
    return [...(this.#uneven ?? new Map<string, TableName>()).values()]
  }

  /** To be called with the look that precedes a marker. */
  markerSent(tasks: readonly TaskSight[]): void {
    this.#candidate = new Map(
      tasks.flatMap((sight) => migratedTables(sight).map((table) => [keyOf(sight, table), table.captured])),
    )
  }

  markerArrived(): void {
    this.#floor = this.#candidate
  }

  /** The tables that are behind at this look; none before the first marker has arrived. */
  look(tasks: readonly TaskSight[]): readonly TableBehind[] {
    const behind = new Map<string, TableBehind>()
    for (const sight of tasks) {
      for (const table of migratedTables(sight)) {
        const key = keyOf(sight, table)
        const floor = this.#floor.get(key) ?? 0
        const changes = floor - table.applied
        // Fewer captured than before: the task began to count anew, and the measure is of no use.
        if (changes <= 0 || table.captured < floor) continue
        const before = this.#behind.get(key)
        const fell = before === undefined || changes < before.changes
        behind.set(key, {
          task: sight.task.identifier,
          schema: table.schema,
          table: table.table,
          changes,
          looks: fell ? 1 : before.looks + 1,
        })
      }
    }
    const uneven = tasks.flatMap((sight) =>
      migratedTables(sight).flatMap((table) => {
        const key = keyOf(sight, table)
        const stays = table.applied < table.captured && this.#uneven?.has(key) !== false
        return stays ? [[key, { schema: table.schema, table: table.table }] as const] : []
      }),
    )
    this.#uneven = new Map(uneven)
    this.#behind = behind
    return [...behind.values()]
  }
}

function keyOf({ task }: TaskSight, { schema, table }: TableStatistic): string {
  return JSON.stringify([task.arn, schema, table])
}

/**
 * The tables that are behind, without those that verify-data found equal after just that, and not more, was noted: what it
 * compared is there, whatever DMS counts.
 */
export function openBacklog(
  behind: readonly TableBehind[],
  databases: DatabaseSight | undefined,
): readonly TableBehind[] {
  const noted = databases?.uncarried?.backlogs ?? []
  const equal = databases?.compared.equal ?? new Map<string, number>()
  return behind.filter((table) => {
    const doubt = noted.find((one) => one.schema === table.schema && one.table === table.table)
    return (
      doubt === undefined || table.changes > Number(doubt.changes) || !isSettled(table, doubt.seenAt, equal)
    )
  })
}

/** What is to be told of tables that are behind by DMS's count, and were found equal by verify-data. */
export function settledLines(behind: readonly TableBehind[]): string[] {
  return behind.map(
    ({ schema, table, changes }) =>
      `DMS counts ${changes} changes of ${schema}.${table} as not applied; verify-data has found its rows equal since`,
  )
}

/** What is to be told of tables that were never even, and not compared since the load. */
export function busyLines(tables: readonly TableName[], databases: DatabaseSight | undefined): string[] {
  const open = tables.filter(
    ({ schema, table }) => databases?.compared.equal.has(qualified(schema, table)) !== true,
  )
  if (open.length === 0) return []
  const names = open.slice(0, 5).map(({ schema, table }) => `${schema}.${table}`)
  const more = open.length > 5 ? ` and ${open.length - 5} more` : ''
  return [
    `that no change from during the load is missing of ${names.join(', ')}${more}: they were written to at every look, and DMS’s counts cannot tell old changes from new ones (verify-data compares the rows)`,
  ]
}

/** Why the wait goes on. */
export function backlogReasons(behind: readonly TableBehind[]): string[] {
  const shown = behind
    .slice(0, 5)
    .map(({ task, schema, table, changes }) => `${changes} of ${schema}.${table} (${task})`)
  const more = behind.length > 5 ? ` and more of ${behind.length - 5} tables` : ''
  return [
    `changes captured before a marker are not applied though the marker has come through: ${shown.join(', ')}${more}`,
  ]
}

/** Why it ends in a refusal. */
export function backlogProblems(stuck: readonly TableBehind[]): Problem[] {
  return stuck.slice(0, 20).map(({ task, schema, table, changes, looks }) => ({
    field: `${schema}.${table}`,
    message: `${changes} changes of ${schema}.${table} were captured by ${task} before a marker that has come through, and are not applied after ${looks} looks`,
    remedy:
      'They may be lost, or were in the load already. Run verify-data: where it finds the rows of the table equal, run this action again. Where they differ, reload the table (aws dms reload-tables --reload-option data-reload) or delete the task and run create-task, and compare again.',
  }))
}
