import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { switchAccount } from '../../shared/aws/accounts.ts'
import { awsClientOptions } from '../../shared/aws/client-options.ts'
import { withBoth } from '../../shared/databases/with-both.ts'
import { withOpen } from '../../shared/databases/with-open.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import {
  openSession,
  type DatabaseLogin,
  type Session,
  type SessionOptions,
} from '../../shared/postgres/session.ts'
import { readLatestPlan, readPlan } from '../../shared/control/plan-store.ts'
import { runChecks } from '../../shared/preflight/finding.ts'
import { inspect } from '../../shared/preflight/inspect.ts'
import { checks } from '../../shared/preflight/registry.ts'
import { verdictOf } from '../../shared/preflight/verdict.ts'
import { applyWaivers, refuseUnknownWaivers } from '../../shared/preflight/waivers.ts'
import type { InputsOf } from '../../shared/runtime/inputs.ts'
import type { ActionContext, Outcome } from '../../shared/runtime/run-action.ts'
import { prepareTarget, type Preparation } from '../../shared/target/prepare.ts'
import { targetParameters } from '../../shared/waiting/target-parameters.ts'
import type { ComparedWith } from './comparison-part.ts'
import type { inputs as schema } from './inputs.ts'
import { readCredentials } from './credentials.ts'
import { findingPages } from './finding-pages.ts'
import { readLogins } from './logins.ts'
import { readOutside } from './outside.ts'
import { report } from './report.ts'

/** Every session of preflight refuses to write, whatever it is asked; LOB scans may take long. */
const readOnly = { default_transaction_read_only: 'on', statement_timeout: '0' }

/** Reads, judges and reports. Loaded when the inputs are right: clients take longer to load than a file to check. */
export async function perform(
  migration: Migration,
  inputs: InputsOf<typeof schema>,
  context: ActionContext,
): Promise<Outcome> {
  const { signal, log } = context
  refuseUnknownWaivers(migration.waivers, checks)
  const secrets = new SecretsManagerClient(awsClientOptions(switchAccount(migration)))
  try {
    const logins = await readLogins(migration, signal)
    const { source, target, users } = logins
    const options = { application: 'aurora-migration preflight', signal, settings: readOnly }
    return await withSides({ source, target }, options, async (databases) => {
      const compared = await comparedPlan(databases.source, migration.name, inputs['compare-with'])
      const [told, credentials] = await Promise.all([
        readOutside(migration, logins, secrets, {
          now: new Date(context.clock.now()),
          signal,
          githubToken: inputs['github-token'],
        }),
        readCredentials(migration, logins, secrets, signal),
      ])
      const outside = { ...told, ...credentials }
      const { facts, plan, planNotes } = await inspect(migration, databases, outside, log)
      const results = applyWaivers(
        runChecks(checks, facts),
        migration.waivers,
        checks,
        facts.now.toISOString().slice(0, 10),
      )
      const verdict = verdictOf(results)
      for (const { severity, code, message, accepted } of verdict.findings)
        log.line(`${accepted === undefined ? severity : 'accepted'}  ${code}: ${message}`)
      let preparation: Preparation | undefined
      if (
        verdict.verdict === 'clear' &&
        plan !== undefined &&
        target !== undefined &&
        databases.target !== undefined
      ) {
        preparation = await prepareTarget({
          source: databases.source,
          target: databases.target,
          sourceLogin: source,
          targetLogin: target,
          parameters: targetParameters(migration, signal),
          signal,
          plan,
          dmsSourceUser: users.dmsSource,
          dmsTargetUser: users.dmsTarget,
          log,
          dryRun: true,
        })
      }
      log.line(
        `statements: ${databases.source.roundTrips} on the source, ${databases.target?.roundTrips ?? 0} on the target`,
      )
      return report({
        results,
        verdict,
        facts,
        plan,
        planNotes,
        compared,
        changes: preparation?.changes ?? [],
        pages: findingPages(),
      })
    })
  } finally {
    secrets.destroy()
  }
}

/** Both sides opened, or the source alone where the target is made later. */
function withSides<T>(
  { source, target }: { readonly source: DatabaseLogin; readonly target: DatabaseLogin | undefined },
  options: Omit<SessionOptions, 'label'>,
  work: (databases: { readonly source: Session; readonly target: Session | undefined }) => Promise<T>,
): Promise<T> {
  if (target !== undefined) return withBoth({ source, target }, options, work)
  return withOpen(
    () => openSession(source, { ...options, label: 'source' }),
    (session) => work({ source: session, target: undefined }),
  )
}

/** The kept plan that the input names. Read first: a digest that is nowhere need not wait for the measurements. */
async function comparedPlan(
  source: Session,
  migration: string,
  asked: string | undefined,
): Promise<ComparedWith | undefined> {
  if (asked === undefined) return undefined
  if (asked === 'latest') return { asked, plan: await readLatestPlan(source, migration) }
  return { asked, plan: await readPlan(source, migration, asked, 'compare-with') }
}
