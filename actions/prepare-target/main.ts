import { readMigrationFile } from '../../shared/migration/migration-file.ts'
import { runAction } from '../../shared/runtime/run-action.ts'
import { inputs as schema } from './inputs.ts'

/** Prepares both sides for the approved plan. */
export async function main(): Promise<void> {
  await runAction('prepare-target', schema, async (inputs, context) => {
    const migration = await readMigrationFile(inputs.migration, inputs.database)
    const { perform } = await import('./perform.ts')
    return perform(migration, inputs, context)
  })
}
