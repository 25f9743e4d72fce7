import { qualified, quoted } from '../migration/identifier.ts'
import type { LobKind } from '../migration/lob-columns.ts'
import type { TableName } from '../migration/plan.ts'

/** A column to be measured. */
export interface LobColumn {
  readonly name: string
  readonly kind: LobKind
}

export interface LobQuery {
  readonly table: TableName
  readonly columns: readonly LobColumn[]
  /** server_encoding. */
  readonly encoding: string
}

/**
 * The largest value of every LOB column (`c0`, `c1`, … as text, null where there is none) in one scan. Built here, since
 * columns differ from table to table; names are always quoted.
 *
 * `firstLook`: per cent of the pages that are looked at first, in the same statement and so in the same snapshot. What
 * they hold is a lower bound: a value whose bytes alone show that it is no larger is not counted. PostgreSQL knows the
 * bytes of a text without reading it out of TOAST; its characters it does not. The result is exact whatever was seen first.
 */
export function exactLobStatement(query: LobQuery, firstLook?: number): string {
  const { columns, encoding } = query
  if (firstLook === undefined) {
    return `select ${listed(columns, (value, kind) => `max(${size(value, kind, encoding)})::text`)}
from (${values(query)}) as measured`
  }
  const seen = (index: number) => `(select c${index} from seen)`
  return `with seen as materialized (
  select ${listed(columns, (value, kind) => `coalesce(max(${size(value, kind, encoding)}), 0)`)}
  from (${values(query, firstLook)}) as looked_at
)
select ${listed(
    columns,
    (value, kind, index) =>
      `greatest(${seen(index)}, max(${size(value, kind, encoding, seen(index))}))::text`,
  )}
from (${values(query)}) as measured`
}

/** The same of pages chosen at random, `percent` of them, with `pages` and `rows`: how many were seen. */
export function sampledLobStatement(query: LobQuery, percent: number): string {
  const { columns, encoding } = query
  return `select ${listed(columns, (value, kind) => `max(${size(value, kind, encoding)})::text`)},
  count(distinct page)::text as pages, count(*)::text as rows
from (${values(query, percent, ', (ctid::text::point)[0] as page')}) as measured`
}

function listed(
  columns: readonly LobColumn[],
  expression: (value: string, kind: LobKind, index: number) => string,
): string {
  return columns
    .map(({ kind }, index) => `${expression(`v${index}`, kind, index)} as c${index}`)
    .join(',\n  ')
}

/** Every value once: `offset 0` keeps the planner from casting (jsonb, say) again wherever the value is used. */
function values({ table, columns }: LobQuery, percent?: number, more = ''): string {
  const list = columns.map(
    ({ name, kind }, index) => `${quoted(name)}${kind === 'BLOB' ? '' : '::text'} as v${index}`,
  )
  // Never in exponent form, which TABLESAMPLE takes too, but people do not.
  const sample = percent === undefined ? '' : ` tablesample system (${percent.toFixed(6)})`
  return `select ${list.join(', ')}${more} from only ${qualified(table.schema, table.table)}${sample} offset 0`
}

/**
 * What DMS counts of a value (DMS User Guide, LOB sizing). BLOB: bytes. NCLOB: characters × 2, × 4 for a value with a
 * 4-byte character. CLOB: characters, × 2 with one. With `atLeast`, null for a value that cannot be larger.
 */
function size(value: string, kind: LobKind, encoding: string, atLeast?: string): string {
  const bytes = `octet_length(${value})`
  if (kind === 'BLOB') return `${bytes}::bigint`
  const [plain, wide] = kind === 'NCLOB' ? [2, 4] : [1, 2]
  const times = (factor: number, count: string) => `${factor}::bigint * ${count}`
  const tooSmall = (most: string) => (atLeast === undefined ? [] : [`when ${most} <= ${atLeast} then null`])
  const characters = `length(${value})`
  // Only UTF-8 has 4-byte characters.
  const branches =
    encoding === 'UTF8'
      ? [
          ...tooSmall(times(wide, bytes)),
          `when ${bytes} = ${characters} then ${times(plain, bytes)}`,
          ...tooSmall(times(wide, characters)),
          `when ${value} ~ '[\\U00010000-\\U0010FFFF]' then ${times(wide, characters)}`,
        ]
      : tooSmall(times(plain, bytes))
  const otherwise = times(plain, characters)
  return branches.length === 0 ? otherwise : `case ${branches.join(' ')} else ${otherwise} end`
}
