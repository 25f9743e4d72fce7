import { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service'
import { dmsAccount } from '../../shared/aws/accounts.ts'
import { awsClientOptions } from '../../shared/aws/client-options.ts'
import { replicationInstances } from '../../shared/dms/replication-instances.ts'
import type { TaskSelection } from '../../shared/dms/replication-tasks.ts'
import { computeOf, computeOfArn } from '../../shared/dms/compute.ts'
import { replications } from '../../shared/dms/replications.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import type { InputsOf } from '../../shared/runtime/inputs.ts'
import type { ActionContext, Outcome } from '../../shared/runtime/run-action.ts'
import { finishTarget } from '../../shared/target/finish.ts'
import { finishingLines } from '../../shared/target/finishing-lines.ts'
import { instanceNames } from '../../shared/waiting/instance-names.ts'
import { carriedTables, planOfInput, tasksOfPlan } from '../../shared/waiting/planned-wait.ts'
import { withDatabases } from '../../shared/waiting/with-databases.ts'
import type { inputs as schema } from './inputs.ts'
import { report } from './report.ts'
import { waitForLoad } from './wait.ts'

/**
 * Waits for the tasks of the migration's plan, or without one for `arns`. Loaded when the inputs are right: clients take
 * longer to load than a file to check.
 */
export async function perform(
  migration: Migration | undefined,
  arns: readonly string[],
  inputs: InputsOf<typeof schema>,
  context: ActionContext,
): Promise<Outcome> {
  const { signal, log } = context
  const dryRun = inputs['dry-run']
  const maxWaitMs = dryRun ? 0 : inputs['max-wait']
  const client = new DatabaseMigrationServiceClient(
    awsClientOptions(migration === undefined ? {} : dmsAccount(migration)),
  )
  const compute = migration === undefined ? computeOfArn(arns[0] ?? '') : computeOf(migration)
  const port = replications(compute, client, signal)
  const wait = async (selection: TaskSelection, planned: ReturnType<typeof carriedTables> | undefined) => {
    const instances = await instanceNames(
      replicationInstances(client, signal),
      await port.describe(selection),
    )
    return waitForLoad(port, selection, { planned, instances }, { context, maxWaitMs })
  }
  try {
    if (migration === undefined)
      return report({ ...(await wait({ arns }, undefined)), dryRun, maxWaitMs, finished: undefined })
    const databases = { action: 'wait-full-load', signal }
    // No session is kept over the hours of the wait: servers and networks end idle ones.
    const plan = await withDatabases(migration, databases, async ({ source }) =>
      planOfInput(source, migration.name, inputs['plan-digest']),
    )
    const waited = await wait(await tasksOfPlan(port, plan, arns), carriedTables(plan))
    if (waited.verdict.kind !== 'loaded' || migration.prepare !== 'auto')
      return report({ ...waited, dryRun, maxWaitMs, finished: undefined })
    const finishing = await withDatabases(migration, databases, async ({ source, target, targetLogin }) =>
      finishTarget({
        source,
        target,
        targetLogin,
        tasks: port,
        plan,
        log,
        signal,
        clock: context.clock,
        dryRun,
      }),
    )
    return report({ ...waited, dryRun, maxWaitMs, finished: finishingLines(finishing) })
  } finally {
    client.destroy()
  }
}
