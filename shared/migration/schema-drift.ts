/** One line of the fingerprint: what it is of, and how that is. */
interface SchemaLine {
  readonly object: string
  /** The relation that it is a part of; undefined for the relation itself. */
  readonly part: string | undefined
  readonly how: string
}

const name = String.raw`(?:"(?:[^"]|"")*"|[^\s".]+)`
const line = new RegExp(
  String.raw`^(relation|column|key|child|sequence|trigger) (${name}\.${name})(?: (.*))?$`,
  'su',
)
const numbered = new RegExp(String.raw`^\d+ (${name})(?: (.*))?$`, 'su')
const named = new RegExp(String.raw`^(${name})(?: (.*))?$`, 'su')

/** pg_class: relkind, relpersistence, relreplident. */
const kinds: Readonly<Record<string, string>> = {
  r: 'table',
  p: 'partitioned table',
  f: 'foreign table',
  m: 'materialized view',
  S: 'relation of the sequence',
}
const persistences: Readonly<Record<string, string>> = { p: 'logged', u: 'unlogged' }
const identities: Readonly<Record<string, string>> = { d: 'default', n: 'nothing', f: 'full', i: 'index' }

/**
 * What changed between two lists of lines that read-fingerprint.sql made, object by object, as a person would say it:
 * `column shop.orders.note is new`. Of a relation that is new or gone its parts are not told as well. Names are quoted where
 * SQL needs it. Pure.
 */
export function schemaDrift(before: readonly string[], now: readonly string[]): string[] {
  const old = byObject(before)
  const fresh = byObject(now)
  const whole = (lines: ReadonlyMap<string, SchemaLine>, { part }: SchemaLine) =>
    part === undefined || [...wholes].some((word) => lines.has(`${word} ${part}`))
  return [...new Set([...old.keys(), ...fresh.keys()])].sort().flatMap((object) => {
    const was = old.get(object)
    const is = fresh.get(object)
    if (was === undefined) return is === undefined || !whole(old, is) ? [] : [`${object} is new`]
    if (is === undefined) return whole(fresh, was) ? [`${object} is gone`] : []
    return was.how === is.how ? [] : [`${object} has changed (${was.how} → ${is.how})`]
  })
}

const wholes: readonly string[] = Object.values(kinds)

function byObject(lines: readonly string[]): Map<string, SchemaLine> {
  return new Map(lines.map((text) => parsed(text)).map((found) => [found.object, found]))
}

function parsed(text: string): SchemaLine {
  const [, kind = '', of = '', rest = ''] = line.exec(text) ?? []
  switch (kind) {
    case 'column': {
      const [, column = '', how = ''] = numbered.exec(rest) ?? []
      return { object: `column ${of}.${column}`, part: of, how: how.trim() }
    }
    case 'trigger': {
      const [, trigger = '', how = ''] = named.exec(rest) ?? []
      return { object: `trigger ${trigger} of ${of}`, part: of, how }
    }
    // A key has no name of its own in the line: it is what it is, or another one.
    case 'key':
      return { object: `unique key of ${of} (${rest})`, part: of, how: '' }
    case 'child':
      return { object: `partition ${of}`, part: of, how: rest }
    case 'sequence':
      return { object: `sequence ${of}`, part: of, how: rest }
    case 'relation':
      return relation(of, rest)
    default:
      return { object: text, part: undefined, how: '' }
  }
}

function relation(of: string, rest: string): SchemaLine {
  const [kind = '', persistence = '', identity = '', partition = '', rowSecurity = ''] = rest.split(' ')
  const how = [
    persistences[persistence] ?? persistence,
    `replica identity ${identities[identity] ?? identity}`,
    ...(partition === 't' ? ['partition'] : []),
    ...(rowSecurity === 't' ? ['row security'] : []),
  ]
  return { object: `${kinds[kind] ?? 'relation'} ${of}`, part: undefined, how: how.join(', ') }
}
