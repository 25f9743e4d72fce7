import { escapeIdentifier, escapeLiteral, type Client } from 'pg'
import type { PlacedChange } from './applier.ts'
import type { AttemptState } from './attempt-state.ts'
import { lobClass } from './catalogue.ts'
import { plainText, type RawValue, type RowImage } from './decode-change.ts'
import type { RouteColumn, TableRoute } from './table-route.ts'

/**
 * DMS's look-up of LOBs while it applies: by primary key, as the source is now. A row that is gone meanwhile gets NULL.
 * Does nothing unless the quirk is on.
 */
export async function createLobLookup(
  state: AttemptState,
): Promise<(changes: readonly PlacedChange[]) => Promise<readonly PlacedChange[]>> {
  if (!state.input.job.quirks['lob-lookup']) return (changes) => Promise.resolve(changes)
  const source = await state.sessions.open('source', 'lookup')
  return async (changes) => {
    const result = [...changes]
    const byRoute = new Map<TableRoute, number[]>()
    for (const [index, { progress, change }] of changes.entries())
      if (change.after !== null && lobColumns(progress.route, change.after).length > 0)
        byRoute.set(progress.route, [...(byRoute.get(progress.route) ?? []), index])
    for (const [route, indexes] of byRoute) {
      const images = indexes.flatMap((index) => changes[index]?.change.after ?? [])
      const found = await lookUp(source, route, images)
      for (const index of indexes) {
        const placed = changes[index]
        const after = placed?.change.after
        if (placed === undefined || after === undefined || after === null) continue
        const row = found.get(keyText(route, after))
        result[index] = { ...placed, change: { ...placed.change, after: withLobs(route, after, row) } }
      }
    }
    return result
  }
}

function lobColumns(route: TableRoute, image: RowImage): RouteColumn[] {
  if (route.keyColumns.length === 0) return []
  return route.columns.filter(
    ({ source }) =>
      lobClass(source) !== null && typeof image.values[image.names.indexOf(source.name)] === 'string',
  )
}

function keyText(route: TableRoute, image: RowImage): string {
  return JSON.stringify(
    route.keyColumns.map((name) => {
      const raw = image.values[image.names.indexOf(name)]
      return typeof raw === 'string' ? plainText(raw).trimEnd() : null
    }),
  )
}

async function lookUp(
  source: Client,
  route: TableRoute,
  images: readonly RowImage[],
): Promise<Map<string, Record<string, string | null>>> {
  const keys = route.keyColumns.map((name) => escapeIdentifier(name))
  const tuples = images.map((image) => {
    const values = route.keyColumns.map((name) => {
      const raw = image.values[image.names.indexOf(name)]
      return typeof raw === 'string' ? escapeLiteral(plainText(raw)) : 'NULL'
    })
    return `(${values.join(', ')})`
  })
  const lobs = route.columns.filter((column) => lobClass(column.source) !== null)
  const pairs = lobs.flatMap(({ source: { name } }) => [
    escapeLiteral(name),
    `${escapeIdentifier(name)}::text`,
  ])
  const { rows } = await source.query<{ key: string[]; lobs: Record<string, string | null> }>(
    `SELECT ARRAY[${keys.map((key) => `${key}::text`).join(', ')}] AS key, json_build_object(${pairs.join(', ')}) AS lobs
       FROM ${route.sourceSql} WHERE (${keys.join(', ')}) IN (${tuples.join(', ')})`,
  )
  return new Map(rows.map((row) => [JSON.stringify(row.key.map((part) => part.trimEnd())), row.lobs]))
}

function withLobs(
  route: TableRoute,
  image: RowImage,
  row: Record<string, string | null> | undefined,
): RowImage {
  const values: RawValue[] = image.names.map((name, index) => {
    const column = route.byName.get(name)
    const raw = image.values[index]
    if (column === undefined || lobClass(column.source) === null || typeof raw !== 'string') return raw
    const value = row?.[name] ?? null
    return value === null ? null : `'${value.replaceAll("'", "''")}'`
  })
  return { names: image.names, values }
}
