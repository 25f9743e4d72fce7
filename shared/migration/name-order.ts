import type { TableName } from './plan.ts'

/** Order by code unit, never by locale: digests must be the same on every runner. */
export function byText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** Tables by schema, then by name. */
export function byTableName(a: TableName, b: TableName): number {
  return byText(a.schema, b.schema) || byText(a.table, b.table)
}
