import { TableFault } from './job-contract.ts'
import { BEGIN_READ, loadPart, type LoadMeans, type LoadPair } from './load-part.ts'
import { loadSegments, readSegments } from './load-segments.ts'
import { readSnapshot } from './position.ts'
import type { TableRoute } from './table-route.ts'
import type { TableProgress } from './table-state.ts'
import { addPrimaryKey, prepareTargetTable } from './target-table.ts'
import { plainName, type TaskContext } from './task-context.ts'

const SNAPSHOT_SQL = 'SELECT pg_current_snapshot()::text AS snapshot, pg_export_snapshot() AS exported'

/**
 * Loads one table. Its segments share one snapshot, so that capture knows exactly what the load has seen; other tables have
 * snapshots of their own, as with DMS. The load is noted on the target in the transaction that loads, so it is never
 * repeated by mistake; one in segments is noted when it begins too, so that what is left of it can be cleared away.
 */
export async function loadTable(
  context: TaskContext,
  progress: TableProgress,
  pair: LoadPair,
  means: LoadMeans,
): Promise<void> {
  const { job, settings, statistics, positions } = context
  const { route } = progress
  const { source } = route.selected
  await job.fault('full-load:table', plainName(progress))
  refuseArraysWithoutKey(context, route)
  await pair.source.query(BEGIN_READ)
  const { rows } = await pair.source.query<{ snapshot: string; exported: string }>(SNAPSHOT_SQL)
  const snapshot = rows[0]
  if (snapshot === undefined) throw new Error('The source gave no snapshot.')
  const withKey = !settings.FullLoadSettings.CreatePkAfterFullLoad
  const prepared = await prepareTargetTable(pair.target, progress.route, means.preparation, {
    withKey,
    quirks: job.quirks,
  })
  if (prepared === 'created') await context.reroute(progress, pair.target)
  const segments = await readSegments(pair.source, progress.route.selected)
  statistics.change(route.key, { FullLoadRows: 0 })
  if (segments.length === 0)
    await loadPart(context, progress, pair, null, (target) =>
      positions.recordLoad(target, source.schema, source.name, snapshot.snapshot),
    )
  else {
    await loadSegments(context, progress, pair, { ...means, exported: snapshot.exported, segments })
    await positions.recordLoad(pair.target, source.schema, source.name, snapshot.snapshot)
  }
  await pair.source.query('COMMIT')
  if (!withKey && prepared === 'created') await addPrimaryKey(pair.target, route)
  progress.snapshot = job.quirks['cached-changes-overlap'] ? null : readSnapshot(snapshot.snapshot)
}

function refuseArraysWithoutKey(context: TaskContext, route: TableRoute): void {
  if (!context.job.quirks['array-without-key-suspended'] || route.keyColumns.length > 0) return
  const array = route.columns.find((column) => column.source.category === 'A')
  if (array !== undefined)
    throw new TableFault(`Table ${route.key} has the ARRAY column '${array.source.name}' and no primary key`)
}
