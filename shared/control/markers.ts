import { randomUUID } from 'node:crypto'
import type { Session } from '../postgres/session.ts'
import type { Clock } from '../runtime/clock.ts'
import { MigrationError } from '../runtime/errors.ts'
import { readMissingMarkers, writeMarkersStatement } from './statements.ts'

export interface MarkerSight {
  /** Marker tables (by name) in which the marker has not arrived. */
  readonly missing: readonly string[]
  /** Canary triggers that fired for it: DMS is not in replica mode. */
  readonly canaries: number
}

/** Writes one marker into every task's table in one round trip; gives its id and the LSN after it. */
export async function writeMarkers(
  source: Session,
  tables: readonly string[],
  purpose: string,
  runId: string,
): Promise<{ id: string; lsn: string }> {
  const id = randomUUID()
  const [row] = await source.query<{ lsn: string }>(writeMarkersStatement, [[...tables], id, purpose, runId])
  if (row === undefined) throw new Error('write_markers gave no row')
  return { id, lsn: row.lsn }
}

/** One look at the target. */
export async function seeMarkers(
  target: Session,
  tables: readonly string[],
  id: string,
): Promise<MarkerSight> {
  const [row] = await target.query<{ missing: string[]; canaries: string }>(readMissingMarkers, [
    [...tables],
    id,
  ])
  return { missing: row?.missing ?? tables, canaries: Number(row?.canaries ?? 0) }
}

/**
 * Waits until a marker is in every task's table on the target. Polls in milliseconds: the wait is part of the
 * freeze. Throws `timeout` that names the tasks which did not deliver. Gives the ms from the call to arrival, and the
 * tables that were the last ones: empty where all had it at the first look.
 */
export async function awaitMarkers(
  target: Session,
  tables: readonly string[],
  id: string,
  options: { clock: Clock; signal: AbortSignal; deadlineMs: number; pauseMs?: number },
): Promise<{ ms: number; canaries: number; last: readonly string[] }> {
  const started = options.clock.elapsed()
  let pause = options.pauseMs ?? 1
  let last: readonly string[] = []
  for (;;) {
    if (options.signal.aborted) throw new MigrationError('cancelled', 'the run was cancelled')
    const sight = await seeMarkers(target, tables, id)
    const ms = options.clock.elapsed() - started
    if (sight.missing.length === 0) {
      // The marker may have come while the statement ran, whose own snapshot is older and shows no canary of it.
      const { canaries } = await seeMarkers(target, tables, id)
      return { ms, canaries, last }
    }
    last = sight.missing
    if (ms > options.deadlineMs) {
      throw new MigrationError(
        'timeout',
        `the marker did not arrive within ${options.deadlineMs} ms in ${sight.missing.join(', ')}`,
        {
          remedy: 'Look at the replication task of that marker table: its status, its latency and its log.',
        },
      )
    }
    await options.clock.sleep(pause, options.signal)
    pause = Math.min(pause * 1.3, 50)
  }
}

/** Writes a marker and waits for it: the round trip in ms, which is what a freeze will cost in replication. */
export async function measureRoundTrip(
  source: Session,
  target: Session,
  tables: readonly string[],
  options: { clock: Clock; signal: AbortSignal; deadlineMs: number; runId: string },
): Promise<{ ms: number; canaries: number; lsn: string }> {
  const started = options.clock.elapsed()
  const marker = await writeMarkers(source, tables, 'round-trip', options.runId)
  const arrival = await awaitMarkers(target, tables, marker.id, options)
  return { ms: options.clock.elapsed() - started, canaries: arrival.canaries, lsn: marker.lsn }
}
