import { copyMethod } from '../../shared/copy/make-server.ts'
import { allOrProblems } from '../../shared/databases/all-or-problems.ts'
import { dmsSecret, reverseSecret, sideLogin } from '../../shared/databases/open-database.ts'
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
  /** Of the way back, where the file names logins for it. */
  readonly reverseSource: DatabaseSecret | undefined
  readonly reverseTarget: DatabaseSecret | undefined
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
  const { source, target, dmsSource, dmsTarget, reverseSource, reverseTarget } = logins
  return {
    ...logins,
    users: {
      source: source.user,
      target: target?.user ?? '',
      dmsSource: dmsSource.username,
      dmsTarget: dmsTarget?.username ?? '',
      reverseSource: reverseSource?.username,
      reverseTarget: reverseTarget?.username,
    },
  }
}

type Logins = Omit<PreflightLogins, 'users'>

async function loginsOfBoth(migration: Migration, signal: AbortSignal): Promise<Logins> {
  const reverse = async (side: 'source' | 'target') =>
    migration.dms.reverse === undefined ? undefined : reverseSecret(migration, side, signal)
  const [source, target, dmsSource, dmsTarget, reverseSource, reverseTarget] = await allOrProblems<
    [
      DatabaseLogin,
      DatabaseLogin,
      DatabaseSecret,
      DatabaseSecret,
      DatabaseSecret | undefined,
      DatabaseSecret | undefined,
    ]
  >([
    sideLogin(migration, 'source', signal),
    sideLogin(migration, 'target', signal),
    dmsSecret(migration, 'source', signal),
    dmsSecret(migration, 'target', signal),
    reverse('source'),
    reverse('target'),
  ])
  return { source, target, dmsSource, dmsTarget, reverseSource, reverseTarget }
}

/** A secret without a host has its address from the server, so DMS's secret of a server to come may not be complete. */
async function loginsOfSource(migration: Migration, signal: AbortSignal): Promise<Logins> {
  const { reverse } = migration.dms
  const [source, dmsSource, reverseSource, dmsTarget, reverseTarget] = await Promise.all([
    sideLogin(migration, 'source', signal),
    dmsSecret(migration, 'source', signal),
    reverse === undefined ? undefined : reverseSecret(migration, 'source', signal),
    observe(() => dmsSecret(migration, 'target', signal)),
    observe(async () => (reverse === undefined ? undefined : reverseSecret(migration, 'target', signal))),
  ])
  return {
    source,
    target: undefined,
    dmsSource,
    dmsTarget: dmsTarget.known ? dmsTarget.value : undefined,
    reverseSource,
    reverseTarget: reverseTarget.known ? reverseTarget.value : undefined,
  }
}
