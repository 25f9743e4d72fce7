import { setTimeout as delay } from 'node:timers/promises'
import type { Session } from '../postgres/session.ts'
import { MigrationError } from '../runtime/errors.ts'

/**
 * Settings of the session that holds the locks. They are the dead-man: when the runner or its network is lost,
 * PostgreSQL itself rolls back and the database is as it was. `idle_in_transaction_session_timeout` needs the heartbeat
 * below; the keepalives notice a peer that is gone without a FIN; `transaction_timeout` (17 and later) bounds the whole.
 */
export function lockSessionSettings(freezeBudgetMs: number): Readonly<Record<string, string>> {
  return {
    idle_in_transaction_session_timeout: '2s',
    transaction_timeout: `${freezeBudgetMs + preLockMs}ms`,
    statement_timeout: `${Math.min(freezeBudgetMs, 30_000)}ms`,
    lock_timeout: '0',
    ...goneWithoutFin,
  }
}

/** Notice a peer that is gone without a word. */
const goneWithoutFin = {
  tcp_keepalives_idle: '2',
  tcp_keepalives_interval: '1',
  tcp_keepalives_count: '2',
  tcp_user_timeout: '4000',
}

/**
 * Settings of the session that opens the other database: of a runner that is lost with an opening half done nothing stays that a
 * re-run would have to wait for.
 */
export function openingSessionSettings(freezeBudgetMs: number): Readonly<Record<string, string>> {
  return {
    statement_timeout: `${freezeBudgetMs + 30_000}ms`,
    idle_in_transaction_session_timeout: '10s',
    ...goneWithoutFin,
  }
}

/**
 * Ends a run's lock session and waits until its backend is gone: its locks and its hold on the decision row with it.
 * Throws `timeout` where it stays for 3 s.
 */
export async function endLockSession(from: Session, pid: number): Promise<void> {
  for (let attempt = 1; attempt <= 60; attempt += 1) {
    const rows = await from.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where pid = $1 and datname = current_database() and application_name = 'aurora-migration cutover' and pid <> pg_backend_pid()`,
      [pid],
    )
    if (rows.length === 0) return
    await delay(50)
  }
  throw new MigrationError('timeout', `the lock session ${pid} on the ${from.label} does not end`, {
    remedy: `On the ${from.label}: select pg_terminate_backend(${pid});`,
  })
}

/** Longest wait for SHARE UPDATE EXCLUSIVE, which writers do not notice: an autovacuum yields after about 1 s. */
export const preLockMs = 10_000

const heartbeatMs = 300

/** A beat without an answer for so long is a lost session: the server has given up on an idle one by then. */
const unansweredMs = 3000

export interface Heartbeat {
  /** Rejects as soon as the lock session is lost, so that nothing is waited for without its locks; never resolves. */
  readonly lost: Promise<never>
  /** Waits for a beat under way, so that the next statement meets an idle connection. */
  stop(): Promise<void>
}

/** Keeps the lock session's transaction awake and within its budget, by the server's clock. */
export function startHeartbeat(session: Session, budgetMs: number): Heartbeat {
  const { promise: lost, reject } = Promise.withResolvers<never>()
  // Whoever races against it handles it; nobody has to.
  lost.catch(() => undefined)
  let running: Promise<void> = Promise.resolve()
  let stopped = false
  const beat = async () => {
    try {
      const [row] = await Promise.race([
        session.query<{ ms: number }>(
          'select extract(epoch from clock_timestamp() - transaction_timestamp())::float8 * 1000 as ms',
        ),
        delay(unansweredMs, undefined, { ref: false }).then(() => {
          throw new Error(`no answer for ${unansweredMs} ms`)
        }),
      ])
      if ((row?.ms ?? 0) > budgetMs + preLockMs)
        throw new Error(`the pause lasted ${Math.round(row?.ms ?? 0)} ms`)
    } catch (cause) {
      stopped = true
      reject(
        new MigrationError(
          'unavailable',
          `the lock session was lost: the ${session.label} restarted, somebody ended it, the network or this runner was too slow, or the budget was over`,
          {
            remedy: `PostgreSQL gives the ${session.label} back by itself. Look at it and at the network between, then start a new run.`,
            cause,
          },
        ),
      )
    }
  }
  const timer = setInterval(() => {
    running = running.then(() => (stopped ? undefined : beat()))
  }, heartbeatMs)
  return {
    lost,
    stop: async () => {
      stopped = true
      clearInterval(timer)
      await running
    },
  }
}
