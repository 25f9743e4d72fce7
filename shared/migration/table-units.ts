import type { Catalogue, CatalogueRelation, CatalogueTable } from './catalogue-model.ts'
import { byTableName, byText } from './name-order.ts'
import { ancestors } from './planned-tables.ts'

/** Tables that share a task whatever else happens: joined by foreign keys, or partitions of one table. */
export interface TableUnit {
  /** Name of the partitioned table, or of its first table. */
  readonly name: string
  readonly tables: readonly CatalogueTable[]
  /** True where foreign keys hold it together; partitions alone may be spread. */
  readonly joined: boolean
}

type Side = Pick<Catalogue, 'planned' | 'parents'>

/**
 * The units of some planned tables. A foreign key to or from a partitioned table, or one of its partitions, joins all
 * partitions of it. Foreign keys to tables that are not among them join nothing. In the order of names. Pure.
 */
export function tableUnits({ planned, parents }: Side, among: readonly CatalogueTable[]): TableUnit[] {
  const byOid = new Map([...planned, ...parents].map((table) => [table.oid, table]))
  const rootOf = (table: CatalogueRelation): string => ancestors(table, byOid).at(-1)?.oid ?? table.oid
  const present = new Set(among.map(rootOf))
  const joint = new Joint()
  const joinedRoots = new Set<string>()
  for (const table of byOid.values()) {
    for (const { kind, referencedOid } of table.constraints) {
      const referenced = byOid.get(referencedOid ?? '')
      if (kind !== 'f' || referenced === undefined) continue
      const [from, to] = [rootOf(table), rootOf(referenced)]
      if (!present.has(from) || !present.has(to)) continue
      joint.join(from, to)
      joinedRoots.add(from)
    }
  }
  const units = Map.groupBy([...among].sort(byTableName), (table) => joint.leader(rootOf(table)))
  return [...units.values()]
    .map((tables) => ({
      name: unitName(tables, byOid, rootOf),
      tables,
      joined: tables.some((table) => joinedRoots.has(rootOf(table))),
    }))
    .sort((a, b) => byText(a.name, b.name))
}

function unitName(
  tables: readonly CatalogueTable[],
  byOid: ReadonlyMap<string, CatalogueTable>,
  rootOf: (table: CatalogueRelation) => string,
): string {
  const [first] = [...new Set(tables.map(rootOf))].flatMap((oid) => byOid.get(oid) ?? []).sort(byTableName)
  return first === undefined ? '' : `${first.schema}.${first.table}`
}

/** Sets that grow together (union-find with path halving). */
class Joint {
  readonly #parent = new Map<string, string>()

  leader(one: string): string {
    let current = one
    for (;;) {
      const above = this.#parent.get(current)
      if (above === undefined) return current
      const next = this.#parent.get(above)
      if (next !== undefined) this.#parent.set(current, next)
      current = above
    }
  }

  join(one: string, other: string): void {
    const [a, b] = [this.leader(one), this.leader(other)]
    if (a !== b) this.#parent.set(a, b)
  }
}
