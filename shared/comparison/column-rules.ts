import type { ColumnRule, ComparedColumn, ColumnCoverage, Normalisation } from './comparison.ts'
import type { CatalogueColumn } from '../migration/catalogue-model.ts'
import { lobKind } from '../migration/lob-columns.ts'
import { quoted } from '../migration/identifier.ts'

/** What carries the rows. `logical`: PostgreSQL's own replication, which changes nothing. */
export type Carrier =
  | { readonly kind: 'logical' }
  /** `lobLimit`: bytes at which limited LOB mode cuts this table's LOBs; undefined where nothing is cut. */
  | { readonly kind: 'dms'; readonly lobLimit: number | undefined }

const asIs: ColumnRule = { kind: 'as-is' }

/**
 * The rule for a column that both sides have. Only what DMS changes by design is taken away (AWS DMS User Guide, PostgreSQL
 * source data types; homogeneous PostgreSQL migrations); whatever else differs is a difference. Pure.
 */
export function ruleForColumn(
  source: CatalogueColumn,
  target: CatalogueColumn,
  carrier: Carrier,
): ColumnRule {
  if (source.baseType === 'oid' || target.baseType === 'oid') {
    return {
      kind: 'left-out',
      reason:
        'an oid points to a large object or a catalogue row of its own server; large objects are not replicated',
    }
  }
  if (source.baseType !== target.baseType && [source, target].every(isJson)) {
    return normalised(
      { name: 'as-jsonb' },
      `${source.baseType} on the source, ${target.baseType} on the target`,
    )
  }
  if ([source, target].some(({ baseType }) => baseType === 'bpchar') && source.type !== target.type) {
    return normalised(
      { name: 'without-trailing-blanks' },
      `${source.type} and ${target.type} pad differently`,
    )
  }
  return carrier.kind === 'dms' ? ruleForDms(source, carrier.lobLimit) : asIs
}

function ruleForDms(column: CatalogueColumn, lobLimit: number | undefined): ColumnRule {
  if (lobLimit !== undefined && lobKind(column) !== undefined && !isJson(column)) {
    return normalised({ name: 'first-bytes', bytes: lobLimit }, 'limited LOB mode cuts what is longer')
  }
  if (column.isArray) return asIs
  switch (column.baseType) {
    case 'numeric':
      return column.typeModifier < 0
        ? normalised({ name: 'rounded', decimals: 6 }, 'DMS carries numeric without scale as NUMERIC(28,6)')
        : asIs
    case 'float8':
      return normalised(
        { name: 'significant-digits', digits: 14 },
        'DMS may change the last digits of a double',
      )
    case 'float4':
      return normalised({ name: 'significant-digits', digits: 6 }, 'DMS may change the last digits of a real')
    case 'timestamp':
    case 'timestamptz':
      return normalised(
        { name: 'finite-time' },
        'DMS turns infinity into 9999-12-31 23:59:59 and -infinity into 4713-01-01 00:00:00 BC',
      )
    case 'bpchar':
      return normalised({ name: 'without-trailing-blanks' }, 'DMS trims trailing blanks of char(n)')
    default:
      return asIs
  }
}

function isJson({ baseType, isArray }: CatalogueColumn): boolean {
  return !isArray && (baseType === 'json' || baseType === 'jsonb')
}

function normalised(by: Normalisation, reason: string): ColumnRule {
  return { kind: 'normalised', by, reason }
}

/** The value of a column of `t` as both sides are compared: an expression whose output text is hashed. */
export function comparedExpression({ name, baseType, rule }: ComparedColumn): string {
  const column = `t.${quoted(name)}`
  if (rule.kind !== 'normalised') return column
  const { by } = rule
  switch (by.name) {
    case 'rounded':
      return `round(${column}, ${by.decimals})`
    case 'significant-digits':
      return `case when ${column} in ('NaN', 'Infinity', '-Infinity') then ${column}::text else to_char(${column}::float8, '9.${'9'.repeat(by.digits - 1)}EEEE') end`
    case 'without-trailing-blanks':
      return `rtrim(${column}::text)`
    case 'finite-time':
      return `case when isfinite(${column}) then ${column}::timestamp when ${column} > '2000-01-01' then timestamp '9999-12-31 23:59:59' else timestamp '4713-01-01 00:00:00 BC' end`
    case 'as-jsonb':
      return `${column}::jsonb`
    case 'first-bytes':
      return baseType === 'bytea'
        ? `substring(${column} from 1 for ${by.bytes})`
        : firstCharacters(column, by.bytes)
    default:
      return by satisfies never
  }
}

/** As DMS counts: a character is two bytes, or four in a value with characters beyond U+FFFF. */
function firstCharacters(column: string, bytes: number): string {
  const text = `${column}::text`
  return `case when octet_length(${text}) <= ${Math.floor(bytes / 4)} then ${text} when ${text} ~ '[\\U00010000-\\U0010FFFF]' then left(${text}, ${Math.floor(bytes / 4)}) else left(${text}, ${Math.floor(bytes / 2)}) end`
}

/** What coverage says of a column. */
export function coverageOf(column: ComparedColumn, isKey: boolean): ColumnCoverage {
  const { name, rule } = column
  if (rule.kind === 'left-out') return { name, compared: false, said: `not compared: ${rule.reason}` }
  if (rule.kind === 'as-is' || isKey) return { name, compared: true, said: 'compared' }
  return { name, compared: true, said: `compared after ${saidOf(rule.by)}: ${rule.reason}` }
}

function saidOf(by: Normalisation): string {
  switch (by.name) {
    case 'rounded':
      return `rounding to ${by.decimals} decimals`
    case 'significant-digits':
      return `rounding to ${by.digits} significant digits`
    case 'without-trailing-blanks':
      return 'taking off trailing blanks'
    case 'finite-time':
      return 'making infinite times finite'
    case 'as-jsonb':
      return 'turning both into jsonb'
    case 'first-bytes':
      return `cutting both at ${by.bytes} bytes as DMS counts them`
    default:
      return by satisfies never
  }
}
