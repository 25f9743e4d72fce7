import { readPlan } from '../../shared/control/plan-store.ts'
import { loginOfUrl, sideLogin } from '../../shared/databases/open-database.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { openSession, withSession, type DatabaseLogin } from '../../shared/postgres/session.ts'
import { missingInput, type InputsOf } from '../../shared/runtime/inputs.ts'
import type { ActionContext, Outcome } from '../../shared/runtime/run-action.ts'
import { syncSequences } from '../../shared/sequences/sync-sequences.ts'
import type { inputs as schema } from './inputs.ts'
import { report } from './report.ts'

/**
 * Reads which sequences, brings the target's up to the source's, and reads them again.
 * Loaded when the inputs are right: clients take longer to load than a file to check.
 */
export async function perform(
  migration: Migration | undefined,
  inputs: InputsOf<typeof schema>,
  context: ActionContext,
): Promise<Outcome> {
  const logins = await findLogins(migration, inputs, context.signal)
  const options = (label: string) => ({
    label,
    application: 'aurora-migration sync-sequences',
    signal: context.signal,
  })
  return withSession(logins.source, options('source'), async (source) => {
    const target = await openSession(logins.target, options('target'))
    try {
      const digest = inputs['plan-digest']
      const plan =
        logins.migration === undefined || digest === undefined
          ? undefined
          : await readPlan(source, logins.migration, digest)
      const margin = inputs.margin > 0n ? inputs.margin : BigInt(plan?.sequenceMargin ?? 0)
      const names = plan?.sequences ?? 'all'
      return report(await syncSequences(source, target, { names, margin, dryRun: inputs['dry-run'] }), {
        from: 'source',
        to: 'target',
        margin,
        dryRun: inputs['dry-run'],
      })
    } finally {
      await target.close()
    }
  })
}

async function findLogins(
  migration: Migration | undefined,
  inputs: InputsOf<typeof schema>,
  signal: AbortSignal,
): Promise<{ source: DatabaseLogin; target: DatabaseLogin; migration?: string }> {
  if (migration !== undefined) {
    return {
      source: await sideLogin(migration, 'source', signal),
      target: await sideLogin(migration, 'target', signal),
      migration: migration.name,
    }
  }
  const { 'source-url': source, 'target-url': target, tls } = inputs
  if (source === undefined)
    throw missingInput('source-url', '${{ secrets.SOURCE_DATABASE_URL }}', 'without migration')
  if (target === undefined)
    throw missingInput('target-url', '${{ secrets.TARGET_DATABASE_URL }}', 'without migration')
  return { source: loginOfUrl(source, 'source-url', tls), target: loginOfUrl(target, 'target-url', tls) }
}
