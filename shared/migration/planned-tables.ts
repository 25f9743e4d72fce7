import type { CatalogueRelation } from './catalogue-model.ts'
import { tableSelection, type TablePatterns } from './table-patterns.ts'

export interface PlannedRelations<R extends CatalogueRelation> {
  /** Leaf tables that a task carries. */
  readonly planned: readonly R[]
  /** Partitioned tables above them, up to the root. */
  readonly parents: readonly R[]
  /** Matched, but not carried: foreign tables, materialized views, what belongs to an extension. */
  readonly left: readonly R[]
}

/**
 * What the patterns take. A partition is taken when it or a table above it is included, and left when it or a table
 * above it is excluded; the partitioned table itself is never carried, since its rows would come twice (DMS User
 * Guide, PostgreSQL source: select children only).
 */
export function plannedRelations<R extends CatalogueRelation>(
  relations: readonly R[],
  patterns: TablePatterns,
): PlannedRelations<R> {
  const selection = tableSelection(patterns)
  const byOid = new Map(relations.map((relation) => [relation.oid, relation]))
  const planned: R[] = []
  const left: R[] = []
  const parentOids = new Set<string>()
  for (const relation of relations) {
    const above = relation.isPartition ? ancestors(relation, byOid) : []
    const line = [relation, ...above]
    if (!line.some((one) => selection.includes(one)) || line.some((one) => selection.excludes(one))) continue
    if (relation.ofExtension || relation.kind === 'f' || relation.kind === 'm') left.push(relation)
    else if (relation.kind === 'r') {
      planned.push(relation)
      for (const parent of above) parentOids.add(parent.oid)
    }
  }
  return { planned, parents: relations.filter((relation) => parentOids.has(relation.oid)), left }
}

/** Partitioned tables above a partition, nearest first. */
export function ancestors<R extends CatalogueRelation>(
  relation: CatalogueRelation,
  byOid: ReadonlyMap<string, R>,
): R[] {
  const found: R[] = []
  let current: CatalogueRelation | undefined = relation
  while (current?.isPartition) {
    const parent: R | undefined = byOid.get(current.parentOids[0] ?? '')
    if (parent === undefined) break
    found.push(parent)
    current = parent
  }
  return found
}
