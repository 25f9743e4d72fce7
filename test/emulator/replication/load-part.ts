import type { Client } from 'pg'
import { lobClass } from './catalogue.ts'
import { copyRows } from './copy-rows.ts'
import type { Sessions } from './sessions.ts'
import type { SubTasks } from './sub-tasks.ts'
import type { RouteColumn, TableRoute } from './table-route.ts'
import type { TableProgress } from './table-state.ts'
import type { TablePreparation } from './target-table.ts'
import { plainName, type TaskContext } from './task-context.ts'
import { FatalTaskError } from './task-failure.ts'
import { TRUNCATION_COUNTER, unloadSelect, unloadsPlainly, type Segment } from './unload-select.ts'

/** A source and a target session that load one table or segment at a time. */
export interface LoadPair {
  readonly source: Client
  readonly target: Client
}

/** Opens the transaction in which a table or segment is read. */
export const BEGIN_READ = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'

/** What the loads of one run share. */
export interface LoadMeans {
  readonly sessions: Sessions
  readonly subTasks: SubTasks
  readonly preparation: TablePreparation
}

/** Loads a table or segment in one target transaction. */
export async function loadPart(
  context: TaskContext,
  progress: TableProgress,
  pair: LoadPair,
  segment: Segment | null,
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
  segment: Segment | null,
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
  segment: Segment | null,
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
  await copyRows(
    { source: pair.source, unload, target: pair.target, load },
    {
      longestWaitMs: job.source.executeTimeoutSeconds * 1000,
      onChunk(rows, bytes) {
        if (intermediate === null) record.FullLoadRows += rows
        record.LastUpdateTime = Date.now() / 1000
        meters.loadRows.add(rows)
        meters.loadBytes.add(bytes)
        return job.fault('full-load:rows', plainName(progress))
      },
    },
  )
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

/** MapUnboundedNumericAsString counts only where both endpoints have it. */
export function numericAsString(context: Pick<TaskContext, 'job'>): boolean {
  const { source, target } = context.job
  return source.mapUnboundedNumericAsString === true && target.mapUnboundedNumericAsString === true
}
