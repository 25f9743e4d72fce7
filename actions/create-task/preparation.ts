import type { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service'
import { reverseSecret } from '../../shared/databases/open-database.ts'
import { computeOf } from '../../shared/dms/compute.ts'
import { replications } from '../../shared/dms/replications.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import type { Plan } from '../../shared/migration/plan.ts'
import { judgeMadeTarget } from '../../shared/preflight/judge-made-target.ts'
import type { ServerParameters } from '../../shared/rds/server-parameters.ts'
import { MigrationError } from '../../shared/runtime/errors.ts'
import type { Log } from '../../shared/runtime/log.ts'
import type { ActionContext } from '../../shared/runtime/run-action.ts'
import { printChanges } from '../../shared/target/database-change.ts'
import { prepareTarget } from '../../shared/target/prepare.ts'
import { readDecisions, refuseOpened } from '../../shared/target/decisions.ts'
import type { Databases, DmsLogins } from '../../shared/waiting/with-databases.ts'

/** `prepare: auto`: what prepare-target does, by the same module. Gives one line for each change. */
export async function prepareFirst(options: {
  readonly databases: Databases
  readonly logins: DmsLogins
  readonly plan: Plan
  readonly parameters: ServerParameters | undefined
  readonly log: Log
  readonly signal: AbortSignal
  readonly dryRun: boolean
}): Promise<string[]> {
  const { databases, logins, log, signal, dryRun } = options
  const preparation = await prepareTarget({
    source: databases.source,
    target: databases.target,
    sourceLogin: databases.sourceLogin,
    targetLogin: databases.targetLogin,
    parameters: options.parameters,
    signal,
    plan: options.plan,
    dmsSourceUser: logins.sourceUser,
    dmsTargetUser: logins.targetUser,
    log,
    dryRun,
  })
  if (dryRun) printChanges(log, preparation.changes)
  return preparation.changes.map(({ side, title }) => `${side}: ${dryRun ? 'would ' : ''}${title}`)
}

/**
 * `prepare: separate`: the target must have been prepared by prepare-target, and not been opened since: what a new load
 * would empty are then the only copies of new writes.
 */
export async function demandPrepared({ source, target }: Databases, migration: string): Promise<void> {
  const decisions = await readDecisions(target)
  refuseOpened(migration, await readDecisions(source), decisions)
  const row = decisions.find((decision) => decision.migration === migration)
  if (row?.prepared === true) return
  throw new MigrationError('precondition', 'the target was not prepared by this migration', {
    remedy: 'Run prepare-target first, or write `prepare: auto` in the migration file.',
  })
}

/**
 * Before the first task of the plan starts: what preflight could not judge of a target that was made since. Once all of
 * them have started there is nothing left to keep from happening. Throws `refused` with what is wrong.
 */
export async function judgeFirst(
  migration: Migration,
  plan: Plan,
  databases: Databases,
  logins: DmsLogins,
  { client, context }: { readonly client: DatabaseMigrationServiceClient; readonly context: ActionContext },
): Promise<void> {
  const identifiers = plan.tasks.map(({ identifier }) => identifier)
  const tasks = await replications(computeOf(migration), client, context.signal).describe({ identifiers })
  const started = tasks.filter(({ status }) => !['creating', 'ready', 'deleting'].includes(status))
  if (started.length === identifiers.length) return
  await judgeMadeTarget({
    ...databases,
    migration,
    plan,
    dms: {
      sourceUser: logins.sourceUser,
      targetUser: logins.targetUser,
      targetPassword: logins.targetSecret.password,
      reverse: await reverseLogins(migration, context.signal),
    },
    now: new Date(context.clock.now()),
    log: context.log,
  })
}

/** The logins of the way back: what they lack on a target that was made is told now, not on the day of the cutover. */
async function reverseLogins(
  migration: Migration,
  signal: AbortSignal,
): Promise<{ sourceUser: string; targetUser: string; targetPassword: string } | undefined> {
  if (migration.dms.reverse === undefined) return undefined
  const [source, target] = await Promise.all([
    reverseSecret(migration, 'source', signal),
    reverseSecret(migration, 'target', signal),
  ])
  return { sourceUser: source.username, targetUser: target.username, targetPassword: target.password }
}
