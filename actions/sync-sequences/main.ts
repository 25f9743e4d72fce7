import { readGivenMigration } from '../../shared/migration/migration-file.ts'
import { missingInput } from '../../shared/runtime/inputs.ts'
import { runAction } from '../../shared/runtime/run-action.ts'
import { inputs as schema } from './inputs.ts'

/** Reads which sequences, brings the target's up to the source's, and reads them again. */
export async function main(): Promise<void> {
  await runAction('sync-sequences', schema, async (inputs, context) => {
    const migration = await readGivenMigration(inputs.migration, inputs.database)
    if (migration !== undefined && inputs['plan-digest'] === undefined)
      throw missingInput('plan-digest', '${{ needs.preflight.outputs.plan-digest }}', 'with migration')
    const { perform } = await import('./perform.ts')
    return perform(migration, inputs, context)
  })
}
