import { setTimeout as delay } from 'node:timers/promises'
import { MigrationError } from '../runtime/errors.ts'
import type { Session } from '../postgres/session.ts'
import { readTurnHolderStatement } from './statements.ts'

/** A run's turn to cut a migration over; it ends with its session. */
export interface Turn {
  /** Backend process id of the session that holds it. */
  readonly pid: number
  readonly stop: () => void
}

/** Settings of the session that holds the turn: the server notices a runner that is gone without a FIN. */
export const turnSettings: Readonly<Record<string, string>> = {
  tcp_keepalives_idle: '2',
  tcp_keepalives_interval: '1',
  tcp_keepalives_count: '2',
  tcp_user_timeout: '4000',
}

const heartbeatMs = 1000
/** A holder that says nothing for so long is lost: its machine, its network, or somebody stopped it. */
const lostAfterSeconds = 5

/**
 * One cutover of a migration at a time: an advisory lock in a session of its own, kept awake every second. A second run
 * is refused and touches nothing; one whose holder fell silent (a network that forwards nothing keeps connections open
 * for hours) ends that session and takes over. The decision row's compare-and-set holds should the first one wake.
 */
export async function takeTurn(session: Session, migration: string): Promise<Turn> {
  const name = `aurora_migration cutover ${migration}`
  for (let attempt = 1; ; attempt += 1) {
    const [row] = await session.query<{ mine: boolean }>(
      'select pg_try_advisory_lock(hashtextextended($1, 0)) as mine',
      [name],
    )
    if (row?.mine === true) return keepAwake(session)
    const [holder] = await session.query<{ pid: number; application: string; quietSeconds: number }>(
      readTurnHolderStatement,
      [name],
    )
    if (attempt < 20 && (holder === undefined || holder.quietSeconds > lostAfterSeconds)) {
      if (holder !== undefined && holder.application.startsWith('aurora-migration'))
        await session.query('select pg_terminate_backend($1)', [holder.pid])
      await delay(100)
      continue
    }
    throw new MigrationError('refused', 'another run is cutting this migration over right now', {
      remedy: `Leave it to that run (pid ${holder?.pid ?? 'unknown'} on the source); this one touched nothing.`,
    })
  }
}

function keepAwake(session: Session): Turn {
  const timer = setInterval(() => {
    session.query('select 1 as awake').catch(() => clearInterval(timer))
  }, heartbeatMs)
  timer.unref()
  return { pid: session.pid, stop: () => clearInterval(timer) }
}
