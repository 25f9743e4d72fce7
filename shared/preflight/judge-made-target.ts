import type { Migration } from '../migration/schema.ts'
import { copyMethod } from '../copy/make-server.ts'
import { withOpen } from '../databases/with-open.ts'
import { readSourceCatalogue } from '../postgres/catalogue.ts'
import type { DatabaseLogin, Session } from '../postgres/session.ts'
import { refuseProblems } from '../runtime/errors.ts'
import type { Log } from '../runtime/log.ts'
import { readFilledTables } from '../target/empty-tables.ts'
import { plannedTables } from '../migration/plan-schemas.ts'
import type { Plan } from '../migration/plan.ts'
import { dmsTakesPassword } from './dms-password.ts'
import type { PreflightFacts, SideOutside } from './facts.ts'
import { runChecks, type Check } from './finding.ts'
import { inspectSide, inspectTarget } from './inspect.ts'
import { NotYet, type Fact } from './known-fact.ts'
import { laterOutside, laterSchema, laterTarget } from './later-target.ts'
import { observe } from './observe.ts'
import { checks } from './registry.ts'
import { verdictOf } from './verdict.ts'
import { applyWaivers } from './waivers.ts'

export interface MadeTarget {
  readonly migration: Migration
  readonly plan: Plan
  readonly source: Session
  readonly target: Session
  readonly sourceLogin: DatabaseLogin
  readonly targetLogin: DatabaseLogin
  /** What DMS logs in as; of the target's password only whether DMS takes it is looked at. */
  readonly dms: {
    readonly sourceUser: string
    readonly targetUser: string
    readonly targetPassword: string
    /** Of the way back, where the file names logins for it. */
    readonly reverse?:
      | { readonly sourceUser: string; readonly targetUser: string; readonly targetPassword: string }
      | undefined
  }
  readonly now: Date
  readonly log: Log
}

/** What a migration makes of its target itself, so that preflight may not have had it: the server, or the schema in it. */
function madeByMigration(migration: Migration): 'server' | 'schema' | undefined {
  if (copyMethod(migration) !== undefined) return 'server'
  return migration.schema === 'existing' ? undefined : 'schema'
}

/** Sessions that write nothing and may take their time, as those of preflight. */
const reading = { default_transaction_read_only: 'on', statement_timeout: '0' }

const notAsked: Fact<never> = {
  known: false,
  reason: 'only preflight asks for it; run it again',
  notYet: true,
}

/**
 * Judges what preflight could not, of a target that was made since: the same checks with the same findings and waivers,
 * and no others. What RDS, DMS and GitHub say is not asked again: checks that need it stay `not-yet`. Reads both
 * databases, about sixty statements a side. Does nothing where the target was there as it is. Throws `refused` with every
 * blocker.
 */
export async function judgeMadeTarget(made: MadeTarget): Promise<void> {
  const kind = madeByMigration(made.migration)
  if (kind === undefined) return
  const facts = await withOpen(
    () => made.source.another(reading),
    (source) =>
      withOpen(
        () => made.target.another(reading),
        (target) => readFacts({ ...made, source, target }),
      ),
  )
  const all = runChecks(
    checks.filter((check) => waits(check, before(facts, kind))),
    facts,
  )
  const results = all.filter(({ outcome }) => outcome !== 'not-yet')
  const waivers = made.migration.waivers.filter(({ code }) => results.some((result) => result.code === code))
  const verdict = verdictOf(applyWaivers(results, waivers, checks, made.now.toISOString().slice(0, 10)))
  made.log.line(
    `checks of the target that preflight could not make: ${verdict.passed} passed, ${results.length - verdict.passed} did not; what RDS says of it, and the logins of the secrets to switch, are left to another preflight`,
  )
  for (const { severity, code, message, accepted } of verdict.findings)
    made.log.line(`${accepted === undefined ? severity : 'accepted'}  ${code}: ${message}`)
  refuseProblems(
    'refused',
    verdict.findings
      .filter(({ severity, accepted }) => severity === 'blocker' && accepted === undefined)
      .map(({ code, message, objects, why, remedy }) => ({
        field: code,
        message: `${message}${objects.length === 0 ? '' : `: ${objects.slice(0, 20).join(', ')}`}. ${why}`,
        remedy,
      })),
  )
}

/** The facts as preflight had them. */
function before(facts: PreflightFacts, made: 'server' | 'schema'): PreflightFacts {
  const target =
    made === 'server'
      ? laterTarget
      : { ...facts.target, catalogue: laterSchema, databaseObjects: laterSchema, grants: laterSchema }
  const { dmsPasswords } = facts
  return made === 'server'
    ? { ...facts, target, dmsPasswords: { ...dmsPasswords, target: notAsked, reverseTarget: notAsked } }
    : { ...facts, target }
}

/** Whether a check had nothing to judge by; what it found on the source meanwhile was preflight's to refuse. */
function waits({ judge }: Check, facts: PreflightFacts): boolean {
  try {
    judge(facts)
    return false
  } catch (error) {
    return error instanceof NotYet
  }
}

async function readFacts(given: MadeTarget): Promise<PreflightFacts> {
  const { migration, plan, source, target, sourceLogin, targetLogin, dms } = given
  const address = ({ host, port }: DatabaseLogin): SideOutside => ({
    ...laterOutside,
    address: { host, port },
  })
  const outside = {
    users: {
      source: sourceLogin.user,
      target: targetLogin.user,
      dmsSource: dms.sourceUser,
      dmsTarget: dms.targetUser,
      reverseSource: dms.reverse?.sourceUser,
      reverseTarget: dms.reverse?.targetUser,
    },
    source: address(sourceLogin),
    target: address(targetLogin),
  }
  const catalogue = await observe(() => readSourceCatalogue(source, migration))
  const [sourceFacts, targetFacts] = await Promise.all([
    inspectSide('source', migration, source, outside, catalogue),
    inspectTarget(migration, target, outside),
  ])
  return {
    migration,
    now: given.now,
    users: outside.users,
    source: { ...sourceFacts, catalogue },
    target: { ...targetFacts, filled: await observe(() => readFilledTables(target, plannedTables(plan))) },
    lobs: notAsked,
    varchars: notAsked,
    tasks: { known: true, value: plan.tasks.length },
    switchTargets: [],
    switchLogins: [],
    dmsPasswords: {
      source: notAsked,
      target: {
        known: true,
        value: dmsTakesPassword(dms.targetPassword, migration.dms.target['access-role'] !== undefined),
      },
      ...(dms.reverse === undefined
        ? {}
        : {
            reverseTarget: {
              known: true,
              value: dmsTakesPassword(
                dms.reverse.targetPassword,
                migration.dms.reverse?.target['access-role'] !== undefined,
              ),
            },
          }),
    },
    dms: { instances: notAsked, quotas: notAsked, taken: notAsked, classes: notAsked },
    copy: notAsked,
    github: notAsked,
  }
}
