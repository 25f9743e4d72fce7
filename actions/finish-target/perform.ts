import { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service'
import { dmsAccount } from '../../shared/aws/accounts.ts'
import { awsClientOptions } from '../../shared/aws/client-options.ts'
import { readPlan } from '../../shared/control/plan-store.ts'
import { computeOf } from '../../shared/dms/compute.ts'
import { replications } from '../../shared/dms/replications.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import type { InputsOf } from '../../shared/runtime/inputs.ts'
import type { ActionContext, Outcome } from '../../shared/runtime/run-action.ts'
import { printChanges } from '../../shared/target/database-change.ts'
import { finishTarget } from '../../shared/target/finish.ts'
import { targetParameters } from '../../shared/waiting/target-parameters.ts'
import { withDatabases } from '../../shared/waiting/with-databases.ts'
import type { inputs as schema } from './inputs.ts'
import { report } from './report.ts'

/** Reads the approved plan from the source, finishes the target, and starts tasks again that waited for it. */
export async function perform(
  migration: Migration,
  inputs: InputsOf<typeof schema>,
  { signal, log, clock }: ActionContext,
): Promise<Outcome> {
  const client = new DatabaseMigrationServiceClient(awsClientOptions(dmsAccount(migration)))
  const tasks = replications(computeOf(migration), client, signal)
  try {
    return await withDatabases(migration, { action: 'finish-target', signal }, async (databases) => {
      const { source, target, targetLogin } = databases
      const plan = await readPlan(source, migration.name, inputs['plan-digest'])
      const dryRun = inputs['dry-run']
      const finishing = await finishTarget({
        source,
        target,
        targetLogin,
        tasks,
        parameters: targetParameters(migration, signal),
        plan,
        log,
        signal,
        clock,
        dryRun,
      })
      if (dryRun) printChanges(log, finishing.changes)
      return report(finishing)
    })
  } finally {
    client.destroy()
  }
}
