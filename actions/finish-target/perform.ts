import { readPlan } from '../../shared/control/plan-store.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import type { InputsOf } from '../../shared/runtime/inputs.ts'
import type { ActionContext, Outcome } from '../../shared/runtime/run-action.ts'
import { finishTarget } from '../../shared/target/finish.ts'
import { withDatabases } from '../../shared/waiting/with-databases.ts'
import type { inputs as schema } from './inputs.ts'
import { report } from './report.ts'

/** Reads the approved plan from the source and finishes the target. */
export async function perform(
  migration: Migration,
  inputs: InputsOf<typeof schema>,
  { signal, log }: ActionContext,
): Promise<Outcome> {
  return withDatabases(migration, { action: 'finish-target', signal }, async ({ source, target }) => {
    const plan = await readPlan(source, migration.name, inputs['plan-digest'])
    const finishing = await finishTarget({ target, plan, log, dryRun: inputs['dry-run'] })
    if (inputs['dry-run']) {
      for (const { side, title, statements } of finishing.changes) {
        log.line(`would ${title} (${side}):`)
        for (const statement of statements) log.line(`  ${statement};`)
      }
    }
    return report(finishing)
  })
}
