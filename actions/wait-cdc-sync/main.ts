import { readMigrationFile } from '../../shared/migration/migration-file.ts'
import { missingInput } from '../../shared/runtime/inputs.ts'
import { runAction } from '../../shared/runtime/run-action.ts'
import { planOfInput, tasksOfPlan } from '../../shared/waiting/planned-wait.ts'
import { parseTaskArns } from '../../shared/waiting/task-arns.ts'
import { withDatabases } from '../../shared/waiting/with-databases.ts'
import { inputs as schema } from './inputs.ts'
import { waitByMetrics } from './metrics-only.ts'
import { observer } from './observe.ts'
import { metricsReport, report } from './report.ts'
import { sync } from './sync.ts'
import { withAws } from './with-aws.ts'

/** Waits until markers go through every task quickly enough, and writes the evidence. */
export async function main(): Promise<void> {
  await runAction('wait-cdc-sync', schema, async (inputs, context) => {
    const { signal } = context
    const dryRun = inputs['dry-run']
    const maxWaitMs = dryRun ? 0 : inputs['max-wait']
    const arns = parseTaskArns(inputs['task-arns'])
    if (inputs.migration === undefined && arns.length === 0)
      throw missingInput('migration', '.github/migrations/shop.yml', 'without task-arns')
    const migration = inputs.migration === undefined ? undefined : await readMigrationFile(inputs.migration)
    return withAws(signal, async ({ port, metrics, instanceNames }) => {
      if (migration === undefined) {
        const instances = await instanceNames({ arns })
        const observe = observer({ port, selection: { arns }, instances, context, planned: undefined })
        return metricsReport(await waitByMetrics({ metrics, instances, observe, maxWaitMs, context }))
      }
      return withDatabases(migration, { action: 'wait-cdc-sync', signal }, async ({ source, target }) => {
        const digest = inputs['plan-digest']
        const plan = await planOfInput(source, migration.name, digest)
        const selection = await tasksOfPlan(port, plan, arns)
        const instances = await instanceNames(selection)
        const planned = { migration, plan, source, target }
        const observe = observer({ port, selection, instances, context, planned })
        const asked = { planDigest: digest ?? '', rounds: Number(inputs.rounds), maxWaitMs, dryRun }
        const outcome = await sync({ ...planned, ...asked, metrics, instances, observe, context })
        return report(outcome, { plan, dryRun })
      })
    })
  })
}
