import { readFileSync } from 'node:fs'
import { escapeIdentifier, type Client } from 'pg'
import { BEGIN_READ, loadPart, type LoadMeans, type LoadPair } from './load-part.ts'
import type { SelectedTable } from './mapping.ts'
import type { TableProgress } from './table-state.ts'
import type { TaskContext } from './task-context.ts'
import { FatalTaskError } from './task-failure.ts'
import { rangeSegments, type Segment } from './unload-select.ts'

const PARTITIONS = readFileSync(new URL('./sql/partitions.sql', import.meta.url), 'utf8')

/** The segments in which a table is loaded; none where it is loaded whole. @throws FatalTaskError for a partition that is not there */
export async function readSegments(source: Client, selected: SelectedTable): Promise<Segment[]> {
  const parallel = selected.parallelLoad
  if (parallel === null) return []
  if (parallel.type === 'ranges')
    return rangeSegments(parallel.columns, parallel.boundaries).map((predicate) => ({
      relation: null,
      predicate,
    }))
  const { rows } = await source.query<{ schema: string; name: string }>(PARTITIONS, [selected.source.oid])
  const unknown = parallel.partitions.find((listed) => !rows.some(({ name }) => name === listed))
  if (unknown !== undefined)
    throw new FatalTaskError(
      `Error in mapping rules. Partition '${unknown}' of table '${selected.source.schema}.${selected.source.name}' does not exist`,
    )
  // Those that are listed come first; the others are no less part of the table.
  const listed = new Set(parallel.partitions)
  const ordered = [
    ...rows.filter(({ name }) => listed.has(name)),
    ...rows.filter(({ name }) => !listed.has(name)),
  ]
  return ordered.map(({ schema, name }) => ({
    relation: `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`,
    predicate: null,
  }))
}

/**
 * Loads segments, each in a transaction of its own, by as many workers as MaxFullLoadSubTasks leaves room for. What an
 * earlier attempt left of them in a table that was empty when it began is removed first.
 */
export async function loadSegments(
  context: TaskContext,
  progress: TableProgress,
  first: LoadPair,
  means: LoadMeans & { readonly exported: string; readonly segments: readonly Segment[] },
): Promise<void> {
  const { sessions, subTasks } = means
  const { schema, name } = progress.route.selected.source
  await context.positions.beginSegments(first.target, schema, name, progress.route.targetSql)
  const queue = [...means.segments]
  const drained = new AbortController()

  async function work(pair: LoadPair): Promise<void> {
    try {
      for (let segment = queue.shift(); segment !== undefined; segment = queue.shift()) {
        if (queue.length === 0) drained.abort()
        await loadPart(context, progress, pair, segment, null)
      }
    } catch (error) {
      queue.length = 0
      drained.abort()
      throw error
    }
  }

  async function help(): Promise<void> {
    const release = await subTasks.take(drained.signal)
    if (release === null) return
    try {
      const source = await sessions.open('source', 'unload')
      const target = await sessions.open('target', 'load')
      let over = false
      try {
        await source.query(`${BEGIN_READ}; SET TRANSACTION SNAPSHOT '${means.exported}'`)
        await work({ source, target })
        over = true
      } finally {
        await Promise.all(
          [source, target].map((client) => (over ? sessions.close(client) : sessions.abort(client))),
        )
      }
    } finally {
      release()
    }
  }

  const helpers = Math.min(means.segments.length, context.settings.FullLoadSettings.MaxFullLoadSubTasks) - 1
  // The first error counts, once nobody writes into the table any more.
  const outcomes = await Promise.allSettled([work(first), ...Array.from({ length: helpers }, help)])
  const failure = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failure !== undefined) throw failure.reason
}
