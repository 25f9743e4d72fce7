import { quoted } from '../migration/identifier.ts'
import { planSchemas } from '../migration/plan-schemas.ts'
import type { Plan } from '../migration/plan.ts'
import type { Session } from '../postgres/session.ts'
import { foreignKeyKind, type ForeignKey } from './set-aside.ts'
import { readObjectNamesStatement, readSavedStateStatement } from './statements.ts'

interface NamedObject {
  readonly kind: string
  readonly name: string
}

/** Objects of one kind on both sides; names are of those that only one side has. */
export interface ObjectCount {
  readonly kind: string
  readonly source: number
  readonly target: number
  readonly onlySource: readonly string[]
  readonly onlyTarget: readonly string[]
}

/** Counts and names of the objects in the migrated schemas, both sides compared; one statement a side. */
export async function compareObjects(source: Session, target: Session, plan: Plan): Promise<ObjectCount[]> {
  const schemas = [[...planSchemas(plan)]]
  const [ours, theirs, saved] = await Promise.all([
    source.query<NamedObject>(readObjectNamesStatement, schemas),
    target.query<NamedObject>(readObjectNamesStatement, schemas),
    target.query<{ object: string; definition: string }>(readSavedStateStatement, [
      plan.migration,
      foreignKeyKind,
    ]),
  ])
  return countObjects(ours, withKeysUnderWay(ours, theirs, saved))
}

/** A key that comes back stands for itself, wherever it is until it is validated: on the leaves, or only in what is saved. */
function withKeysUnderWay(
  source: readonly NamedObject[],
  target: readonly NamedObject[],
  saved: readonly { readonly object: string; readonly definition: string }[],
): NamedObject[] {
  const kind = 'foreign key'
  const own = new Set(source.filter((object) => object.kind === kind).map(({ name }) => name))
  const names = saved.map(({ definition }) => `.${quoted((JSON.parse(definition) as ForeignKey).name)}`)
  const plain = (name: string) => name.replaceAll('"', '')
  const others = target.filter(
    (object) =>
      object.kind !== kind ||
      own.has(object.name) ||
      !names.some((ending) => plain(object.name).endsWith(plain(ending))),
  )
  const there = new Set(others.map(({ name }) => plain(name)))
  return [
    ...others,
    ...[...own]
      .filter((name) => !there.has(plain(name)) && saved.some(({ object }) => plain(object) === plain(name)))
      .map((name) => ({ kind, name })),
  ]
}

/** Pure half of it, kinds in the order of their names. */
export function countObjects(source: readonly NamedObject[], target: readonly NamedObject[]): ObjectCount[] {
  const of = (objects: readonly NamedObject[], kind: string) =>
    new Set(objects.filter((object) => object.kind === kind).map(({ name }) => name))
  const kinds = [...new Set([...source, ...target].map(({ kind }) => kind))].sort()
  return kinds.map((kind) => {
    const [ours, theirs] = [of(source, kind), of(target, kind)]
    return {
      kind,
      source: ours.size,
      target: theirs.size,
      onlySource: [...ours].filter((name) => !theirs.has(name)),
      onlyTarget: [...theirs].filter((name) => !ours.has(name)),
    }
  })
}
