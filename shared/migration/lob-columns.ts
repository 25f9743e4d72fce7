import type { CatalogueColumn } from './catalogue-model.ts'

/** How DMS treats a large value: BLOB counts bytes, CLOB and NCLOB count characters (dms data type tables). */
export type LobKind = 'BLOB' | 'CLOB' | 'NCLOB'

const kinds: Readonly<Record<string, LobKind>> = {
  text: 'NCLOB',
  citext: 'NCLOB',
  json: 'NCLOB',
  jsonb: 'NCLOB',
  hstore: 'NCLOB',
  bytea: 'BLOB',
  xml: 'CLOB',
  tsvector: 'CLOB',
  tsquery: 'CLOB',
  path: 'CLOB',
  polygon: 'CLOB',
}

/**
 * The LOB class that DMS gives a column, or undefined (DMS User Guide, Source data types for PostgreSQL). Arrays and
 * composite types are NCLOB whatever they hold.
 */
export function lobKind(column: CatalogueColumn): LobKind | undefined {
  if (column.isArray || column.typeKind === 'c') return 'NCLOB'
  return kinds[column.baseType]
}

/** varchar without a length: no LOB to DMS, but cut at 8,000 bytes (unboundedVarcharMaxSize). */
export function isUnboundedVarchar({ baseType, isArray, typeModifier }: CatalogueColumn): boolean {
  return baseType === 'varchar' && !isArray && typeModifier < 0
}

/** What a sample saw. Pages were chosen at random, so pages are what can be counted on, not rows. */
export interface LobSample {
  /** Pages seen, and pages that the table has; bigint as text. */
  readonly pages: string
  readonly ofPages: string
  /** Rows on the pages seen; bigint as text. */
  readonly rows: string
}

/** Largest value of one LOB column, as DMS counts it. */
export interface LobMaximum {
  readonly schema: string
  readonly table: string
  readonly column: string
  readonly type: string
  readonly kind: LobKind
  /** bigint as text. The largest of all where `exact`, otherwise the largest that a sample saw. */
  readonly bytes: string
  /** False where time allowed no more than a sample: then larger values may be there. */
  readonly exact: boolean
  /** Given where not exact. */
  readonly sample?: LobSample
  /** The partitioned table whose partition it is: partitions share their limit, since rows may land in any of them. */
  readonly family?: string
}
