import type { Plan } from '../migration/plan.ts'
import { sqlState, type Session } from '../postgres/session.ts'
import { MigrationError } from '../runtime/errors.ts'
import type { SequenceValue } from '../sequences/sequences.ts'
import {
  addFirstHalf,
  addHeld,
  addRights,
  openDatabase,
  plannedTables,
  type OpenedDatabase,
  type OpeningOrder,
} from './opening.ts'
import type { CutoverOrder, CutoverPorts } from './ports.ts'
import { Script } from './script.ts'

/** Who is kept out before the opening, and who else has to go. */
export interface ShutOut {
  readonly dmsUser: string
  /** The database was closed by a fence: sessions that began under it are read-only for good, and their locks are in the way. */
  readonly readers: boolean
  /** Our own sessions there. */
  readonly keepPids: readonly number[]
}

/**
 * Takes writing and LOGIN from the user with which DMS wrote here and ends its sessions, in a transaction of its own before
 * the opening: a login that is not committed away lets DMS come back at once, and what it applied anew from its checkpoint
 * would stand over newer rows. Nobody else can reach the database yet. One round trip; can be repeated. Throws `timeout` where a
 * session does not end.
 */
export async function shutOut(to: Session, order: ShutOut, plan: Plan): Promise<void> {
  try {
    await addShutOut(new Script(), order, plan, to.pid).run(to)
  } catch (error) {
    throw sqlState(error) === 'AM003' ? stayed(to, error) : error
  }
}

/**
 * Shuts DMS out and begins the opening, in one round trip. Behind a guard nobody but DMS is there: it loses its rights in the very
 * transaction that opens, and until then the tables are locked against it. So nothing stands before the COMMIT, and this may be sent
 * before the other database's commit point; DMS's sessions are ended afterwards (`endSessionsOf`). Where a fence closed the database
 * readers have to go first, and DMS's sessions with them. Gives whether the opening was begun: what keeps it from that (a lock, a
 * restart) is met again by `shutOutAndOpen`, which is tried several times.
 */
export async function shutOutAndBegin(to: Session, order: ShutOut, opening: OpeningOrder): Promise<boolean> {
  if (!order.readers)
    return stands(to, addHeld(addRights(new Script().add('rollback'), opening), opening, false))
  const script = addShutOut(new Script(), order, opening.plan, to.pid)
  return stands(to, addFirstHalf(script, opening))
}

/** Whether the opening was begun. Whose error it was does not matter: what must be done is done again, by itself. */
export async function stands(to: Session, script: Script): Promise<boolean> {
  try {
    await script.run(to)
    return true
  } catch {
    await to.query('rollback').catch(() => undefined)
    return false
  }
}

/** The same and the rest, step by step: DMS shut out for good and its sessions gone, then the opening. */
export async function shutOutAndOpen(
  to: Session,
  order: ShutOut,
  opening: OpeningOrder,
  sequences: readonly SequenceValue[],
): Promise<OpenedDatabase> {
  await shutOut(to, order, opening.plan)
  return openDatabase(to, opening, sequences)
}

/** Ends the sessions of the user with which DMS wrote here. Throws `timeout` where one stays. */
export async function endSessionsOf(to: Session, dmsUser: string): Promise<void> {
  try {
    await to.query('select aurora_migration.end_sessions_of($1, 10000)', [dmsUser])
  } catch (error) {
    throw sqlState(error) === 'AM003' ? stayed(to, error) : error
  }
}

function stayed(to: Session, cause: unknown): MigrationError {
  return new MigrationError('timeout', `on the ${to.label}, ${(cause as Error).message}`, {
    remedy: `See pg_stat_activity on the ${to.label}; end them there.`,
    cause,
  })
}

function addShutOut(script: Script, order: ShutOut, plan: Plan, pid: number): Script {
  script
    // What an attempt that failed may have left open must not be committed here.
    .add('rollback')
    .add('begin read write')
    .bound('select aurora_migration.shut_out($1, $2::json)', [
      order.dmsUser,
      JSON.stringify(plannedTables(plan)),
    ])
    .add('commit')
  if (order.readers) {
    script.bound('select aurora_migration.end_sessions($1::int[], $2::name[], 10000)', [
      [pid, ...order.keepPids].map(String),
      [],
    ])
  }
  return script.bound('select aurora_migration.end_sessions_of($1, 10000)', [order.dmsUser])
}

/**
 * Sessions that began while the fence made them read-only would stay so for good: ended, when it is lifted. Those that began
 * since are left alone.
 */
export async function endReadOnlySessions(
  to: Session,
  keepPids: readonly number[],
  openedAt: string | undefined,
): Promise<void> {
  await to.query('select aurora_migration.end_sessions_before_opening($1::int[], $2::timestamptz)', [
    [to.pid, ...keepPids],
    openedAt ?? null,
  ])
}

/** What both need to know of a run. */
export function openingOf(run: {
  readonly order: CutoverOrder
  readonly ports: Pick<CutoverPorts, 'dmsToUser'>
  readonly keepPids: { readonly to: readonly number[] }
  readonly generation: bigint
  readonly fencedBy: bigint | undefined
}): { readonly opening: OpeningOrder; readonly shut: ShutOut } {
  const { order, generation, fencedBy } = run
  const dmsUser = run.ports.dmsToUser
  return {
    opening: { run: order.run, generation, plan: order.plan, fencedBy, dmsUser },
    shut: { dmsUser, readers: fencedBy !== undefined, keepPids: run.keepPids.to },
  }
}
