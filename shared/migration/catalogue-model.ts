import type { TableName } from './plan.ts'

/** A column as the catalogue has it. */
export interface CatalogueColumn {
  readonly name: string
  /** As format_type writes it, with length and scale: `numeric(14,2)`, `shop.order_status`. */
  readonly type: string
  /** Name of the type below all domains, without length: `numeric`, `text`, `_int4`. */
  readonly baseType: string
  /** pg_type.typtype of that type: `b` base, `e` enum, `c` composite, `r` range, `m` multirange. */
  readonly typeKind: string
  readonly isArray: boolean
  /** pg_attribute.atttypmod, or that of the domain; -1 where there is none. */
  readonly typeModifier: number
  readonly notNull: boolean
  /** `a` GENERATED ALWAYS AS IDENTITY, `d` BY DEFAULT, empty otherwise. */
  readonly identity: string
  /** `s` stored generated column, empty otherwise. */
  readonly generated: string
  readonly default: string | null
}

export interface CatalogueIndex {
  readonly name: string
  readonly isPrimary: boolean
  readonly isUnique: boolean
  readonly isReplicaIdentity: boolean
  /** False for a deferrable constraint's index. */
  readonly isImmediate: boolean
  readonly isValid: boolean
  readonly isPartial: boolean
  /** Key columns in order; null where the key is an expression. */
  readonly columns: readonly (string | null)[]
}

export interface CatalogueConstraint {
  readonly name: string
  /** `p` primary key, `u` unique, `f` foreign key, `c` check, `x` exclusion. */
  readonly kind: string
  readonly isDeferrable: boolean
  readonly isValidated: boolean
  readonly definition: string
  /** Table that a foreign key points to; null or left out for other kinds. */
  readonly referencedOid?: string | null
}

export interface CatalogueTrigger {
  readonly name: string
  /** `O` origin and local, `R` replica, `A` always, `D` disabled. */
  readonly enabled: string
}

/** Something that could hold rows; pg_class's own letters for kind, persistence and replica identity. */
export interface CatalogueRelation extends TableName {
  readonly oid: string
  /** `r` table, `p` partitioned table, `f` foreign table, `m` materialized view. */
  readonly kind: string
  /** `p` permanent, `u` unlogged. */
  readonly persistence: string
  /** `d` default, `n` nothing, `f` full, `i` index. */
  readonly replicaIdentity: string
  readonly isPartition: boolean
  readonly rowSecurity: boolean
  readonly forceRowSecurity: boolean
  readonly owner: string
  readonly parentOids: readonly string[]
  readonly ofExtension: boolean
}

/** A relation that the migration is about, with all that belongs to it. */
export interface CatalogueTable extends CatalogueRelation {
  readonly columns: readonly CatalogueColumn[]
  readonly indexes: readonly CatalogueIndex[]
  readonly constraints: readonly CatalogueConstraint[]
  readonly triggers: readonly CatalogueTrigger[]
}

export interface CatalogueSequence {
  readonly schema: string
  readonly sequence: string
  readonly type: string
  readonly start: string
  readonly increment: string
  readonly min: string
  readonly max: string
  readonly cycle: boolean
  /** Table whose column owns it. */
  readonly ownerOid: string | null
}

/** One side of a migration as its catalogue has it, narrowed to the migration file's patterns. */
export interface Catalogue {
  /** Leaf tables that a task carries, in the order of their names. */
  readonly planned: readonly CatalogueTable[]
  /** Partitioned tables above them. */
  readonly parents: readonly CatalogueTable[]
  /** What the patterns match but a task cannot carry: foreign tables, materialized views, tables of extensions. */
  readonly left: readonly CatalogueTable[]
  readonly sequences: readonly CatalogueSequence[]
  /** Schemas of the planned tables, sorted. */
  readonly schemas: readonly string[]
}

/** The source's catalogue with its fingerprint: what a plan is made from. */
export interface SourceCatalogue extends Catalogue {
  readonly fingerprint: string
}
