import { setTimeout as delay } from 'node:timers/promises'
import type { Session } from '../postgres/session.ts'
import { MigrationError } from '../runtime/errors.ts'

/**
 * Settings of the session that holds the locks. They are the dead-man: when the runner or its network is lost,
 * PostgreSQL itself rolls back and the source is as it was. `idle_in_transaction_session_timeout` needs the heartbeat
 * below; the keepalives notice a peer that is gone without a FIN; `transaction_timeout` (17 and later) bounds the whole.
 */
export function lockSessionSettings(freezeBudgetMs: number): Readonly<Record<string, string>> {
  return {
    idle_in_transaction_session_timeout: '2s',
    transaction_timeout: `${freezeBudgetMs + preLockMs}ms`,
    statement_timeout: `${Math.min(freezeBudgetMs, 30_000)}ms`,
    lock_timeout: '0',
    tcp_keepalives_idle: '2',
    tcp_keepalives_interval: '1',
    tcp_keepalives_count: '2',
    tcp_user_timeout: '4000',
  }
}

/**
 * Ends a run's lock session and waits until its backend is gone: its locks and its hold on the decision row with it.
 * Throws `timeout` where it stays for 3 s.
 */
export async function endLockSession(source: Session, pid: number): Promise<void> {
  for (let attempt = 1; attempt <= 60; attempt += 1) {
    const rows = await source.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where pid = $1 and application_name = 'aurora-migration cutover' and pid <> pg_backend_pid()`,
      [pid],
    )
    if (rows.length === 0) return
    await delay(50)
  }
  throw new MigrationError('timeout', `the lock session ${pid} on the source does not end`, {
    remedy: `On the source: select pg_terminate_backend(${pid});`,
  })
}

/** Longest wait for SHARE UPDATE EXCLUSIVE, which writers do not notice: an autovacuum yields after about 1 s. */
export const preLockMs = 10_000

const heartbeatMs = 300

/**
 * Keeps the lock session's transaction awake and its budget, by the server's clock. `stop()` waits for a beat under
 * way, so that the next statement meets an idle connection. `lost` says that the server ended the transaction.
 */
export function startHeartbeat(session: Session, budgetMs: number): { stop(): Promise<void>; check(): void } {
  let failure: unknown
  let running: Promise<void> = Promise.resolve()
  let stopped = false
  const timer = setInterval(() => {
    running = running.then(async () => {
      if (stopped || failure !== undefined) return
      try {
        const [row] = await session.query<{ ms: number }>(
          'select extract(epoch from clock_timestamp() - transaction_timestamp())::float8 * 1000 as ms',
        )
        if ((row?.ms ?? 0) > budgetMs + preLockMs)
          throw new Error(`the pause lasted ${Math.round(row?.ms ?? 0)} ms`)
      } catch (error) {
        failure = error
      }
    })
  }, heartbeatMs)
  return {
    stop: async () => {
      stopped = true
      clearInterval(timer)
      // A beat that gets no answer is no reason to wait longer than the server does.
      await Promise.race([running, delay(2000, undefined, { ref: false })])
    },
    check: () => {
      if (failure === undefined) return
      throw new MigrationError(
        'unavailable',
        'PostgreSQL ended the pause: the runner or its network was too slow, or the budget was over',
        {
          remedy:
            'The source is as it was. Look at the network between runner and source, then run cutover again.',
          cause: failure,
        },
      )
    },
  }
}
