import { readMigrationFile } from '../../shared/migration/migration-file.ts'
import { telling } from '../../shared/notify/telling.ts'
import { runAction } from '../../shared/runtime/run-action.ts'
import { inputs as schema } from './inputs.ts'

/** Has the approval proved, and goes back to the source. */
export async function main(): Promise<void> {
  await runAction('fall-back', schema, async (inputs, context) => {
    const migration = await readMigrationFile(inputs.migration, inputs.database)
    const { perform } = await import('./perform.ts')
    return telling('fall-back', migration, inputs, context, (told) => perform(migration, inputs, told))
  })
}
