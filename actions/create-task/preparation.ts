import type { Plan } from '../../shared/migration/plan.ts'
import type { ServerParameters } from '../../shared/rds/server-parameters.ts'
import { MigrationError } from '../../shared/runtime/errors.ts'
import type { Log } from '../../shared/runtime/log.ts'
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
