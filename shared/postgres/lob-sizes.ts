import type { CatalogueTable } from '../migration/catalogue-model.ts'
import { qualified, quoted } from '../migration/identifier.ts'
import { lobKind, type LobKind, type LobMaximum } from '../migration/lob-columns.ts'
import type { Session } from './session.ts'

/**
 * The largest value of every LOB column as DMS counts it, exact: one aggregate, and so one scan, for each table that
 * has any. BLOB: bytes. NCLOB: characters × 2, × 4 for a value with a 4-byte character. CLOB: characters, × 2 with one
 * (DMS User Guide, LOB sizing). pg_column_size would measure what TOAST compressed.
 */
export async function measureLobs(
  session: Session,
  tables: readonly CatalogueTable[],
  options: {
    readonly encoding: string
    readonly onTable?: (table: CatalogueTable, lobColumns: number) => void
  },
): Promise<LobMaximum[]> {
  const maxima: LobMaximum[] = []
  for (const table of tables) {
    const lobs = table.columns.flatMap((column) => {
      const kind = lobKind(column)
      return kind === undefined ? [] : [{ column, kind }]
    })
    if (lobs.length === 0) continue
    options.onTable?.(table, lobs.length)
    const [row] = await session.query<Record<string, string | null>>(
      lobStatement(
        table,
        lobs.map(({ column, kind }) => ({ name: column.name, kind })),
        options.encoding,
      ),
    )
    for (const [index, { column, kind }] of lobs.entries()) {
      maxima.push({
        schema: table.schema,
        table: table.table,
        column: column.name,
        type: column.type,
        kind,
        bytes: row?.[`c${index}`] ?? '0',
        exact: true,
      })
    }
  }
  return maxima
}

/** The aggregate of one table. Built here, since its columns differ from table to table; names are always quoted. */
export function lobStatement(
  table: { readonly schema: string; readonly table: string },
  columns: readonly { readonly name: string; readonly kind: LobKind }[],
  encoding: string,
): string {
  const sizes = columns.map(
    ({ name, kind }, index) => `max(${countedSize(quoted(name), kind, encoding)})::text as c${index}`,
  )
  return `select ${sizes.join(',\n  ')}\nfrom only ${qualified(table.schema, table.table)}`
}

function countedSize(column: string, kind: LobKind, encoding: string): string {
  if (kind === 'BLOB') return `octet_length(${column})::bigint`
  const text = `${column}::text`
  const [plain, wide] = kind === 'NCLOB' ? [2, 4] : [1, 2]
  if (encoding !== 'UTF8') return `${plain}::bigint * length(${text})`
  // Only UTF-8 has 4-byte characters. A value of as many bytes as characters has none, and its bytes are known without
  // unpacking it again: most values take this way.
  return `case
    when octet_length(${text}) = length(${text}) then ${plain}::bigint * octet_length(${text})
    when ${text} ~ '[\\U00010000-\\U0010FFFF]' then ${wide}::bigint * length(${text})
    else ${plain}::bigint * length(${text})
  end`
}
