import type { LobSample } from '../migration/lob-columns.ts'
import { MigrationError } from '../runtime/errors.ts'
import { firstLookPercent, nextLook, type LobTableSize } from './lob-schedule.ts'
import { exactLobStatement, sampledLobStatement, type LobQuery } from './lob-statement.ts'
import { sqlState, type Session } from './session.ts'

/** A table to be measured. */
export interface LobTable {
  readonly query: LobQuery
  readonly size: LobTableSize
  /** Called once, when its turn comes. */
  readonly onStart: () => void
}

/** What was seen of a table. */
export interface LobLook {
  /** Largest value of each column in the order of the query, as text; null where there is none. */
  readonly bytes: readonly (string | null)[]
  /** Undefined where everything was seen. */
  readonly sample?: LobSample
}

/** Scans every table once, the largest first, so that no session is left alone with it at the end. */
export async function scanAll(
  sessions: readonly Session[],
  tables: readonly LobTable[],
): Promise<Map<LobTable, LobLook>> {
  const looks = new Map<LobTable, LobLook>()
  await shareOut(
    sessions,
    tables.toSorted((a, b) => b.size.bytes - a.size.bytes),
    async (session, table) => {
      table.onStart()
      looks.set(table, await scan(session, table))
    },
  )
  return looks
}

/**
 * As many tables as possible in full before `leftMs` is 0: first a sample of each, since a bad answer is better than none,
 * then scans, both from the smallest on. What cannot be scanned gets a larger sample with the time that is left.
 */
export async function measureWithin(
  sessions: readonly Session[],
  tables: readonly LobTable[],
  leftMs: () => number,
): Promise<Map<LobTable, LobLook>> {
  const looks = new Map<LobTable, LobLook>()
  const ascending = tables.toSorted((a, b) => a.size.bytes - b.size.bytes)
  const sampled = new Map<LobTable, { percent: number; ms: number }>()
  await shareOut(sessions, ascending, async (session, table) => {
    table.onStart()
    const percent = firstLookPercent(table.size)
    const startedAt = performance.now()
    // Half at most: one table must not take the time of all.
    const look = await inTime(
      session,
      () => leftMs() / 2,
      () => (percent === undefined ? scan(session, table) : sample(session, table, percent)),
    )
    looks.set(table, look ?? nothingSeen(table))
    if (look?.sample !== undefined && percent !== undefined)
      sampled.set(table, { percent, ms: performance.now() - startedAt })
  })
  let tablesLeft = sampled.size
  await shareOut(
    sessions,
    ascending.filter((table) => sampled.has(table)),
    async (session, table) => {
      const first = sampled.get(table) ?? { percent: 100, ms: 0 }
      const next = nextLook({
        sampledPercent: first.percent,
        sampledMs: first.ms,
        leftMs: leftMs(),
        tablesLeft,
        sessions: sessions.length,
      })
      tablesLeft -= 1
      if (next.kind === 'leave') return
      const look = await inTime(session, leftMs, () =>
        next.kind === 'scan' ? scan(session, table) : sample(session, table, next.percent),
      )
      if (look !== undefined)
        looks.set(table, look.sample === undefined ? look : larger(looks.get(table), look))
    },
  )
  return looks
}

async function scan(session: Session, { query, size }: LobTable): Promise<LobLook> {
  const [row] = await session.query<Row>(exactLobStatement(query, firstLookPercent(size)))
  return { bytes: bytesOf(query, row) }
}

async function sample(session: Session, { query, size }: LobTable, percent: number): Promise<LobLook> {
  const [row] = await session.query<Row>(sampledLobStatement(query, percent))
  return {
    bytes: bytesOf(query, row),
    sample: { pages: row?.['pages'] ?? '0', ofPages: String(size.pages), rows: row?.['rows'] ?? '0' },
  }
}

type Row = Readonly<Record<string, string | null>>

function bytesOf({ columns }: LobQuery, row: Row | undefined): (string | null)[] {
  return columns.map((_, index) => row?.[`c${index}`] ?? null)
}

function nothingSeen({ query, size }: LobTable): LobLook {
  return {
    bytes: query.columns.map(() => null),
    sample: { pages: '0', ofPages: String(size.pages), rows: '0' },
  }
}

/** The second of two samples, with what the first had seen to be larger. */
function larger(first: LobLook | undefined, second: LobLook): LobLook {
  const bytes = second.bytes.map((value, index) => {
    const before = first?.bytes[index] ?? null
    return before !== null && (value === null || BigInt(before) > BigInt(value)) ? before : value
  })
  return { ...second, bytes }
}

/** Undefined where the time was not enough. Nothing is begun in the last milliseconds. */
async function inTime<T>(
  session: Session,
  leftMs: () => number,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const ms = Math.floor(leftMs())
  if (ms < 5) return undefined
  try {
    await session.query("select set_config('statement_timeout', $1, false)", [`${ms}ms`])
    return await work()
  } catch (error) {
    // 57014: the server's own timeout. A cancelled run is a MigrationError.
    if (!(error instanceof MigrationError) && sqlState(error) === '57014') return undefined
    throw error
  }
}

/** Every session takes the next table until there is none, or until one failed; then throws what it threw. */
async function shareOut(
  sessions: readonly Session[],
  tables: readonly LobTable[],
  work: (session: Session, table: LobTable) => Promise<void>,
): Promise<void> {
  const waiting = [...tables]
  const failures: unknown[] = []
  await Promise.all(
    sessions.map(async (session) => {
      try {
        for (let table = waiting.shift(); table !== undefined; table = waiting.shift())
          await work(session, table)
      } catch (error) {
        failures.push(error)
        waiting.length = 0
      }
    }),
  )
  if (failures.length > 0) throw failures[0]
}
