import type { Catalogue, CatalogueTable } from './catalogue-model.ts'
import type { LoadRanges } from './plan-decisions.ts'
import type { TableName } from './plan.ts'
import type { TableLoad } from './split-tables.ts'

/** A large table and the column whose ranges can divide it. */
export interface RangeKey extends TableName {
  readonly column: string
  /** Name of the type below all domains, as the catalogue has it. */
  readonly baseType: string
}

/** What the source says of a key's values, in their own order; values as text. */
export interface KeyValues extends TableName {
  /** From PostgreSQL's statistics: bounds of ranges with about as many rows each. Null where there are none. */
  readonly histogram: readonly string[] | null
  /** Smallest and largest value, where they were read because there is no histogram. */
  readonly ends: readonly [string, string] | null
}

/**
 * Types that may divide a table. DMS takes no DOUBLE, FLOAT, BLOB, CLOB or NCLOB column (DMS User Guide, Table settings),
 * and `text` is an NCLOB to it; values of the others read the same in every session with ISO dates.
 */
const rangeTypes = new Set(['int2', 'int4', 'int8', 'uuid', 'date', 'timestamp', 'varchar', 'bpchar'])
const wholeNumbers = new Set(['int2', 'int4', 'int8'])

/**
 * Tables of at least `fromBytes` with the leading column of their primary key, which cannot be null: DMS loads no row
 * with a null in a boundary column. Large tables without such a key are named in the notes. Pure.
 */
export function rangeKeys(
  { planned }: Pick<Catalogue, 'planned'>,
  loads: readonly TableLoad[],
  fromBytes: number,
): { keys: RangeKey[]; notes: string[] } {
  const bytes = new Map(loads.map((load) => [key(load), BigInt(load.bytes)]))
  const keys: RangeKey[] = []
  const notes: string[] = []
  for (const table of planned) {
    if ((bytes.get(key(table)) ?? 0n) < BigInt(fromBytes)) continue
    const column = leadingKeyColumn(table)
    if (column !== undefined && rangeTypes.has(column.baseType))
      keys.push({
        schema: table.schema,
        table: table.table,
        column: column.name,
        baseType: column.baseType,
      })
    else
      notes.push(
        `${table.schema}.${table.table} is large and is loaded by one thread: ${
          column === undefined
            ? 'it has no primary key'
            : `DMS takes no ranges of its key’s type (${column.type})`
        }.`,
      )
  }
  return { keys, notes }
}

/** Only whole numbers can be divided by their ends alone. */
export function dividesByEnds({ baseType }: RangeKey): boolean {
  return wholeNumbers.has(baseType)
}

/**
 * Boundaries of at most `segments` ranges from what is known of the key's values: n boundaries make n + 1 segments
 * (DMS User Guide, Table settings). They rise strictly; where they did not, DMS would load rows twice. Pure.
 */
export function loadRanges(
  keys: readonly RangeKey[],
  values: readonly KeyValues[],
  segments: number,
): { ranges: LoadRanges[]; notes: string[] } {
  const known = new Map(values.map((one) => [key(one), one]))
  const ranges: LoadRanges[] = []
  const notes: string[] = []
  for (const one of keys) {
    const { schema, table, column } = one
    const boundaries = boundariesOf(one, known.get(key(one)), segments)
    if (boundaries.length > 0)
      ranges.push({ schema, table, columns: [column], boundaries: boundaries.map((value) => [value]) })
    else
      notes.push(
        `${schema}.${table} is large and is loaded by one thread: PostgreSQL knows too few values of its key. Run \`ANALYZE\` on it, then preflight again.`,
      )
  }
  return { ranges, notes }
}

function boundariesOf(one: RangeKey, values: KeyValues | undefined, segments: number): string[] {
  const histogram = (values?.histogram ?? []).filter((value) => !/^-?infinity$/u.test(value))
  if (histogram.length > segments) return fromHistogram(histogram, segments)
  const ends = values?.ends ?? null
  return ends === null || !dividesByEnds(one) ? [] : fromEnds(ends, segments)
}

/** A histogram is in the order of its type and has no value twice. Its ends are no boundaries. */
function fromHistogram(histogram: readonly string[], segments: number): string[] {
  const places = Array.from({ length: segments - 1 }, (_, n) =>
    Math.round(((n + 1) * (histogram.length - 1)) / segments),
  )
  return [...new Set(places)].flatMap((place) => histogram[place] ?? [])
}

function fromEnds([least, most]: readonly [string, string], segments: number): string[] {
  const [low, high] = [BigInt(least), BigInt(most)]
  const bounds = Array.from(
    { length: segments - 1 },
    (_, n) => low + ((high - low + 1n) * BigInt(n + 1)) / BigInt(segments),
  )
  return [...new Set(bounds.filter((bound) => bound > low && bound <= high).map(String))]
}

function leadingKeyColumn(table: CatalogueTable): CatalogueTable['columns'][number] | undefined {
  const primary = table.indexes.find(({ isPrimary, isValid }) => isPrimary && isValid)
  return table.columns.find(({ name }) => name === primary?.columns[0])
}

function key({ schema, table }: TableName): string {
  return JSON.stringify([schema, table])
}
