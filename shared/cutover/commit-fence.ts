import { readFingerprintStatement } from '../postgres/catalogue-statements.ts'
import { sqlState, type Session } from '../postgres/session.ts'
import type { Clock } from '../runtime/clock.ts'
import { MigrationError } from '../runtime/errors.ts'
import { readDecision, type CutoverRun } from './decision.ts'
import type { Ended, KeptSessions } from './end-sessions.ts'
import { Script } from './script.ts'

/** For a last look whether anybody made, dropped or altered a relation since. */
export interface DriftLook {
  readonly schemas: readonly string[]
  /** JSON of the tables that are fenced. */
  readonly fenceTables: string
  /** As aurora_migration.relations_state() gave it before the fingerprint was read. */
  readonly state: string
  readonly fingerprint: string
}

/** What goes to the server with the COMMIT, before it. */
export interface WithCommit {
  readonly drift: DriftLook
  readonly keep: KeptSessions
}

/** How a COMMIT ended; `drifted` and `rolled-back` changed nothing. */
export type CommitOutcome =
  | {
      readonly kind: 'committed'
      /** Right before it; undefined where its answer was lost. */
      readonly lsn?: string
      /** Sessions that were told to end right before it. */
      readonly signalled: readonly number[]
    }
  | { readonly kind: 'rolled-back' | 'drifted' }

/**
 * The commit point, in one round trip with the last look at the schema (the read-only fence has made its own). Then the old
 * sessions are told to end: they wait for the locks, and go while the COMMIT is written; woken up by it they would each find out
 * first what is refused. Whoever comes meanwhile is ended after it. A COMMIT whose answer is lost is in doubt: it is settled by the
 * decision row, read by another session once the lock backend is gone. Throws only where even that cannot be known, and then nothing may be opened on either side.
 */
export async function commitFence(
  lock: Session,
  settle: () => Promise<Session>,
  run: CutoverRun,
  generation: bigint,
  clock: Clock,
  before?: WithCommit,
): Promise<CommitOutcome> {
  const script = new Script()
  let signalled = `'[]'`
  if (before !== undefined) {
    const { drift, keep } = before
    script.bound('select aurora_migration.refuse_drift($1::name[], $2::json, $3, $4, $5)', [
      drift.schemas,
      drift.fenceTables,
      drift.state,
      readFingerprintStatement,
      drift.fingerprint,
    ])
    script.bound(
      `select set_config('aurora_migration.signalled', aurora_migration.end_sessions($1::int[], $2::name[], 0)::text, true)`,
      [keep.pids.map(String), keep.users],
    )
    signalled = `current_setting('aurora_migration.signalled')::json -> 'ended'`
  }
  try {
    // Nothing after the COMMIT: whoever waited for the locks wakes up with it, and competes for the server.
    const [row] = await script
      .add(`select pg_current_wal_insert_lsn()::text as lsn, (${signalled})::text as signalled`)
      .add('commit')
      .run<{ lsn: string; signalled: string }>(lock)
    if (row === undefined) throw new Error('the COMMIT gave no row')
    return { kind: 'committed', lsn: row.lsn, signalled: JSON.parse(row.signalled) as Ended['ended'] }
  } catch (error) {
    // A statement before the COMMIT, which was not reached then.
    if (sqlState(error) === 'AM005') return { kind: 'drifted' }
    const kind = await settleCommit(lock, settle, run, generation, clock, error)
    return kind === 'committed' ? { kind, signalled: [] } : { kind }
  }
}

async function settleCommit(
  lock: Session,
  settle: () => Promise<Session>,
  run: CutoverRun,
  generation: bigint,
  clock: Clock,
  cause: unknown,
): Promise<'committed' | 'rolled-back'> {
  const never = new AbortController().signal
  for (let attempt = 1; attempt <= 50; attempt += 1) {
    try {
      const session = await settle()
      try {
        const [alive] = await session.query<{ alive: boolean }>(
          // Found first, ended then: in one WHERE the planner may call pg_terminate_backend for every session.
          `with lock_backend as materialized (
             select pid from pg_stat_activity
             where pid = $1 and application_name = 'aurora-migration cutover' and xact_start is not null)
           select count(pg_terminate_backend(pid)) > 0 as alive from lock_backend`,
          [lock.pid],
        )
        if (alive?.alive === false) {
          const decision = await readDecision(session, run.migration)
          return decision?.phase === 'committed' && decision.generation === generation
            ? 'committed'
            : 'rolled-back'
        }
      } finally {
        await session.close()
      }
    } catch {
      // The database is away for the moment: nothing can be known until it answers.
    }
    await clock.sleep(200, never)
  }
  throw new MigrationError(
    'unavailable',
    `it is not known whether the ${lock.label} passed the commit point: both sides stay closed`,
    {
      remedy: `When the ${lock.label} answers again, run this again with the same inputs: it reads the decision row and goes on or steps back.`,
      cause,
    },
  )
}
