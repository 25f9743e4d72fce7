import { dmsAccount } from '../../shared/aws/accounts.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import type { InputsOf } from '../../shared/runtime/inputs.ts'
import type { ActionContext, Outcome } from '../../shared/runtime/run-action.ts'
import { carriedPlan } from '../../shared/cutover/carried-plan.ts'
import { lastingSession } from '../../shared/waiting/lasting-session.ts'
import { planOfInput, tasksOfPlan } from '../../shared/waiting/planned-wait.ts'
import { withDatabases } from '../../shared/waiting/with-databases.ts'
import type { inputs as schema } from './inputs.ts'
import { waitByMetrics } from './metrics-only.ts'
import { observer } from './observe.ts'
import { metricsReport, report } from './report.ts'
import { sync } from './sync.ts'
import { computeOf, computeOfArn } from '../../shared/dms/compute.ts'
import { withAws } from './with-aws.ts'

/**
 * Waits for the tasks of the migration's plan by markers, or without one for `arns` by metrics. Loaded when the inputs
 * are right: clients take longer to load than a file to check.
 */
export async function perform(
  migration: Migration | undefined,
  arns: readonly string[],
  inputs: InputsOf<typeof schema>,
  context: ActionContext,
): Promise<Outcome> {
  const { signal } = context
  const dryRun = inputs['dry-run']
  const maxWaitMs = dryRun ? 0 : inputs['max-wait']
  const compute = migration === undefined ? computeOfArn(arns[0] ?? '') : computeOf(migration)
  const account = migration === undefined ? {} : dmsAccount(migration)
  return withAws({ compute, account }, signal, async ({ port, metrics, instanceNames }) => {
    if (migration === undefined) {
      const instances = await instanceNames({ arns })
      const observe = observer({ port, selection: { arns }, instances, context, planned: undefined })
      return metricsReport(await waitByMetrics({ metrics, instances, observe, maxWaitMs, context }))
    }
    return withDatabases(migration, { action: 'wait-cdc-sync', signal }, async (databases) => {
      const { targetLogin } = databases
      // A wait of hours outlives a restart of either server.
      const source = lastingSession(databases.source)
      const target = lastingSession(databases.target)
      const digest = inputs['plan-digest']
      const plan = await carriedPlan(await planOfInput(source, migration.name, digest), target)
      const selection = await tasksOfPlan(port, plan, arns)
      const instances = await instanceNames(selection)
      const planned = { migration, plan, planDigest: digest ?? '', source, target, dryRun }
      const observe = observer({ port, selection, instances, context, planned })
      const rounds = Number(inputs.rounds)
      try {
        const work = { ...planned, targetLogin, metrics, instances, observe, rounds, maxWaitMs, context }
        return report(await sync(work), { plan, dryRun })
      } finally {
        await Promise.all([source.close(), target.close()])
      }
    })
  })
}
