import { subjectOf, type ParityDifference, type ParityItem } from './parity-item.ts'
import { spelledAlike } from './spelling.ts'

/** What an item looks like to whoever compares: the order of the sides is theirs. */
export interface ItemPair {
  readonly source: ParityItem | undefined
  readonly target: ParityItem | undefined
}

/** Items of a kind on both sides. */
export interface KindCount {
  readonly kind: string
  readonly source: number
  readonly target: number
}

/** What servers write themselves, and write otherwise in another version. */
const written: ReadonlySet<string> = new Set(['constraint', 'default', 'generated column', 'table'])

/** What a missing or surplus item takes with it: nobody needs to be told of each column of a missing table. */
const wholes: ReadonlySet<string> = new Set([
  'schema',
  'table',
  'view',
  'materialized view',
  'function',
  'type',
  'domain',
  'sequence',
])

/** Whose properties have its own name: a missing column’s default is no news. */
const parts: ReadonlySet<string> = new Set(['column', 'trigger'])

/**
 * Items that are not the same on both sides, in the order of kind and name. Parts of what is missing or surplus as a whole
 * are not told. `sameMajor` false: what servers write themselves is compared without what versions spell otherwise. Pure.
 */
export function compareItems(
  source: readonly ParityItem[],
  target: readonly ParityItem[],
  sameMajor: boolean,
): ItemPair[] {
  const key = ({ kind, name }: ParityItem) => `${kind}\n${name}`
  const there = new Map(target.map((item) => [key(item), item]))
  const here = new Map(source.map((item) => [key(item), item]))
  const onlySource = source.filter((item) => !there.has(key(item)))
  const onlyTarget = target.filter((item) => !here.has(key(item)))
  const changed = source.flatMap((item) => {
    const other = there.get(key(item))
    return other === undefined || same(item, other, sameMajor) ? [] : [{ source: item, target: other }]
  })
  return [
    ...withoutParts(onlySource).map((item) => ({ source: item, target: undefined })),
    ...changed,
    ...withoutParts(onlyTarget).map((item) => ({ source: undefined, target: item })),
  ]
}

/** One difference as it is told; `texts` are whole definitions by kind and name where they were read. Pure. */
export function toldDifference(
  { source, target }: ItemPair,
  texts: { readonly source: Texts; readonly target: Texts },
): ParityDifference {
  const { kind = '', name = '' } = source ?? target ?? {}
  const text = (item: ParityItem | undefined, known: Texts) =>
    item === undefined ? null : (known.get(textKey(kind, name)) ?? item.shape ?? '')
  return {
    kind,
    name,
    how: howOf({ source, target }),
    source: text(source, texts.source),
    target: text(target, texts.target),
  }
}

export type Texts = ReadonlyMap<string, string>

export function textKey(kind: string, name: string): string {
  return `${kind}\n${name}`
}

/** How many items of each kind each side has, kinds in the order of their names. Pure. */
export function countKinds(source: readonly ParityItem[], target: readonly ParityItem[]): KindCount[] {
  const counts = new Map<string, { source: number; target: number }>()
  const add = (items: readonly ParityItem[], side: 'source' | 'target') => {
    for (const { kind } of items) {
      const count = counts.get(kind) ?? { source: 0, target: 0 }
      counts.set(kind, { ...count, [side]: count[side] + 1 })
    }
  }
  add(source, 'source')
  add(target, 'target')
  return [...counts.entries()].map(([kind, count]) => ({ kind, ...count })).sort(byKind)
}

function byKind(a: KindCount, b: KindCount): number {
  return a.kind < b.kind ? -1 : 1
}

function howOf({ source, target }: ItemPair): ParityDifference['how'] {
  if (target === undefined) return 'missing'
  return source === undefined ? 'surplus' : 'different'
}

function same(item: ParityItem, other: ParityItem, sameMajor: boolean): boolean {
  const shapes =
    item.shape === other.shape ||
    (!sameMajor &&
      written.has(item.kind) &&
      item.shape !== null &&
      other.shape !== null &&
      spelledAlike(item.shape, other.shape))
  return shapes && item.definition === other.definition
}

function withoutParts(items: readonly ParityItem[]): ParityItem[] {
  const whole = new Set(items.filter(({ kind }) => wholes.has(kind)).map(({ name }) => name))
  const schemas = new Set(items.filter(({ kind }) => kind === 'schema').map(({ name }) => name))
  const own = new Set(items.filter(({ kind }) => parts.has(kind)).map(({ name }) => name))
  return items.filter((item) => {
    const subject = subjectOf(item)
    if (item.kind !== 'schema' && schemas.has(schemaOf(subject))) return false
    if (wholes.has(item.kind)) return !ownedByAnother(item, whole)
    return !whole.has(subject) && (parts.has(item.kind) || !own.has(item.name))
  })
}

/** A sequence that belongs to a column of a missing table goes with it. */
function ownedByAnother({ kind, shape }: ParityItem, whole: ReadonlySet<string>): boolean {
  const owner = kind === 'sequence' ? / owned by (.*): /u.exec(shape ?? '')?.[1] : undefined
  return owner !== undefined && whole.has(owner)
}

function schemaOf(name: string): string {
  return /^("(?:[^"]|"")+"|[^."]+)(?:\.|$)/u.exec(name)?.[1] ?? ''
}
