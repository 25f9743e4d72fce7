import type { CatalogueColumn, CatalogueTable } from '../migration/catalogue-model.ts'
import { isUnboundedVarchar, lobKind, type LobKind, type LobMaximum } from '../migration/lob-columns.ts'
import { partitionFamily } from '../migration/partition-family.ts'
import { measureWithin, scanAll, type LobLook, type LobTable } from './lob-scans.ts'
import { readLobTableSizes } from './lob-statements.ts'
import type { Session } from './session.ts'

export interface LobOptions {
  /** server_encoding. */
  readonly encoding: string
  /** Longest time for all of it, in ms; no bound without. What does not fit is sampled and not `exact`. */
  readonly budgetMs?: number | undefined
  /** Tables measured at the same time, each on a session of its own beside the given one. */
  readonly sessions?: number
  /** Partitioned tables above the given ones: their partitions share a limit. */
  readonly parents?: readonly CatalogueTable[]
  readonly onTable?: (table: CatalogueTable, lobColumns: number) => void
}

/** Enough for the servers that migrations start from, few enough to leave a production server its other cores. */
const usualSessions = 4

/**
 * The largest value of every LOB column as DMS counts it, exact where time allows: one scan for each table that has any,
 * several tables at a time. pg_column_size would measure what TOAST compressed, statistics and samples miss the few huge
 * values that a limit is for. Opens further sessions like the given one and closes them. Reads only.
 */
export async function measureLobs(
  session: Session,
  tables: readonly CatalogueTable[],
  options: LobOptions,
): Promise<LobMaximum[]> {
  return measure(session, tables, options, lobKind)
}

/**
 * The same, and in the same scans the largest value in bytes of every varchar column without a length, which DMS cuts as
 * well (DMS User Guide, PostgreSQL source, unboundedVarcharMaxSize).
 */
export async function measureLobsAndVarchars(
  session: Session,
  tables: readonly CatalogueTable[],
  options: LobOptions,
): Promise<{ readonly lobs: LobMaximum[]; readonly varchars: LobMaximum[] }> {
  const unbounded = new Set(
    tables.flatMap(({ schema, table, columns }) =>
      columns.filter(isUnboundedVarchar).map(({ name }) => JSON.stringify([schema, table, name])),
    ),
  )
  const maxima = await measure(session, tables, options, (column) =>
    isUnboundedVarchar(column) ? 'BLOB' : lobKind(column),
  )
  const isVarchar = ({ schema, table, column }: LobMaximum) =>
    unbounded.has(JSON.stringify([schema, table, column]))
  return { lobs: maxima.filter((one) => !isVarchar(one)), varchars: maxima.filter(isVarchar) }
}

async function measure(
  session: Session,
  tables: readonly CatalogueTable[],
  options: LobOptions,
  kindOf: (column: CatalogueColumn) => LobKind | undefined,
): Promise<LobMaximum[]> {
  const { encoding, budgetMs, sessions = usualSessions, parents = [], onTable } = options
  const chosen = tables
    .map((table) => ({ table, lobs: measuredColumns(table, kindOf) }))
    .filter(({ lobs }) => lobs.length > 0)
  if (chosen.length === 0) return []
  const startedAt = performance.now()
  const sizes = await tableSizes(
    session,
    chosen.map(({ table }) => table.oid),
  )
  const work = chosen.map(({ table, lobs }): LobTable => ({
    query: { table, columns: lobs.map(({ column, kind }) => ({ name: column.name, kind })), encoding },
    size: sizes.get(table.oid) ?? { pages: 0, bytes: 0 },
    onStart: () => onTable?.(table, lobs.length),
  }))
  const more = await openMore(session, Math.min(sessions, work.length), budgetMs)
  let looks: Map<LobTable, LobLook>
  try {
    const leftMs = () => (budgetMs ?? 0) - (performance.now() - startedAt)
    looks = budgetMs === undefined ? await scanAll(more, work) : await measureWithin(more, work, leftMs)
  } finally {
    await Promise.all(more.map((one) => one.close()))
  }
  return chosen.flatMap(({ table, lobs }, index) => {
    const family = partitionFamily(table, parents)
    const look = looks.get(work[index] as LobTable)
    return lobs.map(({ column, kind }, at): LobMaximum => ({
      schema: table.schema,
      table: table.table,
      column: column.name,
      type: column.type,
      kind,
      bytes: look?.bytes[at] ?? '0',
      exact: look !== undefined && look.sample === undefined,
      ...(look?.sample === undefined ? {} : { sample: look.sample }),
      ...(family === undefined ? {} : { family }),
    }))
  })
}

function measuredColumns(table: CatalogueTable, kindOf: (column: CatalogueColumn) => LobKind | undefined) {
  return table.columns.flatMap((column) => {
    const kind = kindOf(column)
    return kind === undefined ? [] : [{ column, kind }]
  })
}

async function tableSizes(session: Session, oids: readonly string[]) {
  const rows = await session.query<{ oid: string; pages: string; bytes: string }>(readLobTableSizes, [
    [...oids],
  ])
  return new Map(rows.map(({ oid, pages, bytes }) => [oid, { pages: Number(pages), bytes: Number(bytes) }]))
}

/** At least one, or an error; fewer than asked where the server has no connections to spare. */
async function openMore(session: Session, count: number, budgetMs: number | undefined): Promise<Session[]> {
  const settings = {
    // A scan takes as long as it takes; with a budget, the client too notices a server that says nothing any more.
    statement_timeout: budgetMs === undefined ? '0' : `${Math.ceil(budgetMs)}ms`,
    // As many processes as sessions, no more; and with workers a scan counts once for each in pg_stat_user_tables.
    max_parallel_workers_per_gather: '0',
    // A login that row security hides rows from gets an error, not a maximum of the others.
    row_security: 'off',
  }
  const first = await session.another(settings)
  const others = await Promise.allSettled(Array.from({ length: count - 1 }, () => session.another(settings)))
  return [first, ...others.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))]
}
