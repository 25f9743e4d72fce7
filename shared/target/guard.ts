import { hasControlSchema } from '../control/plan-store.ts'
import { quoted } from '../migration/identifier.ts'
import { sqlState, type Session } from '../postgres/session.ts'
import { MigrationError, refuseProblems } from '../runtime/errors.ts'
import { inTransaction } from './database-change.ts'
import {
  endStrangersStatement,
  readGuardStatement,
  readGuardStatementsStatement,
  saveGuardStatement,
} from './statements.ts'

export interface Guard {
  /** The guard was raised and not lifted since. */
  readonly raised: boolean
  /** Login roles, neither kept nor superuser, that could still connect. Must be empty while the target is closed. */
  readonly others: readonly string[]
}

interface GuardStatement {
  readonly acting: string
  readonly statement: string
}

/** The SQL that raising the guard would run now, in order; empty where nobody but the kept can connect. */
export async function guardStatements(target: Session, keep: readonly string[]): Promise<string[]> {
  const rows = await target.query<GuardStatement>(readGuardStatementsStatement, [[...keep]])
  return rows.flatMap(({ acting, statement }) => [
    `set local role ${quoted(acting)}`,
    statement,
    'reset role',
  ])
}

/**
 * Closes the target to everyone but `keep` (DMS's user), the session's own role and superusers: saves who may connect,
 * takes CONNECT from PUBLIC and every other grantee, ends their sessions and waits until they are gone. A second call
 * changes nothing, but closes again what was granted in between. `note` is called in the transaction that closes it.
 * Throws `refused` where a role has CONNECT through one that keeps it, and `precondition` where sessions do not end.
 */
export async function raiseGuard(
  target: Session,
  options: {
    readonly migration: string
    readonly keep: readonly string[]
    readonly note?: () => Promise<void>
  },
): Promise<{ readonly ended: number }> {
  const statements = await guardStatements(target, options.keep)
  await inTransaction(target, { side: 'target', title: 'raise the guard' }, async () => {
    await target.query(saveGuardStatement, [options.migration, [...options.keep]])
    if (statements.length > 0) await target.query(statements.join(';\n'))
    await options.note?.()
  })
  await refuseHeirs(target, options.migration)
  return endStrangers(target, options.keep)
}

/** No REVOKE takes from a role what it has as a member of another one. */
async function refuseHeirs(target: Session, migration: string): Promise<void> {
  const { others } = await readGuard(target, migration)
  refuseProblems(
    'refused',
    others.map((role) => ({
      field: 'target',
      value: role,
      message: `${role} can still connect to the target: it is a member of a role that keeps CONNECT (the migration’s login or DMS’s user)`,
      remedy: `Use a login for the migration, and for DMS, that no other role is a member of; or, on the target, end the membership (REVOKE … FROM ${quoted(role)}), then run again.`,
    })),
  )
}

/** Whether the guard stands and whether anybody slips through. Without a control schema it does not stand. */
export async function readGuard(target: Session, migration: string): Promise<Guard> {
  if (!(await hasControlSchema(target))) return { raised: false, others: [] }
  const [row] = await target.query<Guard>(readGuardStatement, [migration])
  return row ?? { raised: false, others: [] }
}

/**
 * Puts CONNECT back exactly as it was saved, per grantor, and removes the saved row: one round trip in the caller's
 * transaction. False where no guard was raised. Throws where the grants could not be restored exactly.
 */
export async function liftGuard(target: Session, migration: string): Promise<boolean> {
  const [row] = await target.query<{ lifted: boolean }>('select aurora_migration.lift_guard($1) as lifted', [
    migration,
  ])
  return row?.lifted === true
}

/** Ends all other clients and waits until two looks in a row find none: a session may have been starting. */
async function endStrangers(target: Session, keep: readonly string[]): Promise<{ ended: number }> {
  const deadline = performance.now() + 10_000
  const ended = new Set<number>()
  let calm = 0
  while (calm < 2) {
    const left = await signalStrangers(target, keep)
    for (const { pid, signalled } of left) if (signalled) ended.add(pid)
    calm = left.length === 0 ? calm + 1 : 0
    if (performance.now() > deadline) {
      throw new MigrationError(
        'precondition',
        `sessions of the target do not end: ${left.map(({ pid, role, application }) => `${role} (pid ${pid}, ${application})`).join(', ')}`,
        { remedy: 'End them as a superuser or stop the program behind them, then run again.' },
      )
    }
    if (calm < 2) await target.query('select pg_sleep(0.02)')
  }
  return { ended: ended.size }
}

interface Stranger {
  readonly pid: number
  readonly role: string
  readonly application: string
  readonly signalled: boolean
}

async function signalStrangers(target: Session, keep: readonly string[]): Promise<Stranger[]> {
  try {
    return await target.query<Stranger>(endStrangersStatement, [[...keep]])
  } catch (cause) {
    if (sqlState(cause) !== '42501') throw cause
    throw new MigrationError(
      'precondition',
      'others are connected to the target, and the migration’s login may not end their sessions',
      { remedy: 'On the target: GRANT pg_signal_backend TO the migration’s login; then run again.', cause },
    )
  }
}
