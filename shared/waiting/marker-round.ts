import { awaitMarkers, seeMarkers, writeMarkers } from '../control/markers.ts'
import type { Session } from '../postgres/session.ts'
import type { Clock } from '../runtime/clock.ts'
import { MigrationError } from '../runtime/errors.ts'

/** A marker that is under way. */
export interface PendingMarker {
  readonly id: string
  /** Milliseconds of the clock that never goes back, when it was written. */
  readonly writtenAt: number
}

export type MarkerArrival =
  | {
      readonly kind: 'arrived'
      readonly ms: number
      readonly canaries: number
      /** Marker tables of the slowest tasks; empty where all were there at the first look. */
      readonly last: readonly string[]
    }
  /** `missing`: marker tables of the tasks that have not delivered. */
  | { readonly kind: 'under-way'; readonly ms: number; readonly missing: readonly string[] }

/** Sends a marker through every task's table. */
export async function sendMarker(
  source: Session,
  tables: readonly string[],
  options: { readonly clock: Clock; readonly runId: string },
): Promise<PendingMarker> {
  const writtenAt = options.clock.elapsed()
  const { id } = await writeMarkers(source, tables, 'round-trip', options.runId)
  return { id, writtenAt }
}

/**
 * Waits at most `patienceMs` for a marker, which may have been written before: a slow one stays under way while the
 * caller looks after the tasks. Times count from the writing; the slowest task decides.
 */
export async function meetMarker(
  target: Session,
  tables: readonly string[],
  marker: PendingMarker,
  options: { readonly clock: Clock; readonly signal: AbortSignal; readonly patienceMs: number },
): Promise<MarkerArrival> {
  const { clock, signal, patienceMs } = options
  try {
    const { canaries, last } = await awaitMarkers(target, tables, marker.id, {
      clock,
      signal,
      deadlineMs: patienceMs,
    })
    return { kind: 'arrived', ms: clock.elapsed() - marker.writtenAt, canaries, last }
  } catch (error) {
    if (!(error instanceof MigrationError) || error.code !== 'timeout') throw error
    const { missing } = await seeMarkers(target, tables, marker.id)
    return { kind: 'under-way', ms: clock.elapsed() - marker.writtenAt, missing }
  }
}
