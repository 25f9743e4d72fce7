import type { HbaRule, ServerState, WalRate } from '../preflight/server-state-facts.ts'
import {
  readHbaRulesStatement,
  readServerStateStatement,
  readWalAverageStatement,
  readWalEndStatement,
  readWalStartStatement,
} from './server-state-statements.ts'
import { sqlState, type Session } from './session.ts'

/** Where WAL stood when a measurement began. */
export interface WalPosition {
  readonly lsn: string
  /** Seconds of the server's clock. */
  readonly at: number
}

/** Settings of which preflight wants to know with what value a new session begins. */
export const sessionDefaults: readonly string[] = [
  'DateStyle',
  'IntervalStyle',
  'TimeZone',
  'bytea_output',
  'client_encoding',
  'default_text_search_config',
  'default_transaction_isolation',
  'default_transaction_read_only',
  'escape_string_warning',
  'extra_float_digits',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'jit',
  'lc_messages',
  'lc_monetary',
  'lc_numeric',
  'lc_time',
  'lock_timeout',
  'max_connections',
  'max_prepared_transactions',
  'password_encryption',
  'rds.force_ssl',
  'row_security',
  'search_path',
  'session_replication_role',
  'shared_preload_libraries',
  'ssl',
  'standard_conforming_strings',
  'statement_timeout',
  'synchronous_commit',
  'track_counts',
  'transaction_timeout',
  'transform_null_equals',
  'xmlbinary',
  'xmloption',
  'autovacuum_freeze_max_age',
]

/** State of the server beyond its facts. One statement. */
export async function readServerState(session: Session, oids: readonly string[]): Promise<ServerState> {
  const [row] = await session.query<ServerState>(readServerStateStatement, [[...sessionDefaults], [...oids]])
  if (row === undefined) throw new Error('the state of the server could not be read')
  return row
}

/** Begins to measure how fast WAL is written. */
export async function startWalRate(session: Session): Promise<WalPosition> {
  const [row] = await session.query<WalPosition>(readWalStartStatement)
  if (row === undefined) throw new Error('the position of WAL could not be read')
  return row
}

/**
 * Ends the measurement: bytes since then, and the average since the counters of pg_stat_wal were reset. A moment says
 * nothing, so at least a second is measured, and three where there is no average beside it.
 */
export async function endWalRate(
  session: Session,
  start: WalPosition,
  versionNumber: number,
): Promise<WalRate> {
  const look = async () => {
    const [row] = await session.query<{ bytes: string; seconds: number }>(readWalEndStatement, [
      start.lsn,
      start.at,
    ])
    if (row === undefined) throw new Error('the position of WAL could not be read')
    return row
  }
  const [average] =
    versionNumber >= 140_000
      ? await session.query<{ bytes: string; seconds: number }>(readWalAverageStatement)
      : []
  const { seconds } = await look()
  const rest = (average === undefined ? 3 : 1) - seconds
  if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest * 1000))
  return { ...(await look()), average: average ?? null }
}

/** What pg_hba.conf lets in from the network. Throws with the missing GRANT where the login may not look. */
export async function readHbaRules(session: Session, login: string): Promise<readonly HbaRule[]> {
  try {
    return await session.query<HbaRule>(readHbaRulesStatement)
  } catch (cause) {
    if (sqlState(cause) !== '42501') throw cause
    throw new Error(
      `${login} may not look into pg_hba.conf; as a superuser: GRANT SELECT ON pg_hba_file_rules TO "${login.replaceAll('"', '""')}"; GRANT EXECUTE ON FUNCTION pg_hba_file_rules() TO "${login.replaceAll('"', '""')}";`,
      { cause },
    )
  }
}
