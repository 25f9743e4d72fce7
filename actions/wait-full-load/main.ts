import { readGivenMigration } from '../../shared/migration/migration-file.ts'
import { missingInput } from '../../shared/runtime/inputs.ts'
import { telling } from '../../shared/notify/telling.ts'
import { runAction } from '../../shared/runtime/run-action.ts'
import { parseTaskArns } from '../../shared/waiting/task-arns.ts'
import { inputs as schema } from './inputs.ts'

/** Waits for the full load of a plan's tasks, or of the tasks given. */
export async function main(): Promise<void> {
  await runAction('wait-full-load', schema, async (inputs, context) => {
    const arns = parseTaskArns(inputs['task-arns'])
    if (inputs.migration === undefined && arns.length === 0)
      throw missingInput('migration', '.github/migrations/shop.yml', 'without task-arns')
    const migration = await readGivenMigration(inputs.migration, inputs.database)
    const { perform } = await import('./perform.ts')
    return telling('wait-full-load', migration, inputs, context, (told, tellTrouble) =>
      perform(migration, arns, inputs, told, tellTrouble),
    )
  })
}
