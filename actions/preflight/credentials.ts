import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Migration } from '../../shared/migration/schema.ts'
import { openSession, sqlState, type DatabaseLogin } from '../../shared/postgres/session.ts'
import type { CredentialFacts, SwitchLogin } from '../../shared/preflight/credential-facts.ts'
import { dmsTakesPassword } from '../../shared/preflight/dms-password.ts'
import type { Fact } from '../../shared/preflight/known-fact.ts'
import { laterFact } from '../../shared/preflight/later-target.ts'
import { observe } from '../../shared/preflight/observe.ts'
import { parseDatabaseSecret, readSecret, type DatabaseSecret } from '../../shared/secrets-manager/secrets.ts'
import { MigrationError } from '../../shared/runtime/errors.ts'
import type { PreflightLogins } from './logins.ts'

/**
 * What passwords are good for, told without them: whether DMS takes those of its logins, and whether the users in the
 * secrets to be switched log in on the target (one connection each, closed at once).
 */
export async function readCredentials(
  migration: Migration,
  { target, dmsSource, dmsTarget }: Pick<PreflightLogins, 'target' | 'dmsSource' | 'dmsTarget'>,
  secrets: SecretsManagerClient,
  signal: AbortSignal,
): Promise<CredentialFacts> {
  const taken = (side: 'source' | 'target', login: DatabaseSecret | undefined): Fact<boolean> =>
    login === undefined
      ? laterFact
      : {
          known: true,
          value: dmsTakesPassword(login.password, migration.dms[side]['access-role'] !== undefined),
        }
  const switchLogins = await Promise.all(
    migration.cutover.switch.map(async ({ secret }, index) => {
      const field = `cutover.switch[${index}].secret`
      if (target === undefined) return { secret, login: laterFact }
      return {
        secret,
        login: await observe(async () => {
          const { text } = await readSecret(secrets, secret, field, signal)
          const { username, password } = parseDatabaseSecret(text, secret, field)
          return tryLogin({ ...target, user: username, password }, signal)
        }),
      }
    }),
  )
  return {
    dmsPasswords: { source: taken('source', dmsSource), target: taken('target', dmsTarget) },
    switchLogins,
  }
}

/** Logs in and out. Throws where the server cannot be reached: that says nothing of the password. */
export async function tryLogin(login: DatabaseLogin, signal: AbortSignal): Promise<SwitchLogin> {
  try {
    const session = await openSession(login, {
      label: 'target',
      application: 'aurora-migration preflight',
      signal,
    })
    await session.close()
    return { user: login.user, outcome: 'accepted' }
  } catch (error) {
    const state = sqlState(error instanceof MigrationError ? error.cause : error)
    // 42501: no CONNECT on the database, which is looked at after the password. 28…: wrong password, no login, no pg_hba line.
    if (state === '42501') return { user: login.user, outcome: 'closed' }
    if (state?.startsWith('28') === true) return { user: login.user, outcome: 'refused' }
    throw error
  }
}
