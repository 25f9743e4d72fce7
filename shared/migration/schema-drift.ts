/** One line of the fingerprint: what it is of, and how that is. */
interface SchemaLine {
  readonly object: string
  readonly how: string
}

const name = String.raw`(?:"(?:[^"]|"")*"|[^\s".]+)`
const line = new RegExp(
  String.raw`^(relation|column|key|child|sequence|trigger) (${name}\.${name})(?: (.*))?$`,
  'su',
)
const numbered = new RegExp(String.raw`^\d+ (${name})(?: (.*))?$`, 'su')
const named = new RegExp(String.raw`^(${name})(?: (.*))?$`, 'su')

const words: Readonly<Record<string, string>> = {
  relation: 'relation',
  child: 'partition',
  sequence: 'sequence',
}

/**
 * What changed between two lists of lines that read-fingerprint.sql made, object by object, as a person would say it:
 * `column shop.orders.note is new`. Names are quoted where SQL needs it. Pure.
 */
export function schemaDrift(before: readonly string[], now: readonly string[]): string[] {
  const old = byObject(before)
  const fresh = byObject(now)
  return [...new Set([...old.keys(), ...fresh.keys()])].sort().flatMap((object) => {
    const was = old.get(object)
    const is = fresh.get(object)
    if (was === undefined) return [`${object} is new`]
    if (is === undefined) return [`${object} is gone`]
    return was === is ? [] : [`${object} has changed (${was} → ${is})`]
  })
}

function byObject(lines: readonly string[]): Map<string, string> {
  return new Map(lines.map(parsed).map(({ object, how }) => [object, how]))
}

function parsed(text: string): SchemaLine {
  const [, kind = '', of = '', rest = ''] = line.exec(text) ?? []
  if (kind === 'column') {
    const [, column = '', how = ''] = numbered.exec(rest) ?? []
    return { object: `column ${of}.${column}`, how: how.trim() }
  }
  if (kind === 'trigger') {
    const [, trigger = '', how = ''] = named.exec(rest) ?? []
    return { object: `trigger ${trigger} of ${of}`, how }
  }
  // A key has no name of its own in the line: it is what it is, or another one.
  if (kind === 'key') return { object: `unique key of ${of} (${rest})`, how: '' }
  const word = words[kind]
  return word === undefined ? { object: text, how: '' } : { object: `${word} ${of}`, how: rest }
}
