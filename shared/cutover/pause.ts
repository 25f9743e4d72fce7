import { sqlState, type Session } from '../postgres/session.ts'
import type { Clock } from '../runtime/clock.ts'
import { MigrationError } from '../runtime/errors.ts'
import { preLockMs } from './lock-session.ts'
import { readLockBlockersStatement, readLockText } from './statements.ts'

interface PlannedTable {
  readonly schema: string
  readonly table: string
}

export interface LockTargets {
  /** `only a.b, only c.d`, quoted by the server. */
  readonly lockList: string
  /** JSON of the tables that were asked for. */
  readonly plannedTables: string
  /** JSON of the locked tables, for the fence. */
  readonly fenceTables: string
  /** Every table and partition that is locked or led to, by its oid: another one under the same name is noticed. */
  readonly identity: string
  readonly tables: number
}

interface Blocker {
  readonly pid: number | null
  /** Its quoted name, where a prepared transaction holds the lock: it has no backend. */
  readonly prepared: string | null
  readonly user: string
  readonly type: string
  readonly application: string
  readonly mode: string
  readonly table: string
  readonly seconds: number
}

/** The planned tables and the partitioned tables above them, as text to lock and as JSON to fence. */
export async function readLockTargets(
  session: Session,
  tables: readonly PlannedTable[],
): Promise<LockTargets> {
  const [row] = await session.query<Omit<LockTargets, 'plannedTables'>>(readLockText, [
    JSON.stringify(tables),
  ])
  if (row === undefined || row.tables < tables.length || tables.length === 0) {
    throw new MigrationError(
      'refused',
      `${tables.length - (row?.tables ?? 0)} planned tables are not on the ${session.label} any more`,
      {
        remedy: 'Run preflight again: the plan does not fit the database.',
      },
    )
  }
  return { ...row, plannedTables: JSON.stringify(tables) }
}

/**
 * First SHARE UPDATE EXCLUSIVE with a long timeout: writers do not notice, autovacuum (which short attempts never
 * beat) leaves and stays away. Opens the transaction in which everything else of the fence happens.
 */
export async function preLock(lock: Session, observer: Session, targets: LockTargets): Promise<void> {
  try {
    await lock.query(
      `begin; set local lock_timeout = ${preLockMs}; set local statement_timeout = ${preLockMs}; lock table ${targets.lockList} in share update exclusive mode`,
    )
  } catch (error) {
    const state = sqlState(error)
    if (state !== '55P03' && state !== '57014' && state !== '40P01') throw error
    throw await blockedError(
      observer,
      targets,
      [lock.pid, observer.pid],
      `the tables could not be reserved within ${preLockMs / 1000} s`,
    )
  }
  // ATTACH, DETACH and CREATE … PARTITION OF conflict with the lock that is held now: what is seen here stays.
  const now = await readLockTargets(lock, JSON.parse(targets.plannedTables) as PlannedTable[])
  if (now.identity !== targets.identity || now.lockList !== targets.lockList) {
    throw new MigrationError('refused', 'tables or partitions changed between check and pause', {
      remedy: 'Run preflight again: the plan does not fit the source. Nothing was changed.',
    })
  }
}

const shortMs = 40
/** At most 0.4 s: well under the server's own deadlock_timeout, after which writers would be among the victims. */
const longestMs = 400

/**
 * How long an attempt may take, in ms; `attempt` counts from 1. Most are short. Where the writers' own transactions take longer
 * than that, as on a busy server, no short one can succeed: every third takes twice as long as the third before it. Pure.
 */
export function attemptMs(attempt: number, deadlockMs: number): number {
  const wanted = attempt % 3 === 0 ? Math.min(shortMs * 2 ** (attempt / 3), longestMs) : shortMs
  return Math.max(1, Math.min(wanted, Math.floor(deadlockMs / 2)))
}

/**
 * SHARE on every table, in many short attempts from a savepoint: a long one deadlocks with writers of several tables
 * and holds all others up meanwhile. Pauses between them grow: a writer that holds one table and wants another needs room to finish. `statement_timeout` bounds an attempt as a whole; `lock_timeout` would count for
 * each table anew. Gives the number of attempts, and for how long those that failed may have held writers up; throws `timeout`,
 * naming who is in the way.
 */
export async function lockShare(
  lock: Session,
  observer: Session,
  targets: LockTargets,
  options: { clock: Clock; signal: AbortSignal; budgetMs: number; beforeAttempt: () => void },
): Promise<{ attempts: number; stalledMs: number }> {
  const started = options.clock.elapsed()
  let stalledMs = 0
  const [limit] = await lock.query<{ deadlockMs: number }>(
    `savepoint before_share; select (extract(epoch from current_setting('deadlock_timeout')::interval) * 1000)::int as "deadlockMs"`,
  )
  for (let attempts = 1; ; attempts += 1) {
    const began = options.clock.elapsed()
    options.beforeAttempt()
    try {
      await lock.query(
        `set local statement_timeout = ${attemptMs(attempts, limit?.deadlockMs ?? shortMs)}; lock table ${targets.lockList} in share mode; set local statement_timeout = ${Math.min(options.budgetMs, 30_000)}`,
      )
      return { attempts, stalledMs }
    } catch (error) {
      const state = sqlState(error)
      if (state !== '57014' && state !== '55P03' && state !== '40P01') throw error
      stalledMs += options.clock.elapsed() - began
      await lock.query('rollback to savepoint before_share')
      if (options.signal.aborted) throw new MigrationError('cancelled', 'the run was cancelled')
      if (options.clock.elapsed() - started > options.budgetMs) {
        throw await blockedError(
          observer,
          targets,
          [lock.pid, observer.pid],
          `no pause within ${Math.round(options.budgetMs)} ms after ${attempts} attempts`,
        )
      }
      await options.clock.sleep(Math.min(5 * attempts, 100), options.signal)
    }
  }
}

export async function blockedError(
  observer: Session,
  targets: LockTargets,
  ours: readonly number[],
  message: string,
): Promise<MigrationError> {
  const blockers = await observer.query<Blocker>(readLockBlockersStatement, [[...ours], targets.fenceTables])
  return new MigrationError('timeout', message, {
    remedy: 'Nothing was changed. End or wait for what holds the tables, then run cutover again.',
    problems: blockers.map((blocker) => ({
      field: blocker.table,
      message: `${blocker.mode} held by ${blocker.prepared === null ? `pid ${blocker.pid} (${blocker.user} ${blocker.application} ${blocker.type})` : `the prepared transaction ${blocker.prepared} of ${blocker.user}`} for ${blocker.seconds.toFixed(1)} s`,
      remedy:
        blocker.prepared === null
          ? `Wait for it, or on the ${observer.label}: select pg_terminate_backend(${blocker.pid});`
          : `On the ${observer.label}, as its owner: COMMIT PREPARED or ROLLBACK PREPARED ${blocker.prepared};`,
    })),
  })
}
