import { readGivenMigration } from '../../shared/migration/migration-file.ts'
import { telling } from '../../shared/notify/telling.ts'
import { missingInput } from '../../shared/runtime/inputs.ts'
import { runAction } from '../../shared/runtime/run-action.ts'
import { inputs as schema } from './inputs.ts'

/** Compares rows and objects of both sides. */
export async function main(): Promise<void> {
  await runAction('verify-data', schema, async (inputs, context) => {
    const migration = await readGivenMigration(inputs.migration, inputs.database)
    if (migration !== undefined && inputs['plan-digest'] === undefined)
      throw missingInput('plan-digest', '${{ needs.preflight.outputs.plan-digest }}', 'with migration')
    const { perform } = await import('./perform.ts')
    return telling('verify-data', migration, inputs, context, (told) => perform(migration, inputs, told))
  })
}
