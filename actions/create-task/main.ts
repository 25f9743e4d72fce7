import { readMigrationFile } from '../../shared/migration/migration-file.ts'
import { telling } from '../../shared/notify/telling.ts'
import { runAction } from '../../shared/runtime/run-action.ts'
import { inputs as schema } from './inputs.ts'

/** Makes and starts the replication tasks of the approved plan. */
export async function main(): Promise<void> {
  await runAction('create-task', schema, async (inputs, context) => {
    const migration = await readMigrationFile(inputs.migration, inputs.database)
    const { perform } = await import('./perform.ts')
    return telling('create-task', migration, inputs, context, (told) => perform(migration, inputs, told))
  })
}
