import type { TableName } from '../migration/plan.ts'

/** What the source's catalogue says of a table. */
export interface TableSize {
  /** Bytes on disk, TOAST and bloat included: DMS counts rows only, so this is what bytes are measured by. */
  readonly bytes: number
  /** The planner's estimate; null where the table was never analysed, or has no rows. */
  readonly rows: number | null
}

/** Sizes by table, as `sizeKey` names them. */
export type SourceSizes = ReadonlyMap<string, TableSize>

/** Unambiguous whatever the names hold. */
export function sizeKey({ schema, table }: TableName): string {
  return JSON.stringify([schema, table])
}
