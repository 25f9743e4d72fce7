import { createHash } from 'node:crypto'
import type { Direction } from './direction.ts'
import type { Plan, PlannedTask, TableName } from './plan.ts'

/** A replication task that carries rows in one direction, in the place of a task of the plan. */
export interface Carrier {
  readonly task: PlannedTask
  /** Replication task identifier: at most 255 characters (DMS API, CreateReplicationTask). */
  readonly identifier: string
  /** Its replication slot; null where DMS makes its own. */
  readonly slot: string | null
  /** The marker table that it alone carries. */
  readonly markerTable: TableName
  readonly direction: Direction
}

/** Names of PostgreSQL are cut at so many bytes (NAMEDATALEN - 1); marker tables and slots are ASCII. */
const longestName = 63

/**
 * Who carries the rows in one direction. `generation` is that of the cutover (or fall-back) that made them, undefined for
 * the plan's own tasks before the target was ever opened: they know only forward. One that is gone never shares an
 * identifier or a slot with one that came later, since its generation is in both. Pure.
 */
export function carriers(
  plan: Pick<Plan, 'migration' | 'tasks'>,
  direction: Direction,
  generation: bigint | undefined,
): readonly Carrier[] {
  if (generation === undefined) {
    if (direction === 'back') throw new Error('nothing carries rows back before a cutover has made it')
    return plan.tasks.map((task) => ({
      task,
      identifier: task.identifier,
      slot: task.slot,
      markerTable: task.markerTable,
      direction,
    }))
  }
  const word = direction === 'back' ? 'back' : 'again'
  return plan.tasks.map((task, index) => ({
    task,
    identifier: `${task.identifier}-${word}-${generation}`,
    slot: `aurora_migration_${slotHash(plan.migration, index)}_${word}_${generation}`,
    markerTable: direction === 'back' ? backMarker(task.markerTable) : task.markerTable,
    direction,
  }))
}

/** Slots belong to a whole server, where other migrations may have theirs. */
function slotHash(migration: string, index: number): string {
  return createHash('sha256').update(`${migration} ${index}`).digest('hex').slice(0, 10)
}

function backMarker({ schema, table }: TableName): TableName {
  return { schema, table: `${table.slice(0, longestName - '_back'.length)}_back` }
}
