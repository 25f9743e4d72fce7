import type {
  BackgroundWorker,
  CronJob,
  DatabaseRole,
  DefinerFunction,
  DmsUserSessions,
  ForeignServer,
  OtherTable,
  RoleSetting,
  TableWriter,
} from '../preflight/access-facts.ts'
import {
  readBackgroundWorkersStatement,
  readCronAccessStatement,
  readCronJobsStatement,
  readDatabaseRolesStatement,
  readDefinerFunctionsStatement,
  readDmsUserSessionsStatement,
  readForeignServersStatement,
  readOtherTablesStatement,
  readRoleSettingsStatement,
  readTableWritersStatement,
} from './access-statements.ts'
import type { Session } from './session.ts'

// Each of these is one statement, whatever the number of tables and roles (pg_cron costs two where it is installed).

/** All roles but PostgreSQL's own, with their memberships. */
export async function readDatabaseRoles(session: Session): Promise<readonly DatabaseRole[]> {
  return session.query<DatabaseRole>(readDatabaseRolesStatement)
}

/** What ALTER DATABASE and ALTER ROLE … SET say for this database. */
export async function readRoleSettings(session: Session): Promise<readonly RoleSetting[]> {
  return session.query<RoleSetting>(readRoleSettingsStatement)
}

/** Logins that could write any of these relations. */
export async function readTableWriters(
  session: Session,
  oids: readonly string[],
): Promise<readonly TableWriter[]> {
  return session.query<TableWriter>(readTableWritersStatement, [[...oids]])
}

/** SECURITY DEFINER functions, and such as set what a fence stands on. */
export async function readDefinerFunctions(session: Session): Promise<readonly DefinerFunction[]> {
  return session.query<DefinerFunction>(readDefinerFunctionsStatement)
}

/** Servers behind foreign data wrappers. */
export async function readForeignServers(session: Session): Promise<readonly ForeignServer[]> {
  return session.query<ForeignServer>(readForeignServersStatement)
}

/**
 * Jobs of pg_cron in this database; none where it is not installed. Its row security shows a login its own jobs only:
 * where it is in force this throws, since the jobs of others would be missing without a word.
 */
export async function readCronJobs(session: Session): Promise<readonly CronJob[]> {
  const [access] = await session.query<{ present: boolean; seesAll: boolean }>(readCronAccessStatement)
  if (access?.present !== true) return []
  if (!access.seesAll) throw new Error('pg_cron hides the jobs of others from this login (row security)')
  return session.query<CronJob>(readCronJobsStatement)
}

/** Background workers of this database that are not PostgreSQL's own. */
export async function readBackgroundWorkers(session: Session): Promise<readonly BackgroundWorker[]> {
  return session.query<BackgroundWorker>(readBackgroundWorkersStatement)
}

/** Sessions of DMS's user; none where the role does not exist. */
export async function readDmsSessions(session: Session, user: string): Promise<DmsUserSessions> {
  const [row] = await session.query<DmsUserSessions>(readDmsUserSessionsStatement, [user])
  return row ?? { count: 0, addresses: 0, applications: [] }
}

/** Tables outside these relations that are written to. */
export async function readOtherTables(
  session: Session,
  oids: readonly string[],
): Promise<readonly OtherTable[]> {
  return session.query<OtherTable>(readOtherTablesStatement, [[...oids]])
}
