import { readMigrationFile } from '../../shared/migration/migration-file.ts'
import { runAction } from '../../shared/runtime/run-action.ts'
import { inputs as schema } from './inputs.ts'

/** Inspects everything, judges it, and gives the plan's digest. */
export async function main(): Promise<void> {
  await runAction('preflight', schema, async (inputs, context) => {
    const migration = await readMigrationFile(inputs.migration, inputs.database)
    const { perform } = await import('./perform.ts')
    return perform(migration, inputs, context)
  })
}
