import type { Session } from '../postgres/session.ts'
import type { DrainAllowed, DrainSight } from './judge-drain.ts'
import { Script } from './script.ts'

export interface DrainOrder {
  readonly migration: string
  readonly generation: string
  readonly runId: string
  readonly attempt: number
  readonly marker: string
  readonly markerTables: readonly string[]
  /** Where DMS keeps its control tables on the database that is entered. */
  readonly controlSchema: string
  /** What DMS calls its tasks in its control tables: the last part of their ARNs. */
  readonly taskNames: readonly string[]
  /** What was left behind before, and is known: more of it proves nothing. */
  readonly allowed: DrainAllowed
  /** False for a round that needs another one after it: then its row is no proof of the drain. */
  readonly proves: boolean
  /** Replication slots of the way back, which are moved to the cut. */
  readonly slots: readonly string[]
  /** Sessions of ours that may write across the cut: to the control schema only. */
  readonly keepPids: readonly number[]
  readonly timeoutMs: number
}

/** Where a slot of the way back begins: nothing that was applied before is in it. */
export interface SlotAtCut {
  readonly slot: string
  readonly lsn: string
}

/**
 * Waits for the marker of every task, looks at the same moment whether anything was left behind, and writes that down: its
 * synchronous COMMIT makes durable what DMS applied before. Then the way back's slots are moved to this cut. One round trip.
 */
export async function drain(
  to: Session,
  order: DrainOrder,
): Promise<DrainSight & { cut: readonly SlotAtCut[] }> {
  const [row] = await new Script()
    .add('begin')
    .bound(`select set_config('aurora_migration.sight', aurora_migration.drain($1::json)::text, false)`, [
      JSON.stringify(order),
    ])
    .add('commit')
    .bound(
      `select seen.sight, case when (seen.sight::json ->> 'proved')::boolean then aurora_migration.move_slots($1::name[], $2::int, $3::json) else '[]' end::text as cut
       from (select current_setting('aurora_migration.sight') as sight) as seen`,
      [order.slots, String(order.timeoutMs), JSON.stringify(order)],
    )
    .run<{ sight: string; cut: string }>(to)
  if (row === undefined) throw new Error('drain gave no row')
  return { ...(JSON.parse(row.sight) as DrainSight), cut: JSON.parse(row.cut) as SlotAtCut[] }
}

/** Is it journalled there, in this generation, that every task delivered its marker? */
export async function drainProved(to: Session, migration: string, generation: bigint): Promise<boolean> {
  const [row] = await to.query<{ proved: boolean }>(
    'select aurora_migration.drain_proved($1, $2::bigint) as proved',
    [migration, generation.toString()],
  )
  return row?.proved === true
}
