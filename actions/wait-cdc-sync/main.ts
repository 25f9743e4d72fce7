import { readGivenMigration } from '../../shared/migration/migration-file.ts'
import { missingInput } from '../../shared/runtime/inputs.ts'
import { telling } from '../../shared/notify/telling.ts'
import { runAction } from '../../shared/runtime/run-action.ts'
import { parseTaskArns } from '../../shared/waiting/task-arns.ts'
import { inputs as schema } from './inputs.ts'

/** Waits until markers go through every task quickly enough, and writes the evidence. */
export async function main(): Promise<void> {
  await runAction('wait-cdc-sync', schema, async (inputs, context) => {
    const arns = parseTaskArns(inputs['task-arns'])
    if (inputs.migration === undefined && arns.length === 0)
      throw missingInput('migration', '.github/migrations/shop.yml', 'without task-arns')
    const migration = await readGivenMigration(inputs.migration, inputs.database)
    const { perform } = await import('./perform.ts')
    return telling('wait-cdc-sync', migration, inputs, context, (told) =>
      perform(migration, arns, inputs, told),
    )
  })
}
