import { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service'
import { dmsAccount } from '../../shared/aws/accounts.ts'
import { awsClientOptions } from '../../shared/aws/client-options.ts'
import { copyFirst } from '../../shared/copy/copy-first.ts'
import { storePlan } from '../../shared/control/plan-store.ts'
import { workflowRun } from '../../shared/github/run.ts'
import { plannedTables } from '../../shared/migration/plan-schemas.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { readSourceCatalogue } from '../../shared/postgres/catalogue.ts'
import type { InputsOf } from '../../shared/runtime/inputs.ts'
import type { ActionContext, Outcome } from '../../shared/runtime/run-action.ts'
import { preparing, takeRunLock } from '../../shared/waiting/run-lock.ts'
import { targetParameters } from '../../shared/waiting/target-parameters.ts'
import { withDatabases } from '../../shared/waiting/with-databases.ts'
import { createAll } from './create.ts'
import { demandPrepared, judgeFirst, prepareFirst } from './preparation.ts'
import type { inputs as schema } from './inputs.ts'
import { approvedPlan } from '../../shared/control/approved-plan.ts'
import { givenDecisions } from '../../shared/migration/decisions-text.ts'
import { report } from './report.ts'

/**
 * Makes and starts the replication tasks of the approved plan.
 * Loaded when the inputs are right: clients take longer to load than a file to check.
 */
export async function perform(
  migration: Migration,
  inputs: InputsOf<typeof schema>,
  context: ActionContext,
): Promise<Outcome> {
  const { signal, log } = context
  const dryRun = inputs['dry-run']
  const planDigest = inputs['plan-digest']
  const decisions = givenDecisions(inputs['plan-decisions'])
  const changes: string[] = []
  if (migration.prepare === 'auto') {
    const order = { migration, planDigest, decisions, action: 'create-task', dryRun }
    const copied = await copyFirst(order, context)
    changes.push(...copied.changes)
    if (!copied.exists)
      return report({ dryRun, planDigest, compute: '', tasks: [], assessments: [], tables: 0, changes })
  }
  const client = new DatabaseMigrationServiceClient(awsClientOptions(dmsAccount(migration)))
  try {
    return await withDatabases(migration, { action: 'create-task', signal }, async (databases) => {
      const { source } = databases
      // Two at once could empty tables that the other one's task is filling.
      if (!dryRun) await takeRunLock(source, migration.name, preparing, context)
      const catalogue = await readSourceCatalogue(source, migration)
      const plan = await approvedPlan(source, migration, catalogue, planDigest, decisions)
      const logins = await databases.dmsLogins()
      const parameters = targetParameters(migration, signal)
      if (migration.prepare === 'auto')
        changes.push(...(await prepareFirst({ databases, logins, plan, parameters, log, signal, dryRun })))
      else await demandPrepared(databases, migration.name)
      if (!dryRun) {
        await storePlan(source, plan)
        await judgeFirst(migration, plan, databases, logins, { client, context })
      }
      const tags = { migration: migration.name, planDigest, runId: workflowRun().runId }
      const work = { client, context, control: source, tags, dryRun, changes }
      const created = await createAll(work, migration, plan, databases, logins)
      return report({ dryRun, planDigest, ...created, tables: plannedTables(plan).length, changes })
    })
  } finally {
    client.destroy()
  }
}
