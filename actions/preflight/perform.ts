import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { switchAccount } from '../../shared/aws/accounts.ts'
import { awsClientOptions } from '../../shared/aws/client-options.ts'
import { allOrProblems } from '../../shared/databases/all-or-problems.ts'
import { dmsSecret, sideLogin } from '../../shared/databases/open-database.ts'
import { withBoth } from '../../shared/databases/with-both.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import type { DatabaseLogin, Session } from '../../shared/postgres/session.ts'
import { readLatestPlan, readPlan } from '../../shared/control/plan-store.ts'
import { runChecks } from '../../shared/preflight/finding.ts'
import { inspect } from '../../shared/preflight/inspect.ts'
import { checks } from '../../shared/preflight/registry.ts'
import { verdictOf } from '../../shared/preflight/verdict.ts'
import { applyWaivers, refuseUnknownWaivers } from '../../shared/preflight/waivers.ts'
import type { InputsOf } from '../../shared/runtime/inputs.ts'
import type { ActionContext, Outcome } from '../../shared/runtime/run-action.ts'
import type { DatabaseSecret } from '../../shared/secrets-manager/secrets.ts'
import { prepareTarget, type Preparation } from '../../shared/target/prepare.ts'
import type { ComparedWith } from './comparison-part.ts'
import type { inputs as schema } from './inputs.ts'
import { readCredentials } from './credentials.ts'
import { findingPages } from './finding-pages.ts'
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
    const [source, target, dmsSource, dmsTarget] = await allOrProblems<
      [DatabaseLogin, DatabaseLogin, DatabaseSecret, DatabaseSecret]
    >([
      sideLogin(migration, 'source', signal),
      sideLogin(migration, 'target', signal),
      dmsSecret(migration, 'source', signal),
      dmsSecret(migration, 'target', signal),
    ])
    const users = {
      source: source.user,
      target: target.user,
      dmsSource: dmsSource.username,
      dmsTarget: dmsTarget.username,
    }
    const options = { application: 'aurora-migration preflight', signal, settings: readOnly }
    return await withBoth({ source, target }, options, async (databases) => {
      const compared = await comparedPlan(databases.source, migration.name, inputs['compare-with'])
      const credentials = readCredentials(
        migration,
        { source: dmsSource, target: dmsTarget },
        target,
        secrets,
        signal,
      )
      const outside = {
        ...(await readOutside(migration, { source, target, users }, secrets, {
          now: new Date(context.clock.now()),
          signal,
          githubToken: inputs['github-token'],
        })),
        ...(await credentials),
      }
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
      if (verdict.verdict === 'clear' && plan !== undefined) {
        preparation = await prepareTarget({
          ...databases,
          sourceLogin: source,
          targetLogin: target,
          signal,
          plan,
          dmsSourceUser: users.dmsSource,
          dmsTargetUser: users.dmsTarget,
          log,
          dryRun: true,
        })
      }
      log.line(
        `statements: ${databases.source.roundTrips} on the source, ${databases.target.roundTrips} on the target`,
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
