import type { Catalogue } from '../migration/catalogue-model.ts'
import type {
  ActivityFacts,
  DatabaseObjects,
  DmsRights,
  LoginRights,
  RoleFacts,
  RuleFacts,
  SequencePosition,
  ServerFacts,
  TableStatistic,
} from '../preflight/facts.ts'
import {
  readActivityStatement,
  readDatabaseObjectsStatement,
  readDmsRightsStatement,
  readLoginRightsStatement,
  readReplicationRoleRightStatement,
  readRolesStatement,
  readRulesStatement,
  readSequencePositionsStatement,
  readServerFactsStatement,
  readTableStatisticsStatement,
} from './preflight-statements.ts'
import type { Session } from './session.ts'

// Each of these is one statement, whatever the number of tables (the right to set one parameter costs one more).

/** Version, settings, slots and walsenders of a server. */
export async function readServerFacts(session: Session): Promise<ServerFacts> {
  return only(await session.query<ServerFacts>(readServerFactsStatement))
}

/** Extensions, event triggers, large objects, subscriptions and what DMS left behind. */
export async function readDatabaseObjects(session: Session): Promise<DatabaseObjects> {
  return only(await session.query<DatabaseObjects>(readDatabaseObjectsStatement))
}

/** Long and prepared transactions of the server; other clients of the database. */
export async function readActivity(session: Session): Promise<ActivityFacts> {
  return only(await session.query<ActivityFacts>(readActivityStatement))
}

/** Roles by name, whether they exist or not. */
export async function readRoles(session: Session, names: readonly string[]): Promise<readonly RoleFacts[]> {
  return session.query<RoleFacts>(readRolesStatement, [[...new Set(names)]])
}

/** What the session's own role may do. */
export async function readLoginRights(
  session: Session,
  catalogue: Catalogue,
  applicationRoles: readonly string[],
  dmsUser: string,
): Promise<LoginRights> {
  const owners = new Set([...catalogue.planned, ...catalogue.parents].map(({ owner }) => owner))
  return only(
    await session.query<LoginRights>(readLoginRightsStatement, [[...owners], [...applicationRoles], dmsUser]),
  )
}

const needed = {
  source: { tables: ['SELECT'], schemas: ['USAGE'] },
  target: { tables: ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'], schemas: ['USAGE'] },
  // The way back carries changes alone: nothing is loaded, and no table emptied.
  'reverse-source': { tables: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], schemas: ['USAGE'] },
  'reverse-target': { tables: ['SELECT'], schemas: ['USAGE'] },
} as const

/**
 * What DMS's user lacks on the planned tables of a side, or what that of the way back lacks there. Fails where the role does
 * not exist.
 */
export async function readDmsRights(
  session: Session,
  side: keyof typeof needed,
  catalogue: Catalogue,
  dmsUser: string,
  versionNumber: number,
): Promise<DmsRights> {
  const rights = only(
    await session.query<Omit<DmsRights, 'maySetReplicationRole'>>(readDmsRightsStatement, [
      dmsUser,
      catalogue.planned.map(({ oid }) => oid),
      [...needed[side].tables],
      [...needed[side].schemas],
    ]),
  )
  return { ...rights, maySetReplicationRole: await maySetReplicationRole(session, dmsUser, versionNumber) }
}

/** Before PostgreSQL 15 only superusers may, and on RDS members of rds_superuser (DMS User Guide, PostgreSQL target). */
async function maySetReplicationRole(
  session: Session,
  role: string,
  versionNumber: number,
): Promise<boolean> {
  const [facts] = await readRoles(session, [role])
  if (facts?.superuser === true || facts?.memberOf.includes('rds_superuser') === true) return true
  if (versionNumber < 150_000) return false
  return only(await session.query<{ may: boolean }>(readReplicationRoleRightStatement, [role])).may
}

/** Size, estimated rows and write counters of the planned tables. */
export async function readTableStatistics(
  session: Session,
  catalogue: Catalogue,
): Promise<readonly TableStatistic[]> {
  return session.query<TableStatistic>(readTableStatisticsStatement, [
    catalogue.planned.map(({ oid }) => oid),
  ])
}

/** Where the sequences of the planned schemas stand. */
export async function readSequencePositions(
  session: Session,
  catalogue: Catalogue,
): Promise<readonly SequencePosition[]> {
  return session.query<SequencePosition>(readSequencePositionsStatement, [[...catalogue.schemas]])
}

/** Rules on the planned tables. */
export async function readRules(session: Session, catalogue: Catalogue): Promise<readonly RuleFacts[]> {
  return session.query<RuleFacts>(readRulesStatement, [catalogue.planned.map(({ oid }) => oid)])
}

function only<T>(rows: readonly T[]): T {
  const [row] = rows
  if (row === undefined) throw new Error('a statement that always gives a row gave none')
  return row
}
