import { plainName, type MeantDifferences, type ParityDifference } from './parity-item.ts'

/** A part of a table as saved_state describes it. */
interface SavedPart {
  readonly schema: string
  readonly table: string
  readonly name?: string
  readonly column?: string
  readonly enabled?: string
}

interface SavedGuard {
  readonly keep: readonly string[]
  readonly grants: readonly { readonly grantee: string; readonly grantable: boolean }[] | null
}

const letters: Readonly<Record<string, string>> = { O: 'enabled', D: 'disabled', R: 'replica', A: 'always' }

/** Says of a difference why it is meant until the cutover; undefined where nothing says so. */
export type Expectation = (difference: ParityDifference) => string | undefined

/**
 * Which differences the migration itself has made and will undo. Only what its control schema says counts: a trigger that
 * somebody else disabled looks the same, and is none of them. `parents`: the table that a partition is of. Pure.
 */
export function expectations(meant: MeantDifferences, parents: ReadonlyMap<string, string>): Expectation {
  const parts = (kind: string) =>
    new Map(
      meant.saved
        .filter((row) => row.kind === kind)
        .map(({ definition }) => [partName(definition as SavedPart), definition as SavedPart] as const),
    )
  const [keys, indexes, triggers, notNulls] = [
    parts('foreign-key'),
    parts('index'),
    parts('trigger'),
    parts('not-null'),
  ]
  const keyNames = new Set([...keys.values()].map(({ name }) => name ?? ''))
  const postData = meant.saved
    .filter(({ kind }) => kind === 'post-data')
    .map(({ definition }) => plainName((definition as { sql: string }).sql))
  const guard = meant.saved.find(({ kind }) => kind === 'guard')?.definition as SavedGuard | undefined
  const own = new Set(meant.ownRoles.map(plainName))

  return (difference) => {
    const { kind, how } = difference
    const name = plainName(difference.name)
    const last = name.slice(name.lastIndexOf(': ') + 2)
    if (kind === 'grant' || kind === 'default privilege') {
      const grantee = name.slice(name.lastIndexOf(' to ') + 4)
      if (own.has(grantee)) return 'a login of the migration or of DMS; cleanup takes its rights'
      if (guard !== undefined && difference.name.startsWith('database to ')) {
        const restored = withoutGuard(difference.target, grantee, guard)
        if (restored === (difference.source ?? ''))
          return 'the guard keeps CONNECT from everybody but DMS; the opening gives it back'
      }
      return undefined
    }
    if (kind === 'trigger state' && how === 'different' && difference.target === 'disabled') {
      const saved = triggers.get(name)
      return saved !== undefined && letters[saved.enabled ?? ''] === difference.source
        ? 'disabled while DMS writes; the opening gives it this state back'
        : undefined
    }
    if (kind === 'constraint') {
      const away = keys.has(name) && (how === 'missing' || notValid(difference))
      // On a partitioned table the leaves carry the key until each is validated.
      const onLeaf = how === 'surplus' && keyNames.has(last)
      if (away || onLeaf)
        return 'the foreign key is set aside for the load; it is back before the target opens, and validated'
    }
    if (kind === 'index' && how === 'missing' && indexes.has(name))
      return 'set aside for the load; made again when that has ended'
    if (
      kind === 'not null' &&
      how === 'missing' &&
      withParents(name, parents).some((one) => notNulls.has(one))
    )
      return 'taken off the LOB column, which DMS writes in a second step; the opening puts it back'
    if (
      how === 'missing' &&
      laterKinds.has(kind) &&
      postData.some((sql) => hasWord(sql, last.slice(last.lastIndexOf('.') + 1)))
    )
      return 'waits in the second part of the dumped schema, which is made when the load has ended'
    return undefined
  }
}

/** What pg_dump writes after the data. */
const laterKinds: ReadonlySet<string> = new Set([
  'trigger',
  'trigger state',
  'rule',
  'policy',
  'statistics',
  'publication',
  'publication tables',
  'event trigger',
  'comment',
  'row security',
])

function partName({ schema, table, name, column }: SavedPart): string {
  return plainName(`${schema}.${table}: ${name ?? column ?? ''}`)
}

/** A part of a partition, and the same part of every table above it: what is changed there is changed below. */
function withParents(name: string, parents: ReadonlyMap<string, string>): string[] {
  const at = name.indexOf(': ')
  const parent = parents.get(name.slice(0, at))
  return parent === undefined ? [name] : [name, ...withParents(`${parent}${name.slice(at)}`, parents)]
}

function notValid({ source, target }: ParityDifference): boolean {
  return source !== null && target === `${source} NOT VALID`
}

function hasWord(text: string, word: string): boolean {
  const at = text.indexOf(word)
  if (at < 0 || word === '') return false
  const letter = /[\w$]/u
  for (let place = at; place >= 0; place = text.indexOf(word, place + 1)) {
    if (!letter.test(text.charAt(place - 1)) && !letter.test(text.charAt(place + word.length))) return true
  }
  return false
}

/** The rights of a grantee on the database as they will be when the guard is lifted. */
function withoutGuard(held: string | null, grantee: string, guard: SavedGuard): string {
  const others = (held ?? '').split(', ').filter((right) => right !== '' && !right.startsWith('CONNECT'))
  const before = (guard.grants ?? []).filter((grant) =>
    grant.grantee === '' ? grantee === 'PUBLIC' : grant.grantee === grantee,
  )
  const connect = before.map(({ grantable }) => (grantable ? 'CONNECT WITH GRANT OPTION' : 'CONNECT'))
  return [...new Set([...others, ...connect])].sort().join(', ')
}
