import type { DatabaseName } from '../migration/direction.ts'
import { readFingerprintStatement } from '../postgres/catalogue-statements.ts'
import { sqlState, type Session } from '../postgres/session.ts'
import type { Problem } from '../runtime/errors.ts'
import { busyError, isBusy } from './busy.ts'
import type { DriftLook } from './commit-fence.ts'
import { Script } from './script.ts'
import { planAwaiting, planEnding } from './end-sessions.ts'
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

/** What was looked at right before the pause. */
export interface LookBefore {
  /** As aurora_migration.catalogue_state() gave it before the rest was read. */
  readonly state: string
  /** For the last look, at the COMMIT. */
  readonly drift: DriftLook
}

/**
 * In the lock session's own transaction, when DDL on the tables is locked out and nobody waits yet: saves what the fence will change,
 * and reads the schema's fingerprint. One round trip; `raiseFence` only has to see that it still holds.
 */
export async function lookBeforeFence(
  lock: Session,
  order: FenceOrder,
  schemas: readonly string[],
): Promise<LookBefore> {
  const tables = JSON.stringify(order.tables)
  const [row] = await new Script()
    // First: what changes between this and the rest is then seen by the next look.
    .bound(
      `select set_config('aurora_migration.state', aurora_migration.catalogue_state($1::name[], $2::json), true)`,
      [schemas, tables],
    )
    .bound(
      `select set_config('aurora_migration.relations', aurora_migration.relations_state($1::name[], $2::json), true)`,
      [schemas, tables],
    )
    .bound(saveFenceStateStatement, [order.migration, order.generation, tables])
    // Planned here and now, since the COMMIT needs them while writers wait. Nothing drifted yet, and nobody is ended.
    .bound(
      `select aurora_migration.refuse_drift($1::name[], $2::json, current_setting('aurora_migration.relations'), '', '')`,
      [schemas, tables],
    )
    .add(planEnding)
    .bound(
      `select look.fingerprint, current_setting('aurora_migration.state') as state, current_setting('aurora_migration.relations') as relations
       from (${readFingerprintStatement}) as look`,
      [schemas, false],
    )
    .run<{ fingerprint: string; state: string; relations: string }>(lock)
  if (row === undefined) throw new Error('the look before the fence gave no row')
  const { fingerprint, state, relations } = row
  return { state, drift: { schemas, fenceTables: tables, state: relations, fingerprint } }
}

/**
 * Fence and decision, still uncommitted, in the lock session's own transaction; what it changes was saved in the same. One
 * round trip. Nobody notices it before the COMMIT, so that it is raised while the marker is on its way. `budgetMs` is what is left of
 * the freeze: the server ends each statement from here to the COMMIT that takes longer. Raises AM005 where the schema is another
 * one than before the pause.
 */
export async function raiseFence(
  lock: Session,
  order: FenceOrder,
  { state, drift: { schemas, fingerprint } }: LookBefore,
  budgetMs: number,
): Promise<CommitPoint> {
  const fence = JSON.stringify(order)
  const [row] = await new Script()
    .add(`set local statement_timeout = ${Math.max(1, Math.round(budgetMs))}`)
    .bound('select aurora_migration.look_again($1::json, $2::name[], $3, $4, $5, $6)', [
      fence,
      schemas,
      state,
      saveFenceStateStatement,
      readFingerprintStatement,
      fingerprint,
    ])
    .bound('select aurora_migration.raise_fence($1::json)::text as point', [fence])
    .run<{ point: string }>(lock)
  if (row === undefined) throw new Error('the fence gave no row')
  return JSON.parse(row.point) as CommitPoint
}

/** Has the session of the proof plan and load what the proof needs, before anybody waits for it. */
export async function warmProof(fresh: Session, tables: FenceOrder['tables']): Promise<void> {
  await fresh.query(planAwaiting)
  await proveFence(fresh, [], tables)
}

export interface PassedWrite {
  readonly role: string
  readonly table: string
  readonly outcome: string
}

/**
 * Tries a write that touches no row as every application role, from a session that is not exempt. Gives what passed. `after`: what comes
 * before it in the same round trip.
 */
export async function proveFence(
  fresh: Session,
  roles: readonly string[],
  tables: readonly { schema: string; table: string }[],
  after = new Script(),
): Promise<readonly PassedWrite[]> {
  const [row] = await after
    .bound('select aurora_migration.probe_fence($1::name[], $2::json)::text as passed', [
      roles,
      JSON.stringify(tables),
    ])
    .run<{ passed: string }>(fresh)
  return JSON.parse(row?.passed ?? '[]') as PassedWrite[]
}
