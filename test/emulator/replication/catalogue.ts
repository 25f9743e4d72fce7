import { readFileSync } from 'node:fs'
import type { Client } from 'pg'

const TABLES = readFileSync(new URL('./sql/source-tables.sql', import.meta.url), 'utf8')

/** DMS's LOB classes; everything else is not a LOB. */
export type LobClass = 'BLOB' | 'CLOB' | 'NCLOB'

export interface Column {
  readonly name: string
  /** type without modifier, as SQL */
  readonly type: string
  /** type with modifier, as SQL */
  readonly declaredType: string
  /** name of the type below all domains */
  readonly baseType: string
  readonly baseNamespace: string
  /** pg_type.typtype of the base type: b base, e enum, c composite … */
  readonly kind: string
  /** pg_type.typcategory of the base type: A for arrays */
  readonly category: string
  readonly typmod: number
  readonly notNull: boolean
  readonly generated: boolean
  readonly identityAlways: boolean
}

export interface Table {
  readonly oid: string
  readonly schema: string
  readonly name: string
  /** r table, p partitioned table, v view */
  readonly kind: 'r' | 'p' | 'v'
  /** d default, n nothing, f full, i index */
  readonly replicaIdentity: string
  readonly isPartition: boolean
  readonly hasChildren: boolean
  readonly estimatedRows: number
  readonly keyColumns: readonly string[]
  readonly identityColumns: readonly string[]
  readonly columns: readonly Column[]
}

interface TableRow {
  oid: string
  schema: string
  name: string
  kind: 'r' | 'p' | 'v'
  replica_identity: string
  is_partition: boolean
  has_children: boolean
  estimated_rows: number
  key_columns: string[]
  identity_columns: string[]
  columns: Column[]
}

/** Reads tables, views and partitioned tables of a database, or only those with the given OIDs. */
export async function readTables(client: Client, oids: readonly string[] | null = null): Promise<Table[]> {
  const result = await client.query<TableRow>(TABLES, [oids])
  return result.rows.map((row) => ({
    oid: row.oid,
    schema: row.schema,
    name: row.name,
    kind: row.kind,
    replicaIdentity: row.replica_identity,
    isPartition: row.is_partition,
    hasChildren: row.has_children,
    estimatedRows: row.estimated_rows,
    keyColumns: row.key_columns,
    identityColumns: row.identity_columns,
    columns: row.columns,
  }))
}

/** DMS's LOB class of a column, or null (User Guide, "Source data types for PostgreSQL"). */
export function lobClass(column: Column): LobClass | null {
  if (column.category === 'A') return 'NCLOB'
  if (column.kind === 'c') return 'NCLOB'
  switch (column.baseType) {
    case 'bytea':
      return 'BLOB'
    case 'text':
    case 'citext':
    case 'json':
    case 'jsonb':
    case 'hstore':
      return 'NCLOB'
    case 'xml':
    case 'tsvector':
    case 'tsquery':
    case 'path':
    case 'polygon':
      return 'CLOB'
    default:
      return null
  }
}

/** numeric without precision and scale, which DMS takes for NUMERIC(28,6). */
export function isUnboundedNumeric(column: Column): boolean {
  return column.baseType === 'numeric' && column.typmod === -1
}

/** A table's name as a map key and for people: `"schema"."table"`. */
export function tableKey(schema: string, table: string): string {
  return `"${schema.replaceAll('"', '""')}"."${table.replaceAll('"', '""')}"`
}
