import type { Migration } from '../../shared/migration/schema.ts'
import { readSourceCatalogue } from '../../shared/postgres/catalogue.ts'
import type { InputsOf } from '../../shared/runtime/inputs.ts'
import type { ActionContext, Outcome } from '../../shared/runtime/run-action.ts'
import { approvedPlan } from '../../shared/control/approved-plan.ts'
import { givenDecisions } from '../../shared/migration/decisions-text.ts'
import { printChanges } from '../../shared/target/database-change.ts'
import { prepareTarget } from '../../shared/target/prepare.ts'
import { withDatabases } from '../../shared/waiting/with-databases.ts'
import type { inputs as schema } from './inputs.ts'
import { report } from './report.ts'

/** Recomputes the plan, refuses where it is not the approved one, and prepares both sides. */
export async function perform(
  migration: Migration,
  inputs: InputsOf<typeof schema>,
  { signal, log }: ActionContext,
): Promise<Outcome> {
  const given = givenDecisions(inputs['plan-decisions'])
  return withDatabases(migration, { action: 'prepare-target', signal }, async (databases) => {
    const { source, target } = databases
    const catalogue = await readSourceCatalogue(source, migration)
    const plan = await approvedPlan(source, migration, catalogue, inputs['plan-digest'], given)
    const logins = await databases.dmsLogins()
    const preparation = await prepareTarget({
      source,
      target,
      sourceLogin: databases.sourceLogin,
      targetLogin: databases.targetLogin,
      signal,
      plan,
      dmsSourceUser: logins.sourceUser,
      dmsTargetUser: logins.targetUser,
      log,
      dryRun: inputs['dry-run'],
    })
    if (inputs['dry-run']) printChanges(log, preparation.changes)
    return report(preparation)
  })
}
