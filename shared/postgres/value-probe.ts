import { qualified, quoted } from '../migration/identifier.ts'
import type { SampledColumn } from '../preflight/structure-facts.ts'

/** A column of whose values the statistics tell too little. */
export interface UnseenColumn {
  readonly schema: string
  readonly table: string
  readonly column: string
  readonly baseType: string
  /** Size of the table without TOAST and indexes. */
  readonly bytes: number
}

/** Larger tables are not scanned for it: ANALYZE reads less and tells the same. */
const mostBytes = 8 * 1024 * 1024

/** One statement locks all tables that it reads, with their indexes. */
const mostColumns = 200

/** Which columns are small enough to be looked at directly, and which are not. Pure. */
export function probed(unseen: readonly UnseenColumn[]): {
  readonly direct: readonly UnseenColumn[]
  readonly left: readonly UnseenColumn[]
} {
  const direct = unseen.filter(({ bytes }) => bytes <= mostBytes).slice(0, mostColumns)
  return { direct, left: unseen.filter((column) => !direct.includes(column)) }
}

/** One statement that reads all of them, a row for each. Built here, since tables and columns differ. */
export function probeStatement(columns: readonly UnseenColumn[]): string {
  return columns
    .map((one, index) => {
      const column = quoted(one.column)
      const [infinity, notANumber, decimals, digits] =
        one.baseType === 'numeric'
          ? [
              `bool_or(${column}::text ~ 'Infinity')`,
              `bool_or(${column} = 'NaN')`,
              `max(scale(${column}))`,
              `max(length(translate(${column}::text, '-.', ''))) filter (where ${column}::text ~ '[0-9]')`,
            ]
          : [`bool_or(not isfinite(${column}))`, 'false', 'null::integer', 'null::integer']
      return `select ${index} as place, ${infinity} as infinity, ${notANumber} as "notANumber", ${decimals} as decimals, ${digits} as digits
from only ${qualified(one.schema, one.table)}`
    })
    .join('\nunion all\n')
}

/** A row of the statement with the column that it is about. */
export function probedColumn(
  column: UnseenColumn,
  row: Partial<Pick<SampledColumn, 'infinity' | 'notANumber' | 'decimals' | 'digits'>>,
): SampledColumn {
  const { schema, table, column: name, baseType } = column
  return {
    schema,
    table,
    column: name,
    baseType,
    infinity: row.infinity ?? false,
    notANumber: row.notANumber ?? false,
    decimals: row.decimals ?? null,
    digits: row.digits ?? null,
  }
}
