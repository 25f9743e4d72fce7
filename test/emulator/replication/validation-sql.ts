import { escapeIdentifier, escapeLiteral } from 'pg'
import { lobClass } from './catalogue.ts'
import type { RouteColumn, TableRoute } from './table-route.ts'
import type { TaskSettings } from './task-settings.ts'

type Side = 'source' | 'target'

/** The rows of a page: after one key, up to another (inclusive); null is an open end. */
export interface KeyRange {
  readonly after: readonly string[] | null
  readonly upTo: readonly string[] | null
  readonly limit: number | null
}

/** Queries that give key and hash of rows, the same on both sides. */
export interface ValidationQueries {
  /** rows `{ key: text[], hash: text }` in key order */
  page(side: Side, range: KeyRange): string
  /** the same for single keys */
  rows(side: Side, keys: readonly (readonly string[])[]): string
  /** rows `{ key: text[], columns: json }` to show what differs */
  details(side: Side, keys: readonly (readonly string[])[]): string
}

/** Why a table cannot be validated: null when it can. */
export function validationObstacle(route: TableRoute): 'No primary key' | 'Error' | null {
  if (route.selected.source.kind !== 'r') return 'Error'
  if (route.keyColumns.length === 0) return 'No primary key'
  const keys = route.keyColumns.map((name) => route.byName.get(name))
  const unfit = keys.some(
    (column) => column === undefined || lobClass(column.source) !== null || isLongText(column),
  )
  return unfit ? 'Error' : null
}

/** Character keys need a declared length below 1024 (User Guide, "AWS DMS data validation", limitations). */
function isLongText({ source }: RouteColumn): boolean {
  const declared = source.typmod - 4
  return /^(varchar|bpchar)$/.test(source.baseType) && (source.typmod === -1 || declared >= 1024)
}

export function validationQueries(
  route: TableRoute,
  settings: TaskSettings['ValidationSettings'],
): ValidationQueries {
  const keys = route.keyColumns.flatMap((name) => route.byName.get(name) ?? [])
  const compared = route.columns.filter(
    (column) => !column.isKey && (!settings.SkipLobColumns || lobClass(column.source) === null),
  )
  const from = (side: Side): string => `${side === 'source' ? route.sourceSql : route.targetSql} AS t`
  const name = (side: Side, column: RouteColumn): string =>
    `t.${side === 'source' ? escapeIdentifier(column.source.name) : column.targetSql}`
  const value = (side: Side, column: RouteColumn): string => {
    const text = `${name(side, column)}::text`
    const partial = settings.ValidationPartialLobSize
    return partial > 0 && lobClass(column.source) !== null ? `left(${text}, ${partial * 1024})` : text
  }
  const keyList = (side: Side): string =>
    `ARRAY[${keys.map((column) => `${name(side, column)}::text`).join(', ')}]`
  const hash = (side: Side): string =>
    compared.length === 0
      ? `''`
      : `md5(ROW(${compared.map((column) => value(side, column)).join(', ')})::text)`
  // The collations of two servers may differ; bytes do not.
  const ordered = (side: Side, column: RouteColumn): string =>
    column.source.category === 'S' ? `${name(side, column)}::text COLLATE "C"` : name(side, column)
  const order = (side: Side): string => keys.map((column) => ordered(side, column)).join(', ')
  const literal = (side: Side, column: RouteColumn, text: string): string => {
    const type =
      column.source.category === 'S' ? 'text' : side === 'source' ? column.source.type : column.castType
    return `${escapeLiteral(text)}::${type}`
  }
  const tuple = (side: Side, key: readonly string[]): string =>
    `(${keys.map((column, index) => literal(side, column, key[index] ?? '')).join(', ')})`
  const single = (side: Side, wanted: readonly (readonly string[])[]): string =>
    `(${keys.map((column) => (column.source.category === 'S' ? `${name(side, column)}::text` : name(side, column))).join(', ')}) IN (${wanted.map((key) => tuple(side, key)).join(', ')})`
  const columns = (side: Side): string =>
    `json_build_object(${compared
      .slice(0, 50)
      .flatMap((column) => [escapeLiteral(column.source.name), value(side, column)])
      .join(', ')})`
  return {
    page(side, range) {
      const conditions = [
        ...(range.after === null ? [] : [`(${order(side)}) > ${tuple(side, range.after)}`]),
        ...(range.upTo === null ? [] : [`(${order(side)}) <= ${tuple(side, range.upTo)}`]),
      ]
      const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
      const limit = range.limit === null ? '' : ` LIMIT ${range.limit}`
      return `SELECT ${keyList(side)} AS key, ${hash(side)} AS hash FROM ${from(side)}${where} ORDER BY ${order(side)}${limit}`
    },
    rows: (side, wanted) =>
      `SELECT ${keyList(side)} AS key, ${hash(side)} AS hash FROM ${from(side)} WHERE ${single(side, wanted)}`,
    details: (side, wanted) =>
      `SELECT ${keyList(side)} AS key, ${columns(side)} AS columns FROM ${from(side)} WHERE ${single(side, wanted)}`,
  }
}
