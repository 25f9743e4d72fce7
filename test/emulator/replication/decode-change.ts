/**
 * Reads the lines of PostgreSQL's test_decoding plugin. Written by hand because the library's grammar knows neither
 * `old-key:`, nor `unchanged-toast-datum`, nor array types.
 */

/**
 * One column's value: the SQL literal without its outer quotes undone (`'it''s'`, `42`, `B'01'`), null, or undefined where
 * the stream says `unchanged-toast-datum`.
 */
export type RawValue = string | null | undefined

export interface RowImage {
  /** shared between rows of one shape, so identity can serve as a cache key */
  readonly names: readonly string[]
  readonly values: readonly RawValue[]
}

export interface RowChange {
  readonly kind: 'insert' | 'update' | 'delete'
  readonly schema: string
  readonly table: string
  /** the replica identity as it was; null when the stream does not give it */
  readonly before: RowImage | null
  /** the new row; null for deletes and for `(no-tuple-data)` */
  readonly after: RowImage | null
}

export interface TruncateChange {
  readonly kind: 'truncate'
  readonly tables: readonly { readonly schema: string; readonly table: string }[]
  readonly cascade: boolean
  readonly restartSequences: boolean
}

export type StreamLine =
  | { readonly kind: 'begin'; readonly xid: number }
  | { readonly kind: 'commit'; readonly xid: number; readonly commitTimeMs: number }
  | { readonly kind: 'message' }
  | TruncateChange
  | RowChange

interface Shape {
  readonly names: readonly string[]
  /** ` name[type]:` of each column, to recognise a column without reading its name again */
  readonly prefixes: readonly string[]
}

interface Header {
  readonly schema: string
  readonly table: string
  before: Shape
  after: Shape
}

const EMPTY: Shape = { names: [], prefixes: [] }
const NO_TUPLE = ' (no-tuple-data)'
const NEW_TUPLE = ' new-tuple:'
const OLD_KEY = ' old-key:'
const UNCHANGED = 'unchanged-toast-datum'

/** A reader of lines; it remembers the shape of each table, nothing else. */
export function createLineReader(): (line: string) => StreamLine {
  const headers = new Map<string, Header>()

  function readRow(
    line: string,
    start: number,
    shape: Shape,
  ): { image: RowImage; shape: Shape; end: number } {
    const values: RawValue[] = []
    let names: string[] | null = null
    let prefixes: string[] | null = null
    let position = start
    for (let index = 0; position < line.length; index += 1) {
      const known = shape.prefixes[index]
      if (known !== undefined && line.startsWith(known, position)) {
        position += known.length
        if (names !== null && prefixes !== null) {
          names.push(shape.names[index] ?? '')
          prefixes.push(known)
        }
      } else {
        if (line.startsWith(NEW_TUPLE, position)) break
        names ??= shape.names.slice(0, index)
        prefixes ??= shape.prefixes.slice(0, index)
        const column = readColumnHead(line, position)
        names.push(column.name)
        prefixes.push(line.slice(position, column.end))
        position = column.end
      }
      const end = valueEnd(line, position)
      const text = line.slice(position, end)
      values.push(text === 'null' ? null : text === UNCHANGED ? undefined : text)
      position = end
    }
    if (names === null && values.length < shape.names.length) {
      names = shape.names.slice(0, values.length)
      prefixes = shape.prefixes.slice(0, values.length)
    }
    const used = names === null || prefixes === null ? shape : { names, prefixes }
    return { image: { names: used.names, values }, shape: used, end: position }
  }

  function readTable(line: string): StreamLine {
    const first = readQualifiedName(line, 'table '.length)
    if (line[first.end] === ',') return readTruncate(line)
    const action = first.end + 2
    if (line.startsWith('TRUNCATE:', action)) return readTruncate(line)
    const { schema, table } = first
    const key = line.slice(0, first.end)
    let header = headers.get(key)
    if (header === undefined) {
      header = { schema, table, before: EMPTY, after: EMPTY }
      headers.set(key, header)
    }
    if (line.startsWith('INSERT:', action)) {
      const start = action + 'INSERT:'.length
      if (line.startsWith(NO_TUPLE, start))
        return { kind: 'insert', schema, table, before: null, after: null }
      const row = readRow(line, start, header.after)
      header.after = row.shape
      return { kind: 'insert', schema, table, before: null, after: row.image }
    }
    if (line.startsWith('UPDATE:', action)) {
      let start = action + 'UPDATE:'.length
      let before: RowImage | null = null
      if (line.startsWith(OLD_KEY, start)) {
        const old = readRow(line, start + OLD_KEY.length, header.before)
        header.before = old.shape
        before = old.image
        start = old.end + NEW_TUPLE.length
      }
      if (line.startsWith(NO_TUPLE, start)) return { kind: 'update', schema, table, before, after: null }
      const row = readRow(line, start, header.after)
      header.after = row.shape
      return { kind: 'update', schema, table, before, after: row.image }
    }
    if (line.startsWith('DELETE:', action)) {
      const start = action + 'DELETE:'.length
      if (line.startsWith(NO_TUPLE, start))
        return { kind: 'delete', schema, table, before: null, after: null }
      const row = readRow(line, start, header.before)
      header.before = row.shape
      return { kind: 'delete', schema, table, before: row.image, after: null }
    }
    throw new Error(`test_decoding line not understood: ${line.slice(0, 200)}`)
  }

  return (line) => {
    if (line.startsWith('table ')) return readTable(line)
    if (line.startsWith('BEGIN ')) return { kind: 'begin', xid: Number(line.slice('BEGIN '.length)) }
    if (line.startsWith('COMMIT ')) return readCommit(line)
    if (line.startsWith('message:')) return { kind: 'message' }
    throw new Error(`test_decoding line not understood: ${line.slice(0, 200)}`)
  }
}

/** The text of a value, its quotes undone. */
export function plainText(literal: string): string {
  if (literal.startsWith("'")) return literal.slice(1, -1).replaceAll("''", "'")
  if (literal.startsWith("B'")) return literal.slice(2, -1)
  return literal
}

/** The value as a quoted SQL literal of unknown type, which takes the type of the column it goes to. */
export function sqlLiteral(value: string): string {
  if (value.startsWith("'")) return value
  if (value.startsWith("B'")) return value.slice(1)
  return `'${value}'`
}

/** `COMMIT 1234 (at 2026-11-20 10:00:00.123456+00)`; the decoding session runs in UTC. */
function readCommit(line: string): StreamLine {
  const match = /^COMMIT (\d+) \(at (\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)?\+00\)$/.exec(line)
  if (match === null) throw new Error(`test_decoding line not understood: ${line.slice(0, 200)}`)
  const fraction = match[4] === undefined ? 0 : Number(match[4]) * 1000
  return {
    kind: 'commit',
    xid: Number(match[1]),
    commitTimeMs: Date.parse(`${match[2]}T${match[3]}Z`) + fraction,
  }
}

function readTruncate(line: string): TruncateChange {
  const tables: { schema: string; table: string }[] = []
  let position = 'table '.length
  for (;;) {
    const name = readQualifiedName(line, position)
    tables.push({ schema: name.schema, table: name.table })
    position = name.end + 2
    if (line[name.end] !== ',') break
  }
  const flags = line.slice(position + 'TRUNCATE:'.length)
  return {
    kind: 'truncate',
    tables,
    cascade: flags.includes('cascade'),
    restartSequences: flags.includes('restart_seqs'),
  }
}

function readQualifiedName(line: string, start: number): { schema: string; table: string; end: number } {
  const schema = readIdentifier(line, start, '.')
  const table = readIdentifier(line, schema.end + 1, ':,')
  return { schema: schema.name, table: table.name, end: table.end }
}

/** An identifier as quote_identifier() prints it, up to one of the stop characters. */
function readIdentifier(line: string, start: number, stops: string): { name: string; end: number } {
  if (line[start] === '"') {
    const end = quotedEnd(line, start, '"')
    return { name: line.slice(start + 1, end - 1).replaceAll('""', '"'), end }
  }
  let end = start
  while (end < line.length && !stops.includes(line.charAt(end))) end += 1
  return { name: line.slice(start, end), end }
}

/** ` name[type]:`, where the type may itself hold brackets and quoted identifiers. */
function readColumnHead(line: string, start: number): { name: string; end: number } {
  const identifier = readIdentifier(line, start + 1, '[')
  let position = identifier.end + 1
  let depth = 1
  while (depth > 0) {
    const character = line[position]
    if (character === undefined) throw new Error(`test_decoding line not understood: ${line.slice(0, 200)}`)
    if (character === '"') position = quotedEnd(line, position, '"')
    else {
      if (character === '[') depth += 1
      if (character === ']') depth -= 1
      position += 1
    }
  }
  return { name: identifier.name, end: position + 1 }
}

function valueEnd(line: string, start: number): number {
  if (line[start] === "'") return quotedEnd(line, start, "'")
  if (line[start] === 'B' && line[start + 1] === "'") return quotedEnd(line, start + 1, "'")
  const end = line.indexOf(' ', start)
  return end === -1 ? line.length : end
}

/** The position after the closing quote; a doubled quote does not close. */
function quotedEnd(line: string, start: number, quote: string): number {
  let position = start + 1
  for (;;) {
    const end = line.indexOf(quote, position)
    if (end === -1) throw new Error(`test_decoding line not understood: ${line.slice(0, 200)}`)
    if (line[end + 1] !== quote) return end + 1
    position = end + 2
  }
}
