import type { RowDifference, ShownValue, TableComparison } from '../../shared/comparison/comparison.ts'
import { details, table } from '../../shared/report/markdown.ts'
import type { LeftTable } from './choose-tables.ts'

type DifferingColumn = RowDifference['columns'][number]

/** Tables that somebody has to look at come first and unfolded. */
const mostListed = 50

/** Rows, in the summary: what needs a look unfolded, all tables and what is not covered folded. Pure. */
export function rowParts(tables: readonly TableComparison[], left: readonly LeftTable[]): string[] {
  const attention = [
    ...left
      .filter(({ found }) => found !== 'skipped')
      .map(({ schema, table: name, found, reason }) => [
        `${schema}.${name}`,
        found === 'different' ? 'different' : 'could not be verified',
        '',
        '',
        reason,
      ]),
    ...tables
      .filter(({ kind }) => kind !== 'equal')
      .map((one) => [nameOf(one), saidKind(one), one.rows.source, one.rows.target, whyOf(one)]),
  ]
  return [
    ...(attention.length === 0
      ? []
      : [table(['table', 'verdict', 'rows, source', 'rows, target', 'why'], attention)]),
    ...differenceParts(tables),
    details(`Rows: ${tables.length + left.length} tables`, allTables(tables, left)),
    ...uncoveredPart(tables),
  ]
}

function differenceParts(tables: readonly TableComparison[]): string[] {
  const rows = tables.flatMap((one) =>
    one.differences.flatMap((difference) =>
      isFoundByKey(difference)
        ? [[nameOf(one), keyText(difference), kindText(difference), '', '', '']]
        : difference.columns.map((column) => [
            nameOf(one),
            keyText(difference),
            kindText(difference),
            column.name,
            shown(column.source),
            withPaths(shown(column.target), column),
          ]),
    ),
  )
  if (rows.length === 0) return []
  return [
    '### Rows that differ',
    table(['table', 'key', 'row', 'column', 'source', 'target'], rows, mostListed),
    ...(rows.length > mostListed
      ? [
          details(
            `All ${rows.length} values that differ`,
            table(['table', 'key', 'row', 'column', 'source', 'target'], rows, 2000),
          ),
        ]
      : []),
  ]
}

function allTables(tables: readonly TableComparison[], left: readonly LeftTable[]): string {
  return table(
    ['table', 'verdict', 'rows, source', 'rows, target', 'compared', 'seconds', 'note'],
    [
      ...tables.map((one) => [
        nameOf(one),
        saidKind(one),
        one.rows.source,
        one.rows.target,
        one.divided,
        (one.ms / 1000).toFixed(1),
        noteOf(one),
      ]),
      ...left.map(({ schema, table: name, found, reason }) => [
        `${schema}.${name}`,
        found === 'skipped' ? 'skipped' : found,
        '',
        '',
        '',
        '',
        reason,
      ]),
    ],
    1000,
  )
}

/** Columns of which not every bit was compared. */
function uncoveredPart(tables: readonly TableComparison[]): string[] {
  const rows = tables
    .filter(({ kind }) => kind !== 'skipped')
    .flatMap((one) =>
      one.coverage
        .filter(({ said }) => said !== 'compared')
        .map(({ name, said }) => [nameOf(one), name, said]),
    )
  if (rows.length === 0) return []
  return [
    details(
      `Coverage: ${rows.length} columns not compared bit by bit`,
      table(['table', 'column', 'how'], rows, 1000),
    ),
  ]
}

function nameOf({ table: { source } }: TableComparison): string {
  return `${source.schema}.${source.table}`
}

function saidKind({ kind }: TableComparison): string {
  return kind === 'unsettled' ? 'could not be verified' : kind
}

function whyOf(one: TableComparison): string {
  if (one.kind === 'different')
    return `${one.complete ? '' : 'at least '}${one.differencesFound} ${one.differencesFound === 1 ? 'row differs' : 'rows differ'}`
  return one.reason ?? one.unsettled[0]?.reason ?? ''
}

function noteOf(one: TableComparison): string {
  const notes = [
    ...(one.kind === 'equal' ? [] : [whyOf(one)]),
    ...(one.unsettled.length > 0 && one.kind === 'different'
      ? [`${one.unsettled.length} rows more could not be settled`]
      : []),
    ...(one.resumed === undefined ? [] : [`${one.resumed.chunks} chunks from an earlier run`]),
    ...(one.rechecks === 0 ? [] : [`${one.rechecks} rows looked at again`]),
  ]
  return notes.join('; ')
}

/** A row that one side lacks: where values are masked, a line for each of its columns would only hide the other rows. */
function isFoundByKey({ kind, key, columns }: RowDifference): boolean {
  const isShown = columns.some(({ source, target }) => (source?.text ?? target?.text ?? null) !== null)
  return kind !== 'changed' && key !== undefined && !isShown
}

function keyText({ key, copies }: RowDifference): string {
  if (key === undefined)
    return copies === undefined
      ? 'no key'
      : `no key; ${copies.source} on the source, ${copies.target} on the target`
  return Object.entries(key)
    .map(([column, value]) => `${column}=${value}`)
    .join(', ')
}

function kindText({ kind }: RowDifference): string {
  return kind === 'changed' ? 'differs' : `${kind === 'missing' ? 'missing' : 'surplus'} on the target`
}

function withPaths(text: string, column: DifferingColumn): string {
  if (!('paths' in column) || column.paths === undefined || column.paths.length === 0) return text
  return `${text} (differs at ${column.paths.join(', ')})`
}

/** A masked value is its length and a digest: enough to see whether two are the same. */
function shown(value: ShownValue | undefined): string {
  if (value === undefined) return ''
  if (value.isNull) return 'NULL'
  if (value.text !== undefined && value.text !== null) return value.text
  return `${value.bytes} bytes, ${value.digest.slice(0, 8)}`
}
