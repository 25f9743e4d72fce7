import { hasControlSchema } from '../control/plan-store.ts'
import { buildPlan } from '../migration/build-plan.ts'
import type { Catalogue, SourceCatalogue } from '../migration/catalogue-model.ts'
import type { LobMaximum } from '../migration/lob-columns.ts'
import { plannedTables } from '../migration/plan-schemas.ts'
import type { Plan, TableName } from '../migration/plan.ts'
import type { Migration } from '../migration/schema.ts'
import { readCatalogue, readSourceCatalogue } from '../postgres/catalogue.ts'
import { measureLobsAndVarchars } from '../postgres/lob-sizes.ts'
import {
  readActivity,
  readDatabaseObjects,
  readDmsRights,
  readLoginRights,
  readRoles,
  readRules,
  readSequencePositions,
  readServerFacts,
  readTableStatistics,
} from '../postgres/preflight-facts.ts'
import type { Session } from '../postgres/session.ts'
import type { Log } from '../runtime/log.ts'
import { readDecisions } from '../target/decisions.ts'
import { readFilledTables } from '../target/empty-tables.ts'
import type { CredentialFacts } from './credential-facts.ts'
import { decide } from './decide.ts'
import type { PreflightFacts, ReverseFacts, ServerFacts, SideFacts, SideOutside } from './facts.ts'
import { inspectBeyondCatalogue } from './inspect-side.ts'
import { knownFact, type Fact } from './known-fact.ts'
import { laterFact, laterSchema, laterTarget } from './later-target.ts'
import { observe } from './observe.ts'

/** What the caller has read outside the databases. */
export type OutsideFacts = Pick<
  PreflightFacts,
  'now' | 'users' | 'switchTargets' | 'dms' | 'github' | 'copy' | keyof CredentialFacts
> & {
  readonly source: SideOutside
  readonly target: SideOutside
}

/** The part of it that reading a side needs. */
type SidesOutside = Pick<OutsideFacts, 'users' | 'source' | 'target'>

export interface Inspection {
  readonly facts: PreflightFacts
  /** Undefined where the source could not be read as a plan needs it. */
  readonly plan: Plan | undefined
  /** What a reviewer should know of how tasks and ranges were decided, a sentence each. */
  readonly planNotes: readonly string[]
}

type Side = 'source' | 'target'

/**
 * Reads everything that preflight judges and builds the plan. Both sides are read at the same time; the number of
 * statements does not depend on the number of tables, apart from one scan for each table with LOB columns. Without a target
 * (it is made later) nothing of it is known yet.
 */
export async function inspect(
  migration: Migration,
  databases: { readonly source: Session; readonly target: Session | undefined },
  outside: OutsideFacts,
  log: Log,
): Promise<Inspection> {
  const [source, target] = await Promise.all([
    inspectSource(migration, databases.source, outside, log),
    databases.target === undefined ? laterTarget : inspectTarget(migration, databases.target, outside),
  ])
  const decided =
    source.catalogue.known && source.lobs.known
      ? await decide(databases.source, migration, {
          catalogue: source.catalogue.value,
          lobs: source.lobs.value,
          statistics: source.statistics,
        })
      : undefined
  const plan =
    source.catalogue.known && decided !== undefined
      ? buildPlan(migration, { source: source.catalogue.value, decisions: decided.decisions })
      : undefined
  const filled: Fact<readonly TableName[]> =
    plan === undefined
      ? { known: false, reason: 'the planned tables are not known' }
      : await filledTables(databases.target, plan)
  const { lobs, varchars, ...sourceFacts } = source
  return {
    plan,
    planNotes: decided?.notes ?? [],
    facts: {
      migration,
      users: outside.users,
      source: sourceFacts,
      target: { ...target, filled },
      lobs,
      varchars,
      tasks:
        plan === undefined
          ? { known: false, reason: 'there is no plan' }
          : { known: true, value: plan.tasks.length },
      switchTargets: outside.switchTargets,
      dmsPasswords: outside.dmsPasswords,
      switchLogins: outside.switchLogins,
      now: outside.now,
      dms: outside.dms,
      github: outside.github,
      copy: outside.copy,
    },
  }
}

async function filledTables(target: Session | undefined, plan: Plan): Promise<Fact<readonly TableName[]>> {
  return target === undefined ? laterFact : observe(() => readFilledTables(target, plannedTables(plan)))
}

async function inspectSource(
  migration: Migration,
  session: Session,
  outside: OutsideFacts,
  log: Log,
): Promise<
  SideFacts & {
    catalogue: Fact<SourceCatalogue>
    lobs: Fact<LobMaximum[]>
    varchars: Fact<LobMaximum[]>
  }
> {
  const catalogue = await observe(() => readSourceCatalogue(session, migration))
  const side = await inspectSide('source', migration, session, outside, catalogue)
  const measured = await observe(() =>
    measureLobsAndVarchars(session, knownFact(catalogue).planned, {
      encoding: knownFact(side.server).encoding,
      budgetMs: migration.dms.lob['time-budget'],
      parents: knownFact(catalogue).parents,
      onTable: ({ schema, table }, columns) =>
        log.line(`measuring ${columns} LOB columns of ${schema}.${table}`),
    }),
  )
  const part = <T>(of: (value: { lobs: LobMaximum[]; varchars: LobMaximum[] }) => T): Fact<T> =>
    measured.known ? { known: true, value: of(measured.value) } : measured
  return { ...side, catalogue, lobs: part(({ lobs }) => lobs), varchars: part(({ varchars }) => varchars) }
}

/** What is read of the target; of its schema nothing where an action makes that, and has not yet. */
export async function inspectTarget(
  migration: Migration,
  session: Session,
  outside: SidesOutside,
): Promise<SideFacts & { catalogue: Fact<Catalogue> }> {
  const read = await observe(() => readCatalogue(session, migration))
  const empty = read.known && read.value.planned.length + read.value.sequences.length === 0
  if (!empty || migration.schema === 'existing')
    return { ...(await inspectSide('target', migration, session, outside, read)), catalogue: read }
  const side = await inspectSide('target', migration, session, outside, laterSchema)
  return { ...side, catalogue: laterSchema, databaseObjects: laterSchema, grants: laterSchema }
}

/** What is read of either side, apart from LOBs and the plan. */
export async function inspectSide(
  side: Side,
  migration: Migration,
  session: Session,
  outside: SidesOutside,
  catalogue: Fact<Catalogue>,
): Promise<SideFacts> {
  const { users } = outside
  const dmsUser = side === 'source' ? users.dmsSource : users.dmsTarget
  const applicationRoles = migration.cutover['application-roles']
  const known = () => knownFact(catalogue)
  const server = await observe(() => readServerFacts(session))
  return {
    ...outside[side],
    server,
    objects: await observe(() => readDatabaseObjects(session)),
    activity: await observe(() => readActivity(session)),
    roles: await observe(() => readRoles(session, [dmsUser, users[side], ...applicationRoles])),
    loginRights: await observe(() => readLoginRights(session, known(), applicationRoles, dmsUser)),
    dmsRights: await observe(() =>
      readDmsRights(session, side, known(), dmsUser, knownFact(server).versionNumber),
    ),
    reverse: await observe(() => readReverse(session, side, { users, catalogue, server })),
    sequences: await observe(() => readSequencePositions(session, known())),
    statistics: await observe(() => readTableStatistics(session, known())),
    rules: await observe(() => readRules(session, known())),
    migrations: await observe(() => knownMigrations(session)),
    ...(await inspectBeyondCatalogue(session, side, {
      migration,
      login: users[side],
      dmsUser,
      server,
      catalogue,
    })),
  }
}

/** DMS's user of the way back on one side. */
async function readReverse(
  session: Session,
  side: Side,
  given: {
    readonly users: OutsideFacts['users']
    readonly catalogue: Fact<Catalogue>
    readonly server: Fact<ServerFacts>
  },
): Promise<ReverseFacts | undefined> {
  const user = side === 'source' ? given.users.reverseSource : given.users.reverseTarget
  if (user === undefined) return undefined
  const catalogue = knownFact(given.catalogue)
  const { versionNumber } = knownFact(given.server)
  const { adminOfDmsUser: administered } = await readLoginRights(session, catalogue, [], user)
  const rights = await readDmsRights(session, `reverse-${side}`, catalogue, user, versionNumber)
  return { user, rights, administered }
}

async function knownMigrations(
  session: Session,
): Promise<{ migration: string; phase: string; prepared: boolean }[]> {
  if (!(await hasControlSchema(session))) return []
  return (await readDecisions(session)).map(({ migration, phase, prepared }) => ({
    migration,
    phase,
    prepared,
  }))
}
