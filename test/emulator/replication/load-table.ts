import type { Client } from 'pg'
import { lobClass } from './catalogue.ts'
import { copyRows } from './copy-rows.ts'
import { TableFault } from './job-contract.ts'
import { readSnapshot } from './position.ts'
import type { Sessions } from './sessions.ts'
import type { RouteColumn, TableRoute } from './table-route.ts'
import type { TableProgress } from './table-state.ts'
import { addPrimaryKey, prepareTargetTable, type TablePreparation } from './target-table.ts'
import { plainName, type TaskContext } from './task-context.ts'
import { FatalTaskError } from './task-failure.ts'
import { rangeSegments, TRUNCATION_COUNTER, unloadSelect, unloadsPlainly } from './unload-select.ts'

/** A source and a target session that load one table or segment at a time. */
export interface LoadPair {
  readonly source: Client
  readonly target: Client
}

const SNAPSHOT_SQL = 'SELECT pg_current_snapshot()::text AS snapshot, pg_export_snapshot() AS exported'
const BEGIN_READ = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'

/**
 * Loads one table. Its segments share one snapshot, so that capture knows exactly what the load has seen; other tables have
 * snapshots of their own, as with DMS. The load is noted on the target in the transaction that loads (the last one of a
 * segmented table), so it is never repeated by mistake.
 */
export async function loadTable(
  context: TaskContext,
  progress: TableProgress,
  pair: LoadPair,
  sessions: Sessions,
  preparation: TablePreparation,
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
  const prepared = await prepareTargetTable(pair.target, progress.route, preparation, {
    withKey,
    quirks: job.quirks,
  })
  if (prepared === 'created') await context.reroute(progress, pair.target)
  const segments =
    route.selected.parallelLoad === null
      ? []
      : rangeSegments(route.selected.parallelLoad.columns, route.selected.parallelLoad.boundaries)

  statistics.change(route.key, { FullLoadRows: 0 })
  const finish = async (target: Client): Promise<void> =>
    positions.recordLoad(target, source.schema, source.name, snapshot.snapshot)
  if (segments.length === 0) await loadPart(context, progress, pair, null, finish)
  else await loadSegments(context, progress, pair, sessions, snapshot.exported, segments, finish)
  await pair.source.query('COMMIT')
  if (!withKey && prepared === 'created') await addPrimaryKey(pair.target, route)
  progress.snapshot = job.quirks['cached-changes-overlap'] ? null : readSnapshot(snapshot.snapshot)
}

async function loadSegments(
  context: TaskContext,
  progress: TableProgress,
  first: LoadPair,
  sessions: Sessions,
  exported: string,
  segments: readonly string[],
  finish: (target: Client) => Promise<void>,
): Promise<void> {
  const queue = [...segments]
  const workers = Math.min(segments.length, context.settings.FullLoadSettings.MaxFullLoadSubTasks)
  const work = async (pair: LoadPair): Promise<void> => {
    for (let segment = queue.shift(); segment !== undefined; segment = queue.shift())
      await loadPart(context, progress, pair, segment, null)
  }
  const openWorker = async (): Promise<void> => {
    const source = await sessions.open('source', 'unload')
    const target = await sessions.open('target', 'load')
    try {
      await source.query(`${BEGIN_READ}; SET TRANSACTION SNAPSHOT '${exported}'`)
      await work({ source, target })
    } finally {
      await Promise.all([sessions.close(source), sessions.close(target)])
    }
  }
  await Promise.all([work(first), ...Array.from({ length: workers - 1 }, openWorker)])
  await finish(first.target)
}

/** Loads a table or segment in one target transaction. */
async function loadPart(
  context: TaskContext,
  progress: TableProgress,
  pair: LoadPair,
  segment: string | null,
  finish: ((target: Client) => Promise<void>) | null,
): Promise<void> {
  const { route } = progress
  const lateLobs = lateLobColumns(context, route)
  await pair.target.query('BEGIN')
  await copyColumns(
    context,
    progress,
    pair,
    route.columns.filter((column) => !lateLobs.includes(column)),
    segment,
    null,
  )
  if (lateLobs.length > 0 && route.keyColumns.length > 0)
    await fillLateLobs(context, progress, pair, lateLobs, segment)
  if (finish !== null) await finish(pair.target)
  await pair.target.query('COMMIT')
}

/** Full LOB mode writes the row first, LOBs NULL, and the LOBs by key afterwards: NOT NULL fails on the first step. */
function lateLobColumns(context: TaskContext, route: TableRoute): RouteColumn[] {
  const inline = context.settings.TargetMetadata.InlineLobMaxSize > 0
  if (route.lobMode !== 'full' || inline || !context.job.quirks['full-lob-null-first']) return []
  return route.columns.filter((column) => lobClass(column.source) !== null)
}

async function fillLateLobs(
  context: TaskContext,
  progress: TableProgress,
  pair: LoadPair,
  lobs: readonly RouteColumn[],
  segment: string | null,
): Promise<void> {
  const { route } = progress
  const keys = route.keyColumns.flatMap((name) => route.byName.get(name) ?? [])
  const columns = [...keys, ...lobs.filter((column) => !column.isKey)]
  const list = columns.map((column) => column.targetSql).join(', ')
  await pair.target.query(
    `CREATE TEMPORARY TABLE dms_lobs ON COMMIT DROP AS SELECT ${list} FROM ${route.targetSql} WHERE false`,
  )
  await copyColumns(context, progress, pair, columns, segment, 'dms_lobs')
  const set = lobs.map((column) => `${column.targetSql} = l.${column.targetSql}`).join(', ')
  const where = keys.map((column) => `t.${column.targetSql} = l.${column.targetSql}`).join(' AND ')
  await pair.target.query(`UPDATE ${route.targetSql} AS t SET ${set} FROM dms_lobs AS l WHERE ${where}`)
}

async function copyColumns(
  context: TaskContext,
  progress: TableProgress,
  pair: LoadPair,
  columns: readonly RouteColumn[],
  segment: string | null,
  intermediate: string | null,
): Promise<void> {
  const { job, meters, statistics } = context
  const { route } = progress
  const policy = {
    quirks: job.quirks,
    trimSpaceInChar: job.source.trimSpaceInChar,
    numericAsString: numericAsString(context),
  }
  const names = columns.map((column) => column.targetSql).join(', ')
  const positional = intermediate === null && job.quirks['columns-by-position']
  const load = `COPY ${intermediate ?? route.targetSql}${positional ? '' : ` (${names})`} FROM STDIN`
  const select = unloadSelect(route, columns, policy, segment)
  const sourceNames = columns.map((column) => column.source.name)
  const unload =
    segment === null && unloadsPlainly(route, columns, policy)
      ? `COPY ${route.sourceSql} (${sourceNames.map((name) => `"${name.replaceAll('"', '""')}"`).join(', ')}) TO STDOUT`
      : `COPY (${select}) TO STDOUT`
  await pair.source.query(`SELECT set_config('${TRUNCATION_COUNTER}', '0', false)`)
  const record = statistics.get(route.key)
  await copyRows(pair.source, unload, pair.target, load, (rows, bytes) => {
    if (intermediate === null) record.FullLoadRows += rows
    record.LastUpdateTime = Date.now() / 1000
    meters.loadRows.add(rows)
    meters.loadBytes.add(bytes)
    return job.fault('full-load:rows', plainName(progress))
  })
  await reportTruncation(context, progress, pair.source)
}

async function reportTruncation(
  context: TaskContext,
  progress: TableProgress,
  source: Client,
): Promise<void> {
  const { rows } = await source.query<{ count: string }>(
    `SELECT current_setting('${TRUNCATION_COUNTER}', true) AS count`,
  )
  const count = Number(rows[0]?.count ?? 0)
  if (!(count > 0)) return
  const message = `${count} LOB values of table '${plainName(progress)}' were truncated to ${progress.route.lobLimit} KB`
  if (context.job.source.failTasksOnLobTruncation || context.job.target.failTasksOnLobTruncation)
    throw new FatalTaskError(`LOB data was truncated and FailTasksOnLobTruncation is set: ${message}`)
  context.log({ component: 'SOURCE_UNLOAD', severity: 'warning', message })
}

function refuseArraysWithoutKey(context: TaskContext, route: TableRoute): void {
  if (!context.job.quirks['array-without-key-suspended'] || route.keyColumns.length > 0) return
  const array = route.columns.find((column) => column.source.category === 'A')
  if (array !== undefined)
    throw new TableFault(`Table ${route.key} has the ARRAY column '${array.source.name}' and no primary key`)
}

/** MapUnboundedNumericAsString counts only where both endpoints have it. */
export function numericAsString(context: Pick<TaskContext, 'job'>): boolean {
  const { source, target } = context.job
  return source.mapUnboundedNumericAsString === true && target.mapUnboundedNumericAsString === true
}
