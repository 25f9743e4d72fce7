import type { Fact } from './known-fact.ts'

export type ObjectKind =
  | 'view'
  | 'materialized view'
  | 'function'
  | 'type'
  | 'domain'
  | 'index'
  | 'trigger'
  | 'policy'
  | 'statistics'
  | 'publication'
  | 'rule'
  | 'owner'
  | 'table option'

/** An object of the database that is no row. Those of extensions and of this migration are left out. */
export interface DatabaseObject {
  readonly kind: ObjectKind
  /** With its schema, and with argument types for functions. */
  readonly name: string
  /** What must be the same whatever the version: columns of a view, labels of an enum in order. Null where there is none. */
  readonly shape: string | null
  /** Hash of the whole definition as this version of PostgreSQL writes it. */
  readonly definition: string
}

/** Who may do what on one object, but its owner. */
export interface ObjectGrants {
  /** `table shop.orders`, `sequence shop.x`, `schema shop`. */
  readonly object: string
  /** `shop_app: SELECT`, sorted. */
  readonly grants: readonly string[]
}

export interface InstalledExtension {
  readonly name: string
  readonly version: string
}

/** How text sorts: database and columns. */
export interface CollationFacts {
  /** `libc`, `icu`, `builtin`. */
  readonly provider: string
  readonly collate: string
  readonly ctype: string
  readonly locale: string | null
  /** The version with which the indexes were made, and the one that runs; null where the provider tells none. */
  readonly recorded: string | null
  readonly actual: string | null
  /** `shop.orders.name` → collation, for columns with one of their own. */
  readonly columns: Readonly<Record<string, string>>
}

export interface ParityFacts {
  readonly databaseObjects: Fact<readonly DatabaseObject[]>
  readonly grants: Fact<readonly ObjectGrants[]>
  readonly extensionVersions: Fact<readonly InstalledExtension[]>
  readonly collations: Fact<CollationFacts>
}
