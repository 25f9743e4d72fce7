import { setTimeout as delay } from 'node:timers/promises'
import type { Session } from '../../postgres/session.ts'
import { MigrationError } from '../../runtime/errors.ts'
import type { FenceOrder } from '../fence.ts'

/**
 * Settings of the dead-man's session: nothing on the server may end it before its time, least of all the death of its
 * client. A backend that executes looks at its client only where `client_connection_check_interval` asks it to.
 */
export const deadManSettings: Readonly<Record<string, string>> = {
  application_name: 'aurora-migration dead-man',
  client_connection_check_interval: '0',
  statement_timeout: '0',
  transaction_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
}

/** How long arming may take, in ms; nobody waits meanwhile. */
const armingMs = 5000

/** A session in the database that is left, which gives it back when the deadline comes and nothing is decided. */
export interface DeadMan {
  /** Backend process id: not to be ended. */
  readonly pid: number
  /** Rejects when it ends before it was dismissed: it gave the database back, or somebody ended it. Never resolves. */
  readonly lost: Promise<never>
  /** To be called when the row is decided: waits until it has seen that, for at most 2 s, and closes its session. */
  dismiss(): Promise<void>
}

/**
 * Arms the dead-man: from now on `budgetMs` by the server's clock. Proved by a row that it wrote and by its own entry in
 * pg_stat_activity, both read by another session. Throws `precondition` where that cannot be seen: then nothing may be closed.
 */
export async function armDeadMan(
  session: Session,
  observer: Session,
  fence: FenceOrder,
  budgetMs: number,
): Promise<DeadMan> {
  const { promise: lost, reject } = Promise.withResolvers<never>()
  lost.catch(() => undefined)
  let dismissed = false
  const running = session
    .query('call aurora_migration.dead_man($1::json, $2::integer)', [
      JSON.stringify(fence),
      Math.round(budgetMs),
    ])
    .then(
      () => new MigrationError('timeout', 'the freeze’s budget was over before the commit point'),
      (cause: unknown) =>
        new MigrationError('unavailable', 'the dead-man’s session was ended, or its server restarted', {
          cause,
        }),
    )
    .then((ended) => {
      if (!dismissed) reject(ended)
    })
  const dismiss = async () => {
    dismissed = true
    await Promise.race([running, delay(2000, undefined, { ref: false })])
    await session.close()
  }
  try {
    await Promise.race([seen(session.pid, observer, fence), lost])
  } catch (cause) {
    dismissed = true
    await observer.query('select pg_terminate_backend($1)', [session.pid]).catch(() => undefined)
    await session.close()
    throw new MigrationError('precondition', 'the dead-man could not be armed', {
      remedy:
        'It is what gives the database back when this runner dies; without it nothing is closed. Nothing was changed. See the cause, or use `fence: lock`.',
      cause,
    })
  }
  return { pid: session.pid, lost, dismiss }
}

async function seen(pid: number, observer: Session, fence: FenceOrder): Promise<void> {
  const deadline = performance.now() + armingMs
  while (performance.now() < deadline) {
    const rows = await observer.query(
      `select from aurora_migration.journal j join pg_stat_activity a on a.pid = (j.detail ->> 'pid')::integer
        where j.migration = $1 and j.generation = $2::bigint and j.run_id = $3 and j.run_attempt = $4 and j.event = 'fence-armed' and a.pid = $5
          and a.state = 'active' and a.query like 'call aurora\\_migration.dead\\_man%'
          and a.backend_start <= j.at and (j.detail ->> 'deadline')::timestamptz > clock_timestamp()`,
      [fence.migration, fence.generation, fence.runId, fence.attempt, pid],
    )
    if (rows.length === 1) return
    await delay(20)
  }
  throw new Error(`neither its row nor its session (pid ${pid}) was seen within ${armingMs} ms`)
}
