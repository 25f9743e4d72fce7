import type { CatalogueRelation } from './catalogue-model.ts'

/**
 * `schema.table` of the partitioned table at the top, for a partition; undefined for any other table. `parents` are the
 * partitioned tables above. Pure.
 */
export function partitionFamily(
  table: Pick<CatalogueRelation, 'isPartition' | 'parentOids'>,
  parents: readonly Pick<CatalogueRelation, 'oid' | 'schema' | 'table' | 'isPartition' | 'parentOids'>[],
): string | undefined {
  if (!table.isPartition) return undefined
  const [parentOid] = table.parentOids
  const parent = parents.find(({ oid }) => oid === parentOid)
  if (parent === undefined) return parentOid
  return partitionFamily(parent, parents) ?? `${parent.schema}.${parent.table}`
}
