import { copyMethod } from '../../shared/copy/make-server.ts'
import { allOrProblems } from '../../shared/databases/all-or-problems.ts'
import { dmsSecret, sideLogin } from '../../shared/databases/open-database.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import type { DatabaseLogin } from '../../shared/postgres/session.ts'
import type { PreflightFacts } from '../../shared/preflight/facts.ts'
import { observe } from '../../shared/preflight/observe.ts'
import type { DatabaseSecret } from '../../shared/secrets-manager/secrets.ts'
import { isServerThere } from './rds-outside.ts'

/** Every login that preflight reads. */
export interface PreflightLogins {
  readonly source: DatabaseLogin
  /** Undefined where the target's server is made later. */
  readonly target: DatabaseLogin | undefined
  readonly dmsSource: DatabaseSecret
  readonly dmsTarget: DatabaseSecret | undefined
  readonly users: PreflightFacts['users']
}

/**
 * Reads the logins of both sides and of DMS. Of a target that the migration makes itself (`load.by: aurora-clone` or
 * `snapshot`, `schema: { aurora-replica }`) and that is not there yet, what can be read is read. Throws one
 * MigrationError with the problems of all logins.
 */
export async function readLogins(migration: Migration, signal: AbortSignal): Promise<PreflightLogins> {
  const logins =
    copyMethod(migration) !== undefined && !(await isServerThere(migration, 'target', signal))
      ? await loginsOfSource(migration, signal)
      : await loginsOfBoth(migration, signal)
  const { source, target, dmsSource, dmsTarget } = logins
  return {
    ...logins,
    users: {
      source: source.user,
      target: target?.user ?? '',
      dmsSource: dmsSource.username,
      dmsTarget: dmsTarget?.username ?? '',
    },
  }
}

type Logins = Omit<PreflightLogins, 'users'>

async function loginsOfBoth(migration: Migration, signal: AbortSignal): Promise<Logins> {
  const [source, target, dmsSource, dmsTarget] = await allOrProblems<
    [DatabaseLogin, DatabaseLogin, DatabaseSecret, DatabaseSecret]
  >([
    sideLogin(migration, 'source', signal),
    sideLogin(migration, 'target', signal),
    dmsSecret(migration, 'source', signal),
    dmsSecret(migration, 'target', signal),
  ])
  return { source, target, dmsSource, dmsTarget }
}

/** A secret without a host has its address from the server, so DMS's secret of a server to come may not be complete. */
async function loginsOfSource(migration: Migration, signal: AbortSignal): Promise<Logins> {
  const [source, dmsSource, dmsTarget] = await Promise.all([
    sideLogin(migration, 'source', signal),
    dmsSecret(migration, 'source', signal),
    observe(() => dmsSecret(migration, 'target', signal)),
  ])
  return {
    source,
    target: undefined,
    dmsSource,
    dmsTarget: dmsTarget.known ? dmsTarget.value : undefined,
  }
}
