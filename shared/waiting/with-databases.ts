import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { awsClientOptions } from '../aws/client-options.ts'
import { sideLogin } from '../databases/open-database.ts'
import type { Migration } from '../migration/schema.ts'
import { withSession, type DatabaseLogin, type Session } from '../postgres/session.ts'
import { readDatabaseSecret, type DatabaseSecret } from '../secrets-manager/secrets.ts'

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
  const secrets = new SecretsManagerClient(awsClientOptions())
  const session = (label: string) => ({
    label,
    application: `aurora-migration ${options.action}`,
    signal: options.signal,
  })
  try {
    const sourceLogin = await sideLogin(migration, 'source', secrets)
    const targetLogin = await sideLogin(migration, 'target', secrets)
    const dmsLogins = async () => {
      const source = await readDatabaseSecret(secrets, migration.dms.source.secret, 'dms.source.secret')
      const target = await readDatabaseSecret(secrets, migration.dms.target.secret, 'dms.target.secret')
      return {
        sourceUser: source.username,
        targetUser: target.username,
        sourceSecret: source,
        targetSecret: target,
        targetLogin: { ...targetLogin, user: target.username, password: target.password },
      }
    }
    return await withSession(sourceLogin, session('source'), async (source) =>
      withSession(targetLogin, session('target'), async (target) =>
        work({
          source,
          target,
          sourceDatabase: sourceLogin.database,
          targetDatabase: targetLogin.database,
          dmsLogins,
        }),
      ),
    )
  } finally {
    secrets.destroy()
  }
}
