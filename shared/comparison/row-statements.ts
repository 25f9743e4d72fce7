import { qualified, quoted } from '../migration/identifier.ts'
import { comparedExpression } from './column-rules.ts'
import type { ComparedColumn, ComparedTable } from './comparison.ts'
import type { KeyColumn, SideShape } from './shapes.ts'

/**
 * Where a chunk begins and ends: values of the key, or of its first columns, as text; null is the table's end. Begins included,
 * ends not.
 */
export interface KeyRange {
  readonly from: readonly string[] | null
  readonly to: readonly string[] | null
}

/** One of `of` parts by hash: of the key, or of the whole row where there is none. */
export interface HashPart {
  readonly index: number
  readonly of: number
}

/** What one statement is to read. */
export type ChunkPart =
  { readonly kind: 'range'; readonly range: KeyRange } | { readonly kind: 'hash'; readonly part: HashPart }

export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

/** Statements about one table on one side, with the same columns in the same order on both. */
export interface RowStatements {
  /** `rows`, `sum` of the hashes: the order of rows does not matter, and a row that is there twice counts twice. */
  sum(part: ChunkPart): Statement
  /** The same for each of 256 buckets. */
  buckets(part: ChunkPart): Statement
  /** What is in some buckets: `key` and `content` of each row; without a key, `key` is the hash and `content` how many. */
  contents(part: ChunkPart, buckets: readonly number[]): Statement
  /** `key`, `content` and `version` (which rows they are on this server, and who wrote them) of what has these keys. */
  look(keys: readonly (readonly string[])[]): Statement
  /** `key`, `version` and `cells` (one JSON array of digest, bytes, isNull, text a column) of these keys; text is cut. */
  values(keys: readonly (readonly string[])[], salt: string, masked: boolean): Statement
  /** The key `skip` rows after `from`, or no row. */
  walk(from: readonly string[] | null, skip: number): Statement
}

/** Buckets that a chunk is divided into when its sums differ. */
export const bucketCount = 256

/** Characters of a value that are read for a difference. */
const shownCharacters = 65_536

/**
 * One hash a row over its output text, as a record: it knows NULL from '' and a comma from two columns. Text does not depend
 * on majors once sessions are set alike; collation "C" keeps hashing apart from collations.
 */
export function rowStatements(
  table: ComparedTable,
  side: 'source' | 'target',
  shape: SideShape,
  recode: boolean,
): RowStatements {
  const name = table[side]
  const relation = `${shape.kind === 'r' ? 'only ' : ''}${qualified(name.schema, name.table)} as t`
  const keyed = table.key !== undefined
  const keyNames = new Set(table.key)
  const columns = comparedColumns(table)
  const numeric = new Set(
    columns.filter(({ baseType }) => baseType === 'numeric').map((column) => column.name),
  )
  const expressions = columns.map((column) => {
    const plain = `t.${quoted(column.name)}`
    if (!keyNames.has(column.name)) return comparedExpression(column)
    return column.rule.kind === 'normalised' && numeric.has(column.name) ? `trim_scale(${plain})` : plain
  })
  const hashOf = (record: string, seed: number) =>
    recode
      ? `hashtextextended(encode(convert_to(${record}::text, 'UTF8'), 'hex') collate "C", ${seed})`
      : `hashtextextended(${record}::text collate "C", ${seed})`
  const content = hashOf(`row(${expressions.join(', ')})`, 0)
  // 1 and 1.000000 are one key: numeric without scale keeps the zeros that it was written with, and DMS writes six.
  const keyTexts = shape.key.map(({ name }) =>
    numeric.has(name) ? `trim_scale(t.${quoted(name)})::text` : `t.${quoted(name)}::text`,
  )
  const place = keyed ? hashOf(`row(${keyTexts.join(', ')})`, 1) : content
  const positive = (hash: string) => `(${hash} & 9223372036854775807)`
  const version = `t.tableoid::text || ' ' || t.ctid::text || ' ' || t.xmin::text`

  const where = (part: ChunkPart, values: unknown[]): string => {
    if (part.kind === 'hash') {
      if (part.part.of === 1) return 'true'
      values.push(String(part.part.of), String(part.part.index))
      return `${positive(place)} % $${values.length - 1}::bigint = $${values.length}::bigint`
    }
    const { from, to } = part.range
    const bounds = [
      ...(from === null ? [] : [bound(shape.key, '>=', from, values)]),
      ...(to === null ? [] : [bound(shape.key, '<', to, values)]),
    ]
    return bounds.length === 0 ? 'true' : bounds.join(' and ')
  }

  return {
    sum: (part) => {
      const values: unknown[] = []
      return {
        text: `select count(*)::text as rows, coalesce(sum(${content}), 0)::text as sum from ${relation} where ${where(part, values)}`,
        values,
      }
    },
    buckets: (part) => {
      const values: unknown[] = []
      return {
        text: `select (${positive(place)} % ${bucketCount})::int as bucket, count(*)::text as rows, sum(${content})::text as sum from ${relation} where ${where(part, values)} group by 1`,
        values,
      }
    },
    contents: (part, buckets) => {
      const values: unknown[] = []
      const within = where(part, values)
      values.push([...buckets])
      const chosen = `${within} and (${positive(place)} % ${bucketCount})::int = any ($${values.length}::int[])`
      const text = keyed
        ? `select array[${keyTexts.join(', ')}] as key, ${content}::text as content from ${relation} where ${chosen}`
        : `select array[${content}::text] as key, count(*)::text as content from ${relation} where ${chosen} group by ${content}`
      return { text, values }
    },
    look: (keys) =>
      keyed
        ? {
            text: `select array[${keyTexts.join(', ')}] as key, ${content}::text as content, ${version} as version from ${wanted(shape.key, keys)} join ${relation} on ${matches(shape.key)}`,
            values: wantedValues(shape.key, keys),
          }
        : {
            text: `select array[h::text] as key, count(*)::text as content, sum(hashtextextended(v, 0))::text as version from (select ${content} as h, ${version} as v from ${relation} offset 0) as rows where h = any ($1::bigint[]) group by h`,
            values: [keys.map(([hash]) => hash)],
          },
    values: (keys, salt, masked) => {
      const cells = columns.map((column, index) =>
        cell(expressions[index] ?? 'null', column, keyed ? '$' + String(shape.key.length + 1) : '$2', masked),
      )
      const cellsOf = `json_build_array(${chunked(cells)})`
      return keyed
        ? {
            text: `select array[${keyTexts.join(', ')}] as key, ${version} as version, ${cellsOf} as cells from ${wanted(shape.key, keys)} join ${relation} on ${matches(shape.key)}`,
            values: [...wantedValues(shape.key, keys), salt],
          }
        : {
            text: `select distinct on (${content}) array[${content}::text] as key, '' as version, ${cellsOf} as cells from ${relation} where ${content} = any ($1::bigint[]) order by ${content}`,
            values: [keys.map(([hash]) => hash), salt],
          }
    },
    walk: (from, skip) => {
      const values: unknown[] = []
      const order = shape.key.map(({ name }) => `t.${quoted(name)}`).join(', ')
      const after = from === null ? '' : `where ${bound(shape.key, '>=', from, values)}`
      return {
        text: `select array[${keyTexts.join(', ')}] as key from ${relation} ${after} order by ${order} offset ${skip} limit 1`,
        values,
      }
    },
  }
}

/** Columns that are hashed, in an order that both sides share. */
export function comparedColumns(table: ComparedTable): readonly ComparedColumn[] {
  return table.columns.filter(({ rule }) => rule.kind !== 'left-out')
}

/** PostgreSQL's functions take 100 arguments: json_build_array of arrays of at most 50 cells. */
function chunked(cells: readonly string[]): string {
  const groups = Array.from({ length: Math.ceil(cells.length / 50) }, (_, index) =>
    cells.slice(index * 50, index * 50 + 50),
  )
  return groups.map((group) => `json_build_array(${group.join(', ')})`).join(', ')
}

/** Digest, bytes and, unless masked, the text of a value. */
function cell(expression: string, { baseType }: ComparedColumn, salt: string, masked: boolean): string {
  const text = baseType === 'bpchar' ? `rtrim((${expression})::text)` : `(${expression})::text`
  const digest = `left(encode(sha256(convert_to(${salt}::text || ${text}, 'UTF8')), 'hex'), 16)`
  const shown = masked ? 'null' : `left(${text}, ${shownCharacters})`
  return `json_build_array(${digest}, octet_length(${text}), ${shown})`
}

function bound(
  columns: readonly KeyColumn[],
  operator: '>=' | '<',
  ends: readonly string[],
  values: unknown[],
): string {
  const key = columns.slice(0, ends.length)
  const names = key.map(({ name }) => `t.${quoted(name)}`)
  const given = key.map(({ type }, index) => {
    values.push(ends[index])
    return `$${values.length}::${type}`
  })
  const [only] = key
  if (key.length === 1 && only !== undefined)
    return `${names.join()} operator(${quoted(only.operators)}.${operator}) ${given.join()}`
  return `(${names.join(', ')}) ${operator} (${given.join(', ')})`
}

function wanted(key: readonly KeyColumn[], keys: readonly (readonly string[])[]): string {
  const arrays = key.map((_, index) => `$${index + 1}::text[]`).join(', ')
  const names = key.map((_, index) => `k${index}`).join(', ')
  // A limit that limits nothing tells the planner how few they are, so that it goes by the index.
  return `(select * from unnest(${arrays}) as given(${names}) limit ${keys.length}) as given`
}

function wantedValues(key: readonly KeyColumn[], keys: readonly (readonly string[])[]): string[][] {
  return key.map((_, index) => keys.map((values) => values[index] ?? ''))
}

function matches(key: readonly KeyColumn[]): string {
  return key
    .map(
      ({ name, type, operators }, index) =>
        `t.${quoted(name)} operator(${quoted(operators)}.=) given.k${index}::${type}`,
    )
    .join(' and ')
}
