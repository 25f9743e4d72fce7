import { copyFirst } from '../../shared/copy/copy-first.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { readSourceCatalogue } from '../../shared/postgres/catalogue.ts'
import { judgeMadeTarget } from '../../shared/preflight/judge-made-target.ts'
import type { InputsOf } from '../../shared/runtime/inputs.ts'
import type { ActionContext, Outcome } from '../../shared/runtime/run-action.ts'
import { approvedPlan } from '../../shared/control/approved-plan.ts'
import { givenDecisions } from '../../shared/migration/decisions-text.ts'
import { printChanges } from '../../shared/target/database-change.ts'
import { prepareTarget } from '../../shared/target/prepare.ts'
import { preparing, takeRunLock } from '../../shared/waiting/run-lock.ts'
import { targetParameters } from '../../shared/waiting/target-parameters.ts'
import { withDatabases } from '../../shared/waiting/with-databases.ts'
import type { inputs as schema } from './inputs.ts'
import { report } from './report.ts'

/** Recomputes the plan, refuses where it is not the approved one, and prepares both sides. */
export async function perform(
  migration: Migration,
  inputs: InputsOf<typeof schema>,
  context: ActionContext,
): Promise<Outcome> {
  const { signal, log } = context
  const decisions = givenDecisions(inputs['plan-decisions'])
  const [planDigest, dryRun] = [inputs['plan-digest'], inputs['dry-run']]
  const order = { migration, planDigest, decisions, action: 'prepare-target', dryRun }
  const copied = await copyFirst(order, context)
  if (!copied.exists)
    return report({ state: 'planned', digest: planDigest, changes: [], ended: 0 }, copied.changes)
  return withDatabases(migration, { action: 'prepare-target', signal }, async (databases) => {
    const { source, target } = databases
    if (!dryRun) await takeRunLock(source, migration.name, preparing, context)
    const catalogue = await readSourceCatalogue(source, migration)
    const plan = await approvedPlan(source, migration, catalogue, planDigest, decisions)
    const logins = await databases.dmsLogins()
    const preparation = await prepareTarget({
      source,
      target,
      sourceLogin: databases.sourceLogin,
      targetLogin: databases.targetLogin,
      parameters: targetParameters(migration, signal),
      signal,
      plan,
      dmsSourceUser: logins.sourceUser,
      dmsTargetUser: logins.targetUser,
      log,
      dryRun,
    })
    if (dryRun) printChanges(log, preparation.changes)
    // Soon after it was made; create-task judges it whatever was changed.
    else if (preparation.changes.length + copied.changes.length > 0)
      await judgeMadeTarget({
        ...databases,
        migration,
        plan,
        dms: { ...logins, targetPassword: logins.targetSecret.password },
        now: new Date(context.clock.now()),
        log,
      })
    return report(preparation, copied.changes)
  })
}
