import { allOrProblems } from '../databases/all-or-problems.ts'
import { dmsSecret, sideLogin } from '../databases/open-database.ts'
import type { Migration } from '../migration/schema.ts'
import { withSession, type DatabaseLogin, type Session } from '../postgres/session.ts'
import type { DatabaseSecret } from '../secrets-manager/secrets.ts'

/** What DMS logs in as. */
export interface DmsLogins {
  readonly sourceUser: string
  readonly targetUser: string
  /** As the secrets of DMS's logins say: for endpoints that are given host and password instead of the secret. */
  readonly sourceSecret: DatabaseSecret
  readonly targetSecret: DatabaseSecret
  /** DMS's own login on the target, for what only the owner of DMS's tables may grant. */
  readonly targetLogin: DatabaseLogin
}

/** A session on each side as the migration's own login. */
export interface Databases {
  readonly source: Session
  readonly target: Session
  /** The logins of those sessions, for further ones. */
  readonly sourceLogin: DatabaseLogin
  readonly targetLogin: DatabaseLogin
  /** Names of the databases; the rest of a login is never shown. */
  readonly sourceDatabase: string
  readonly targetDatabase: string
  /** Reads the secrets of DMS's logins; only create-task needs the right to. */
  dmsLogins(): Promise<DmsLogins>
}

/**
 * Opens both databases with the secrets of the migration file, runs `work`, and closes them whatever happens. Throws
 * `precondition` or `unavailable` naming the side.
 */
export async function withDatabases<T>(
  migration: Migration,
  options: { readonly action: string; readonly signal: AbortSignal },
  work: (databases: Databases) => Promise<T>,
): Promise<T> {
  const { action, signal } = options
  const session = (label: string) => ({ label, application: `aurora-migration ${action}`, signal })
  const [sourceLogin, targetLogin] = await allOrProblems<[DatabaseLogin, DatabaseLogin]>([
    sideLogin(migration, 'source', signal),
    sideLogin(migration, 'target', signal),
  ])
  const dmsLogins = async () => {
    const source = await dmsSecret(migration, 'source', signal)
    const target = await dmsSecret(migration, 'target', signal)
    return {
      sourceUser: source.username,
      targetUser: target.username,
      sourceSecret: source,
      targetSecret: target,
      targetLogin: { ...targetLogin, user: target.username, password: target.password },
    }
  }
  return withSession(sourceLogin, session('source'), async (source) =>
    withSession(targetLogin, session('target'), async (target) =>
      work({
        source,
        target,
        sourceLogin,
        targetLogin,
        sourceDatabase: sourceLogin.database,
        targetDatabase: targetLogin.database,
        dmsLogins,
      }),
    ),
  )
}
