import { isUnboundedNumeric, lobClass, type Column } from './catalogue.ts'
import { plainText, sqlLiteral } from './decode-change.ts'
import type { Quirk } from './quirks.ts'

/** What decides how a column's values change on their way. */
export interface ConversionPolicy {
  readonly quirks: Readonly<Record<Quirk, boolean>>
  /** KB; null: LOBs stay whole */
  readonly lobLimit: number | null
  readonly trimSpaceInChar: boolean
  readonly numericAsString: boolean
  /** called for every LOB that is cut */
  onTruncation(column: string): void
}

/** A value as SQL literal, ready for the target; throws RangeError for a value that DMS's types cannot hold. */
export type Conversion = (raw: string) => string

const VARCHAR_LIMIT_BYTES = 8000
const NUMERIC_SCALE = 6
const NUMERIC_INTEGER_DIGITS = 22
const ASTRAL = /[\u{10000}-\u{10FFFF}]/u

/** DMS's stand-ins for infinite timestamps (User Guide, "Limitations on using a PostgreSQL source"). */
export const LATEST_TIMESTAMP = '9999-12-31 23:59:59'
export const EARLIEST_TIMESTAMP = '4713-01-01 00:00:00 BC'

/** Characters or bytes that fit in a limited LOB, by the counting of its class: text two bytes a character, four with any astral one. */
export function lobCapacity(kilobytes: number, astral: boolean): number {
  return (kilobytes * 1024) / (astral ? 4 : 2)
}

/** How CDC values of a column are written; the full load does the same in SQL (unload-select.ts). */
export function conversionFor(column: Column, policy: ConversionPolicy): Conversion {
  if (policy.quirks['numeric-rounded'] && !policy.numericAsString && isUnboundedNumeric(column))
    return (raw) => `'${roundNumeric(plainText(raw))}'`
  const lob = lobClass(column)
  const limit = policy.lobLimit
  if (lob !== null && limit !== null && policy.quirks['lob-truncated']) {
    return (raw) => {
      // Nothing shorter than a quarter of the limit can be too long, however it is counted.
      if (raw.length <= limit * 256) return sqlLiteral(raw)
      const text = plainText(raw)
      const cut = lob === 'BLOB' ? cutBytes(text, limit) : cutText(text, limit)
      if (cut === text) return sqlLiteral(raw)
      policy.onTruncation(column.name)
      return `'${cut.replaceAll("'", "''")}'`
    }
  }
  if (lob !== null) return sqlLiteral
  switch (column.baseType) {
    case 'bpchar':
      return policy.trimSpaceInChar ? (raw) => sqlLiteral(raw.replace(/ +'$/, "'")) : sqlLiteral
    case 'varchar':
      return column.typmod === -1 && policy.quirks['varchar-cut'] ? cutVarchar : sqlLiteral
    case 'timestamp':
    case 'timestamptz':
      return policy.quirks['infinity-replaced'] ? replaceInfinity : sqlLiteral
    default:
      return sqlLiteral
  }
}

function replaceInfinity(raw: string): string {
  if (raw === "'infinity'") return `'${LATEST_TIMESTAMP}'`
  if (raw === "'-infinity'") return `'${EARLIEST_TIMESTAMP}'`
  return sqlLiteral(raw)
}

function cutVarchar(raw: string): string {
  if (raw.length <= VARCHAR_LIMIT_BYTES / 4) return sqlLiteral(raw)
  const bytes = Buffer.from(plainText(raw), 'utf8')
  if (bytes.length <= VARCHAR_LIMIT_BYTES) return sqlLiteral(raw)
  let end = VARCHAR_LIMIT_BYTES
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return `'${bytes.toString('utf8', 0, end).replaceAll("'", "''")}'`
}

function cutText(text: string, limit: number): string {
  const astral = ASTRAL.test(text)
  const capacity = lobCapacity(limit, astral)
  if (!astral) return text.length <= capacity ? text : text.slice(0, capacity)
  const characters = Array.from(text)
  return characters.length <= capacity ? text : characters.slice(0, capacity).join('')
}

/** bytea in hex form: two digits a byte after `\x`. */
function cutBytes(text: string, limit: number): string {
  return text.slice(0, 2 + limit * 1024 * 2)
}

/**
 * Rounds half away from zero to six decimals, as PostgreSQL's round() does. Shorter fractions stay as they are written.
 * @throws RangeError for NaN, infinities and more than 22 integer digits
 */
export function roundNumeric(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)
  if (match === null) throw new RangeError(`numeric value ${text} does not fit NUMERIC(28,6)`)
  const sign = match[1] ?? ''
  const integer = match[2] ?? '0'
  const fraction = match[3] ?? ''
  if (integer.replace(/^0+/, '').length > NUMERIC_INTEGER_DIGITS)
    throw new RangeError(`numeric value ${text} does not fit NUMERIC(28,6)`)
  if (fraction.length <= NUMERIC_SCALE) return text
  const kept = BigInt(integer + fraction.slice(0, NUMERIC_SCALE))
  const rounded = fraction.charAt(NUMERIC_SCALE) >= '5' ? kept + 1n : kept
  const digits = rounded.toString().padStart(NUMERIC_SCALE + 1, '0')
  const value = `${digits.slice(0, -NUMERIC_SCALE)}.${digits.slice(-NUMERIC_SCALE)}`
  return rounded === 0n ? value : sign + value
}
