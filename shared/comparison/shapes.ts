import type { Session } from '../postgres/session.ts'
import type { ComparedTable } from './comparison.ts'
import { readComparedShapes, sortedAlike } from './statements.ts'

/** A column of the key as one side has it. */
export interface KeyColumn {
  readonly name: string
  /** As a cast takes it. */
  readonly type: string
  readonly notNull: boolean
  /** Schema of the operators that compare it. */
  readonly operators: string
  /** What sorts it: empty where no collation does, `C` where bytes do; the same text means the same order, about. */
  readonly order: string
  /** Quoted name; null where the type has none. */
  readonly collation: string | null
  /** How far rows lie in the order of this column, -1 to 1; null where it was never analyzed. */
  readonly correlation: number | null
  /** pg_stats.n_distinct: how many values there are, or as a share of the rows where negative. */
  readonly distinct: number | null
  /** Values in its order, with as many rows between each two; given for the first column where there are statistics. */
  readonly histogram: readonly string[] | null
}

/** A table as one side has it. */
export interface SideShape {
  /** pg_class.relkind; null where the table is not there. */
  readonly kind: string | null
  readonly encoding: string
  /** Rows by the last VACUUM or ANALYZE. */
  readonly tuples: number
  /** With TOAST, without indexes. */
  readonly bytes: number
  /** Which files hold its rows: others after TRUNCATE or a reload. Empty where there are none. */
  readonly files: string
  readonly key: readonly KeyColumn[]
}

/** Shapes of all tables on one side, in their order, by one statement. */
export async function readShapes(
  session: Session,
  tables: readonly ComparedTable[],
  side: 'source' | 'target',
): Promise<SideShape[]> {
  const asked = tables.map((table, place) => ({ place, ...table[side], key: table.key ?? [] }))
  const rows = await session.query<{
    kind: string | null
    encoding: string
    tuples: string | null
    bytes: string | null
    files: string | null
    key: KeyColumn[]
  }>(readComparedShapes, [JSON.stringify(asked)])
  return rows.map(({ kind, encoding, tuples, bytes, files, key }) => ({
    kind,
    encoding,
    tuples: Number(tuples ?? 0),
    bytes: Number(bytes ?? 0),
    files: files ?? '',
    key,
  }))
}

/** How a table is divided into chunks. */
export type Division =
  | { readonly kind: 'key' }
  /** Every part reads the whole table, so there are few. */
  | { readonly kind: 'key-hash' }
  | { readonly kind: 'multiset' }

/**
 * By ranges of the key, unless both sides sort it otherwise. Ranges are right even then: boundaries in any order leave no row
 * out, and a row that falls into another range on the other side is looked up there before anything is said. It would
 * only be slow, so that a sample of values, as the source sorts them, decides. Pure.
 */
export function divisionOf(
  table: ComparedTable,
  source: SideShape,
  target: SideShape,
  sampleSortedAlike: boolean,
): Division {
  if (table.key === undefined) return { kind: 'multiset' }
  // A row comparison takes its operators from one place.
  const foreign = [source, target].some(
    ({ key }) => key.length > 1 && key.some(({ operators }) => operators !== 'pg_catalog'),
  )
  if (foreign) return { kind: 'key-hash' }
  const [first, twin] = [source.key[0], target.key[0]]
  return first?.order === twin?.order || sampleSortedAlike ? { kind: 'key' } : { kind: 'key-hash' }
}

/** Whether the other side sorts as the source's statistics are sorted; false where there are none. */
export async function isSampleSortedAlike(
  session: Session,
  source: SideShape,
  target: SideShape,
): Promise<boolean> {
  const [first, twin] = [source.key[0], target.key[0]]
  if (first === undefined || twin === undefined || first.order === twin.order) return true
  if (first.histogram === null || twin.collation === null) return false
  const [row] = await session.query<{ sorted: boolean }>(
    sortedAlike.replaceAll('%COLLATION%', () => twin.collation ?? ''),
    [[...first.histogram]],
  )
  return row?.sorted ?? false
}
