import type { DatabaseName } from '../migration/direction.ts'
import { readFingerprintStatement } from '../postgres/catalogue-statements.ts'
import { sqlState, type Session } from '../postgres/session.ts'
import type { Clock } from '../runtime/clock.ts'
import { MigrationError, type Problem } from '../runtime/errors.ts'
import { readSequencesStatement } from '../sequences/statements.ts'
import type { SequenceName, SequenceState } from '../sequences/sequences.ts'
import { busyError, isBusy } from './busy.ts'
import { readDecision, type CutoverRun } from './decision.ts'
import { Script } from './script.ts'
import { saveFenceStateStatement } from './statements.ts'

/** Everything that the fence's transaction is told, as the SQL function takes it. */
export interface FenceOrder {
  readonly migration: string
  /** Which database of the plan is fenced: its own row decides. */
  readonly side: DatabaseName
  readonly generation: string
  readonly runId: string
  readonly attempt: number
  readonly tables: readonly { readonly schema: string; readonly table: string }[]
  readonly staleReads: 'refuse' | 'allow'
  /** Roles that may still connect: ours and DMS's. */
  readonly keepConnect: readonly string[]
}

/**
 * The fence's statements tried and taken back, in the session that will run them (what it compiles and caches now it need not
 * while writers wait): triggers table by table (each locked for about a millisecond) with the
 * probe that will have to prove them, grants and settings in one transaction that ends in ROLLBACK. Gives what the
 * migration's login may not do, and where the fence could not be proved once there is no way back.
 */
export async function rehearseFence(
  from: Session,
  order: FenceOrder,
  roles: readonly string[],
): Promise<Problem[]> {
  const problems: Problem[] = []
  await from.query('begin')
  try {
    // Nobody waits for a rehearsal: the lock session's own limits are those of the freeze.
    await from.query(
      `select set_config(limits.name, limits.ms, true)
       from (values ('statement_timeout', '60s'), ('lock_timeout', '5s'), ('idle_in_transaction_session_timeout', '60s'), ('transaction_timeout', '0')) as limits (name, ms)
       where exists (select from pg_settings known where known.name = limits.name)`,
    )
    const [row] = await from.query<{ refusals: string }>(
      'select aurora_migration.rehearse_fence_triggers($1::json, $2::name[])::text as refusals',
      [JSON.stringify(order.tables), [...roles]],
    )
    for (const refusal of JSON.parse(row?.refusals ?? '[]') as { table: string; message: string }[]) {
      problems.push({
        field: refusal.table,
        message: `the fence cannot be made or proved there: ${refusal.message}`,
        remedy: `Make the migration's login a member of the owner of ${refusal.table}, or GRANT TRIGGER ON ${refusal.table} to it.`,
      })
    }
    try {
      await from.query('select aurora_migration.fence_grants($1::json)', [JSON.stringify(order)])
    } catch (error) {
      if (sqlState(error) !== '42501') throw error
      problems.push({
        field: order.side,
        message: `the fence's grants and settings cannot be changed: ${error instanceof Error ? error.message : ''}`,
        remedy:
          'Make the migration’s login a member of the roles that own the database, its schemas and its tables.',
      })
    }
  } catch (error) {
    throw isBusy(error) ? busyError(`the fence of the ${from.label}`, from.label, error) : error
  } finally {
    await from.query('rollback').catch(() => undefined)
  }
  return problems
}

export interface CommitPoint {
  readonly xid: string
  readonly lsn: string
}

/** A fence that is raised in an open transaction, and what the schema was then. */
export interface RaisedFence extends CommitPoint {
  readonly fingerprint: string
  readonly drift: DriftLook
}

/** For a last look whether anybody made, dropped or altered a relation since. */
export interface DriftLook {
  readonly schemas: readonly string[]
  /** As aurora_migration.relations_state() gave it. */
  readonly state: string
  readonly fingerprint: string
}

/**
 * Fence and decision, still uncommitted, in the lock session's own transaction; what it changes is saved in the same. One
 * round trip. Nobody notices it before the COMMIT, so that it is raised while the marker is on its way. `budgetMs` is what is left of
 * the freeze: the server ends each statement from here to the COMMIT that takes longer.
 */
export async function raiseFence(
  lock: Session,
  order: FenceOrder,
  schemas: readonly string[],
  budgetMs: number,
): Promise<RaisedFence> {
  const [row] = await new Script()
    .add(`set local statement_timeout = ${Math.max(1, Math.round(budgetMs))}`)
    .bound(saveFenceStateStatement, [order.migration, order.generation, JSON.stringify(order.tables)])
    .bound(
      `select set_config('aurora_migration.commit_point', aurora_migration.raise_fence($1::json)::text, true)`,
      [JSON.stringify(order)],
    )
    // Before the fingerprint: what changes between the two is then seen by the last look.
    .bound(
      `select set_config('aurora_migration.relations_state', aurora_migration.relations_state($1::name[]), true)`,
      [schemas],
    )
    .bound(
      `select look.fingerprint, current_setting('aurora_migration.commit_point') as point, current_setting('aurora_migration.relations_state') as state
       from (${readFingerprintStatement}) as look`,
      [schemas, false],
    )
    .run<{ fingerprint: string; point: string; state: string }>(lock)
  if (row === undefined) throw new Error('the fence gave no row')
  const { fingerprint, state } = row
  return {
    ...(JSON.parse(row.point) as CommitPoint),
    fingerprint,
    drift: { schemas, state, fingerprint },
  }
}

/** How a COMMIT ended; `drifted` and `rolled-back` changed nothing. */
export type CommitOutcome =
  | {
      readonly kind: 'committed'
      /** Right after it; undefined where its answer was lost. */ readonly lsn?: string
    }
  | { readonly kind: 'rolled-back' | 'drifted' }

/**
 * The commit point, in one round trip with the last look at the schema (`drift`; the read-only fence has made its own). A COMMIT
 * whose answer is lost is in doubt: it is settled by the decision row, read by another session once the lock backend is gone.
 * Throws only where even that cannot be known, and then nothing may be opened on either side.
 */
export async function commitFence(
  lock: Session,
  settle: () => Promise<Session>,
  run: CutoverRun,
  generation: bigint,
  clock: Clock,
  drift?: DriftLook,
): Promise<CommitOutcome> {
  const script = new Script()
  if (drift !== undefined)
    script.bound('select aurora_migration.refuse_drift($1::name[], $2, $3, $4)', [
      drift.schemas,
      drift.state,
      readFingerprintStatement,
      drift.fingerprint,
    ])
  try {
    const [row] = await script
      .add('commit')
      .add('select pg_current_wal_insert_lsn()::text as lsn')
      .run<{ lsn: string }>(lock)
    return { kind: 'committed', ...row }
  } catch (error) {
    // A statement before the COMMIT, which was not reached then.
    if (sqlState(error) === 'AM005') return { kind: 'drifted' }
    return { kind: await settleCommit(lock, settle, run, generation, clock, error) }
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

/** Whose sessions stay. */
export interface KeptSessions {
  readonly pids: readonly number[]
  readonly users: readonly string[]
}

export interface Ended {
  readonly ended: number
  /** Superusers' sessions, which nobody else may end. */
  readonly beyond: readonly number[]
  readonly left: { readonly pid: number; readonly user: string | null } | null
}

/** Ends every session on the database that is left but ours and DMS's, and waits until they are gone. */
export async function endSessions(from: Session, keep: KeptSessions, timeoutMs: number): Promise<Ended> {
  const [row] = await endingScript(keep, timeoutMs)
    .add(`select current_setting('aurora_migration.ended') as ended`)
    .run<{ ended: string }>(from)
  return JSON.parse(row?.ended ?? '{}') as Ended
}

/** The same, and then reads the sequences, which nobody can move any more, in the same round trip. */
export async function endSessionsAndRead(
  from: Session,
  keep: KeptSessions,
  timeoutMs: number,
  sequences: readonly SequenceName[],
): Promise<Ended & { readonly sequences: readonly SequenceState[] }> {
  const [row] = await endingScript(keep, timeoutMs)
    .bound(
      `select current_setting('aurora_migration.ended') as ended, coalesce(json_agg(one) filter (where one.present), '[]')::text as sequences
       from (${readSequencesStatement}) as one`,
      [JSON.stringify(sequences.map(({ schema, sequence }) => ({ schema, sequence })))],
    )
    .run<{ ended: string; sequences: string }>(from)
  if (row === undefined) throw new Error('ending the sessions gave no row')
  return { ...(JSON.parse(row.ended) as Ended), sequences: JSON.parse(row.sequences) as SequenceState[] }
}

/** Looks at the sessions without ending any, so that nothing of it is compiled or loaded while writers wait. */
export async function rehearseEnding(from: Session): Promise<void> {
  await from.query(`select aurora_migration.end_sessions('{}', '{}', 0, false)`)
}

function endingScript({ pids, users }: KeptSessions, timeoutMs: number): Script {
  return new Script().bound(
    `select set_config('aurora_migration.ended', aurora_migration.end_sessions($1::int[], $2::name[], $3::int)::text, false)`,
    [pids.map(String), users, String(Math.round(timeoutMs))],
  )
}

/** Tries a write that touches no row as every application role, from a session that is not exempt. Gives what passed. */
export async function proveFence(
  fresh: Session,
  roles: readonly string[],
  tables: readonly { schema: string; table: string }[],
): Promise<{ role: string; table: string; outcome: string }[]> {
  const [row] = await fresh.query<{ passed: string }>(
    'select aurora_migration.probe_fence($1::name[], $2::json)::text as passed',
    [[...roles], JSON.stringify(tables)],
  )
  return JSON.parse(row?.passed ?? '[]') as { role: string; table: string; outcome: string }[]
}
