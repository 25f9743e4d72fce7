import { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service'
import { dmsAccount } from '../../shared/aws/accounts.ts'
import { awsClientOptions } from '../../shared/aws/client-options.ts'
import { planCleanup, type CleanupPlan } from '../../shared/cleanup/cleanup.ts'
import { printStages, runStages } from '../../shared/cleanup/cleanup-step.ts'
import { parseNamed } from '../../shared/cleanup/named.ts'
import { judgeStage } from '../../shared/cleanup/stage.ts'
import { withCleanupDatabases } from '../../shared/cleanup/with-cleanup-databases.ts'
import { openDatabases, type CleanupWork } from '../../shared/cleanup/work.ts'
import { workflowRun } from '../../shared/github/run.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { refuseProblems } from '../../shared/runtime/errors.ts'
import type { InputsOf } from '../../shared/runtime/inputs.ts'
import type { ActionContext, Outcome } from '../../shared/runtime/run-action.ts'
import { journal } from '../../shared/target/database-change.ts'
import type { inputs as schema } from './inputs.ts'
import { report } from './report.ts'

/** Looks at both databases and AWS, refuses what may not be, and removes what the migration made. */
export async function perform(
  migration: Migration,
  inputs: InputsOf<typeof schema>,
  context: ActionContext,
): Promise<Outcome> {
  const { when, gone, 'dry-run': dryRun } = inputs
  const lifts = inputs['lift-guard']
  const named = parseNamed(inputs.also)
  const client = new DatabaseMigrationServiceClient(awsClientOptions(dmsAccount(migration)))
  try {
    return await withCleanupDatabases({ migration, gone, dryRun }, context, async ({ databases }) => {
      const nothing = { row: undefined, cleaned: undefined }
      const judged = judgeStage(
        {
          source: databases.source?.sight.said ?? nothing,
          target: databases.target?.sight.said ?? nothing,
        },
        { when, gone, giveUpWayBack: inputs['give-up-way-back'] },
      )
      if ('problem' in judged) {
        refuseProblems('refused', [judged.problem])
        throw new Error('a problem refuses')
      }
      const work: CleanupWork = { migration, context, when, stage: judged.stage, named, databases }
      const plan = await planCleanup(client, work, {
        keepJournal: inputs['keep-journal'],
        liftGuard: lifts,
      })
      tellJournal(work)
      if (dryRun) {
        printStages(plan.stages, context.log)
        return report({ work, plan, lifts, cleaned: undefined })
      }
      if (plan.stages.length > 0) await noteBeginning(work, plan)
      return report({ work, plan, lifts, cleaned: await runStages(plan.stages, context) })
    })
  } finally {
    client.destroy()
  }
}

/** Before anything of it goes: the log keeps what the journals say. */
function tellJournal(work: CleanupWork): void {
  for (const { sight } of openDatabases(work)) {
    const row = sight.said.row === undefined ? 'no decision' : `decision: ${sight.said.row.phase}`
    work.context.log.line(`journal of the ${sight.side} (${row}):`)
    for (const { at, event, runId, generation, detail } of sight.journal)
      work.context.log.line(
        `  ${at} ${event} (run ${runId}, generation ${generation}) ${detail.slice(0, 500)}`,
      )
  }
}

async function noteBeginning(work: CleanupWork, { stages }: CleanupPlan): Promise<void> {
  const context = { migration: work.migration.name, run: workflowRun(), log: work.context.log }
  for (const { session, sight } of openDatabases(work))
    if (sight.controlTables.includes('journal'))
      await journal(session, context, 'cleanup-begun', { when: work.when, steps: stages.flat().length })
}
