import { planSchemas } from '../migration/plan-schemas.ts'
import type { Plan } from '../migration/plan.ts'
import type { Session } from '../postgres/session.ts'
import { readObjectNamesStatement } from './statements.ts'

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
  const [ours, theirs] = await Promise.all([
    source.query<NamedObject>(readObjectNamesStatement, schemas),
    target.query<NamedObject>(readObjectNamesStatement, schemas),
  ])
  return countObjects(ours, theirs)
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
