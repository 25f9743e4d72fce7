import { workflowRun } from '../../github/run.ts'
import type { DatabaseName } from '../../migration/direction.ts'
import { plannedTables } from '../../migration/plan-schemas.ts'
import { sqlState, type Session } from '../../postgres/session.ts'
import { MigrationError } from '../../runtime/errors.ts'
import { performChange, type DatabaseChange } from '../../target/database-change.ts'
import { raiseGuard, readGuard } from '../../target/guard.ts'
import { openControlTables } from '../../waiting/control-table-grants.ts'
import { writeJournal } from '../decision.ts'
import { ensureWayBackEndpoints, testWayBackConnections } from './endpoints.ts'
import { carrierControlChanges, carrierLoginChange, carrierRightsChange, installFunctions } from './rights.ts'
import { ensureSlots, slotPatienceMs, slotsOf } from './slots.ts'
import { carrierUser, wayBackOf, type WayBack, type WayBackContext } from './way-back.ts'

export interface PreparedWayBack {
  /** Slots on the database that is entered: `aurora_migration.advance_slots` moves them to the cut, in the drain. */
  readonly slots: readonly string[]
  /** What was changed, a line each. */
  readonly changes: readonly string[]
}

/**
 * In the check, before anybody waits: everything of the way back that takes time or can fail. Marker tables and rights on
 * both sides, the logical slots on the database that is entered, DMS's endpoints, their connection tests. Writes no row of a
 * migrated table and starts nothing; can be run again. Without a way back (`fall-back: false`) it only makes sure that the
 * slots of the tasks which the cutover stops can be dropped. Throws `precondition` with what is missing.
 */
export async function prepareWayBack(
  given: WayBackContext,
  patience: { readonly slotMs: number } = { slotMs: slotPatienceMs },
): Promise<PreparedWayBack> {
  if (!given.plan.cutover.fallBack) {
    const { from, to } =
      given.direction === 'forward'
        ? { from: given.source, to: given.target }
        : { from: given.target, to: given.source }
    await installFunctions(from, to, [])
    await demandSlotRights(from, given.direction === 'forward' ? 'source' : 'target')
    return { slots: [], changes: [] }
  }
  demandInstance(given)
  const wayBack = await wayBackOf(given)
  const { from, to, reader, writer, carriers, work } = wayBack
  await demandUsersApart(wayBack)
  for (const [{ session, name }, user, role] of [
    [from, writer.user, 'writes'],
    [to, reader.user, 'reads'],
  ] as const)
    for (const change of await carrierControlChanges(session, name, { carriers, user, role }))
      await make(wayBack, change)
  await installFunctions(from.session, to.session, carriers)
  for (const { session, name } of [from, to]) await demandSlotRights(session, name)
  await letThroughGuard(wayBack)
  const tables = plannedTables(given.plan)
  const reads = { tables, user: reader.user, role: 'reads' } as const
  await make(wayBack, await carrierRightsChange(to.session, to.name, reads))
  // LOGIN alone: until the other direction's tasks have stopped it must not write.
  await make(wayBack, await carrierLoginChange(from.session, from.name, writer.user))
  await rehearseWriting(wayBack)
  const { host: _, port: __, username: user, password } = writer.secret
  await openControlTables(
    from.session,
    { targetUser: user, targetLogin: { ...from.login, user, password } },
    { signal: given.context.signal, dryRun: false },
  )
  await ensureSlots(wayBack, patience.slotMs)
  const endpoints = await ensureWayBackEndpoints(wayBack)
  await testWayBackConnections(wayBack, endpoints)
  await writeJournal(given.source, given.run, given.generation, 'way-back-prepared', {
    slots: slotsOf(wayBack),
    endpoints: [endpoints.writer, ...endpoints.readers].map(({ identifier }) => identifier),
  })
  return { slots: slotsOf(wayBack), changes: work.changes }
}

/** DMS Serverless takes no start position (DMS User Guide, Serverless, limitations): it would begin somewhere. */
function demandInstance({ migration }: WayBackContext): void {
  if (migration.dms.serverless === undefined) return
  const problem = {
    field: 'dms.serverless',
    message: 'DMS Serverless cannot begin at a given LSN, and so carries nothing back',
    remedy:
      'Write `dms.replication-instance` instead of it, or `cutover: { fall-back: false }`; then run preflight again.',
  }
  throw new MigrationError('precondition', problem.message, { remedy: problem.remedy, problems: [problem] })
}

/** Each cutover shuts out who wrote before it: a login for both directions would be shut out of both. */
async function demandUsersApart({ given, direction, from, to, reader, writer }: WayBack): Promise<void> {
  const { migration, context } = given
  const other = direction === 'back' ? 'forward' : 'back'
  const field = (side: string) => `dms.reverse.${side}.secret`
  const problems = []
  for (const { side, user } of [reader, writer]) {
    const theirs = await carrierUser(migration, other, side, context.signal)
    const own = side === from.name ? from.login.user : to.login.user
    const taken =
      user === theirs.user
        ? `DMS already, in the other direction`
        : user === own
          ? 'the migration itself'
          : migration.cutover['application-roles'].includes(user)
            ? 'the application'
            : undefined
    if (taken !== undefined)
      problems.push({
        field: field(side),
        message: `${user} on the ${side} is the login of ${taken}`,
        remedy: 'Create a login for the way back alone, and put it into the secret that the field names.',
      })
  }
  const [first] = problems
  if (first !== undefined)
    throw new MigrationError('refused', first.message, { remedy: first.remedy, problems })
}

/** Slots are dropped on the database that is left, made and advanced on the one that is entered. */
async function demandSlotRights(session: Session, name: DatabaseName): Promise<void> {
  try {
    await session.query('select aurora_migration.replicating_role()')
  } catch (cause) {
    if (sqlState(cause) !== '42501') throw cause
    const message = `the migration’s login may not make, advance and drop replication slots on the ${name}`
    const remedy = `On the ${name}: GRANT the user with which DMS reads there TO the migration’s login.`
    throw new MigrationError('precondition', message, {
      remedy,
      problems: [{ field: name, message, remedy }],
      cause,
    })
  }
}

/** Before the target has been opened nobody connects there but who the guard keeps: DMS's new user must. */
async function letThroughGuard({ given, to, reader }: WayBack): Promise<void> {
  if (given.direction !== 'forward') return
  const { migration, context, plan } = given
  if (!(await readGuard(to.session, plan.migration)).raised) return
  const { user } = await carrierUser(migration, 'forward', to.name, context.signal)
  await raiseGuard(to.session, { migration: plan.migration, keep: [user, reader.user] })
}

/** The rights to write are given after the commit point; that they can be is tried now, and taken back. */
async function rehearseWriting(wayBack: WayBack): Promise<void> {
  const { from, writer, given } = wayBack
  const tables = plannedTables(given.plan)
  const change = await carrierRightsChange(from.session, from.name, {
    tables,
    user: writer.user,
    role: 'writes',
  })
  if (change === undefined) return
  await from.session.query('begin')
  try {
    await from.session.query(change.statements.join(';\n'))
  } catch (cause) {
    if (sqlState(cause) === undefined || !(cause instanceof Error)) throw cause
    const message = `${writer.user} cannot be given the rights to write on the ${from.name}: ${cause.message}`
    throw new MigrationError('precondition', message, {
      remedy: `On the ${from.name}: GRANT the owners of tables and schemas TO the migration’s login, or give ${writer.user} SELECT, INSERT, UPDATE and DELETE on the planned tables.`,
      cause,
    })
  } finally {
    await from.session.query('rollback')
  }
}

async function make({ given, from, to, work }: WayBack, change: DatabaseChange | undefined): Promise<void> {
  if (change === undefined) return
  const { context, plan } = given
  const session = change.side === from.name ? from.session : to.session
  await performChange(session, change, { migration: plan.migration, run: workflowRun(), log: context.log })
  work.changes.push(`${change.side}: ${change.title}`)
}
