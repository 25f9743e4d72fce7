import type { TableName } from '../migration/plan.ts'
import type { Session } from '../postgres/session.ts'
import { readTableSizes } from './statements.ts'
import { sizeKey, type SourceSizes } from './table-size.ts'

/** Sizes of the tables as they are on the source now; one statement. A table that is not there is left out. */
export async function readSourceSizes(source: Session, tables: readonly TableName[]): Promise<SourceSizes> {
  const rows = await source.query<TableName & { bytes: string; rows: number | null }>(readTableSizes, [
    tables.map(({ schema }) => schema),
    tables.map(({ table }) => table),
  ])
  return new Map(rows.map((row) => [sizeKey(row), { bytes: Number(row.bytes), rows: row.rows }]))
}
