import { escapeIdentifier, escapeLiteral } from 'pg'
import { isUnboundedNumeric, lobClass } from './catalogue.ts'
import type { FilterCondition, SourceFilter } from './mapping-rules.ts'
import type { Quirk } from './quirks.ts'
import type { RouteColumn, TableRoute } from './table-route.ts'
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP } from './value-conversion.ts'

/** Session setting in which the unload counts the LOBs that it cut. */
export const TRUNCATION_COUNTER = 'dms.lob_truncated'

const COUNT_TRUNCATION = `left(set_config('${TRUNCATION_COUNTER}', (coalesce(nullif(current_setting('${TRUNCATION_COUNTER}', true), ''), '0')::bigint + 1)::text, false), 0)`

/** A part of a table that is loaded by itself. */
export interface Segment {
  /** quoted, qualified: a partition; null: the table */
  readonly relation: string | null
  readonly predicate: string | null
}

export interface UnloadPolicy {
  readonly quirks: Readonly<Record<Quirk, boolean>>
  readonly trimSpaceInChar: boolean
  readonly numericAsString: boolean
}

/** The query that unloads columns of a table, values changed as DMS changes them; `segment` is a part of parallel-load. */
export function unloadSelect(
  route: TableRoute,
  columns: readonly RouteColumn[],
  policy: UnloadPolicy,
  segment: Segment | null,
): string {
  const lateral: string[] = []
  const list = columns.map((column) => unloadExpression(column, route, policy, lateral))
  const { source } = route.selected
  const only =
    source.kind === 'r' && source.hasChildren && !policy.quirks['inheritance-without-only'] ? 'ONLY ' : ''
  const conditions = [
    ...route.selected.filters.map(filterSql),
    ...(segment?.predicate ? [segment.predicate] : []),
  ]
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.map((part) => `(${part})`).join(' AND ')}`
  return `SELECT ${list.join(', ')} FROM ${only}${segment?.relation ?? route.sourceSql} AS t${lateral.join('')}${where}`
}

/** True when a plain `COPY table (columns)` gives the same as the query: faster, since nothing is computed. */
export function unloadsPlainly(
  route: TableRoute,
  columns: readonly RouteColumn[],
  policy: UnloadPolicy,
): boolean {
  const { source, filters } = route.selected
  if (source.kind !== 'r' || source.hasChildren || filters.length > 0) return false
  return columns.every(
    (column) => unloadExpression(column, route, policy, []) === `t.${escapeIdentifier(column.source.name)}`,
  )
}

function unloadExpression(
  column: RouteColumn,
  route: TableRoute,
  policy: UnloadPolicy,
  lateral: string[],
): string {
  const name = `t.${escapeIdentifier(column.source.name)}`
  const { source } = column
  if (policy.quirks['numeric-rounded'] && !policy.numericAsString && isUnboundedNumeric(source))
    return `CASE WHEN scale(${name}) > 6 THEN round(${name}, 6) ELSE ${name} END`
  const lob = lobClass(source)
  if (lob !== null && route.lobLimit !== null && policy.quirks['lob-truncated'])
    return limitedLob(name, lob === 'BLOB', source.baseType, route.lobLimit, lateral)
  if (source.baseType === 'bpchar' && policy.trimSpaceInChar) return `${name}::text`
  if (source.baseType === 'varchar' && source.typmod === -1 && policy.quirks['varchar-cut'])
    return `CASE WHEN octet_length(${name}) > 8000 THEN left(${name}, 8000 * length(left(${name}, 8000)) / octet_length(left(${name}, 8000))) ELSE ${name} END`
  if (/^timestamp(tz)?$/.test(source.baseType) && policy.quirks['infinity-replaced'])
    return `CASE WHEN ${name} = 'infinity' THEN '${LATEST_TIMESTAMP}' WHEN ${name} = '-infinity' THEN '${EARLIEST_TIMESTAMP}' ELSE ${name} END`
  return name
}

/** A LOB cut by the counting of its class, each cut counted. Short ones pass after one look at their length. */
function limitedLob(
  name: string,
  binary: boolean,
  type: string,
  kilobytes: number,
  lateral: string[],
): string {
  const bytes = kilobytes * 1024
  if (binary)
    return (
      `CASE WHEN octet_length(${name}) <= ${bytes} THEN ${name} ` +
      `ELSE substring(${name} FROM 1 FOR ${bytes}) || ${COUNT_TRUNCATION}::bytea END`
    )
  let value = name
  if (type !== 'text') {
    // Evaluated once: OFFSET 0 keeps the planner from copying the cast into every branch.
    const alias = `lob${lateral.length}`
    lateral.push(` CROSS JOIN LATERAL (SELECT ${name}::text AS v OFFSET 0) AS ${alias}`)
    value = `${alias}.v`
  }
  const astral = String.raw`${value} ~ '[\U00010000-\U0010FFFF]'`
  return (
    `CASE WHEN octet_length(${value}) <= ${bytes / 4} THEN ${value} ` +
    `WHEN length(${value}) > ${bytes / 4} AND ${astral} THEN left(${value}, ${bytes / 4}) || ${COUNT_TRUNCATION} ` +
    `WHEN length(${value}) > ${bytes / 2} THEN left(${value}, ${bytes / 2}) || ${COUNT_TRUNCATION} ` +
    `ELSE ${value} END`
  )
}

function filterSql(filter: SourceFilter): string {
  const name = `t.${escapeIdentifier(filter['column-name'])}`
  return filter['filter-conditions'].map((condition) => `(${conditionSql(name, condition)})`).join(' OR ')
}

function conditionSql(name: string, condition: FilterCondition): string {
  const value = escapeLiteral(condition.value ?? '')
  const range = `${escapeLiteral(condition['start-value'] ?? '')} AND ${escapeLiteral(condition['end-value'] ?? '')}`
  const operators: Record<FilterCondition['filter-operator'], string> = {
    eq: `${name} = ${value}`,
    noteq: `${name} <> ${value}`,
    ste: `${name} <= ${value}`,
    lte: `${name} <= ${value}`,
    gte: `${name} >= ${value}`,
    between: `${name} BETWEEN ${range}`,
    notbetween: `${name} NOT BETWEEN ${range}`,
    null: `${name} IS NULL`,
    notnull: `${name} IS NOT NULL`,
  }
  return operators[condition['filter-operator']]
}

/**
 * The predicates of parallel-load's ranges: n boundaries, n + 1 segments. A NULL in a boundary column satisfies none of
 * them, so such a row is loaded by nobody, as with DMS.
 */
export function rangeSegments(
  columns: readonly string[],
  boundaries: readonly (readonly string[])[],
): string[] {
  const below = boundaries.map((boundary) =>
    columns
      .map((column, depth) => {
        const equal = columns
          .slice(0, depth)
          .map((earlier, index) => `t.${escapeIdentifier(earlier)} = ${escapeLiteral(boundary[index] ?? '')}`)
        return `(${[...equal, `t.${escapeIdentifier(column)} < ${escapeLiteral(boundary[depth] ?? '')}`].join(' AND ')})`
      })
      .join(' OR '),
  )
  const first = below[0]
  const last = below.at(-1)
  if (first === undefined || last === undefined) return []
  return [
    first,
    ...below.slice(1).map((predicate, index) => `NOT (${below[index]}) AND (${predicate})`),
    `NOT (${last})`,
  ]
}
