import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { credentialIn } from '../../shared/cutover/switchers/address-text.ts'
import { switchedSecrets } from '../../shared/migration/planned-switch.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { openSession, sqlState, type DatabaseLogin } from '../../shared/postgres/session.ts'
import type { CredentialFacts, SwitchLogin } from '../../shared/preflight/credential-facts.ts'
import { dmsTakesPassword } from '../../shared/preflight/dms-password.ts'
import type { Fact } from '../../shared/preflight/known-fact.ts'
import { laterFact } from '../../shared/preflight/later-target.ts'
import { observe } from '../../shared/preflight/observe.ts'
import { readSecret, type DatabaseSecret } from '../../shared/secrets-manager/secrets.ts'
import { MigrationError } from '../../shared/runtime/errors.ts'
import { mask } from '../../shared/runtime/mask.ts'
import type { PreflightLogins } from './logins.ts'

/**
 * What passwords are good for, told without them: whether DMS takes those of its logins, and whether the users in the
 * secrets to be switched log in on the target (one connection each, closed at once).
 */
export async function readCredentials(
  migration: Migration,
  logins: Pick<PreflightLogins, 'target' | 'dmsSource' | 'dmsTarget' | 'reverseSource' | 'reverseTarget'>,
  secrets: SecretsManagerClient,
  signal: AbortSignal,
): Promise<CredentialFacts> {
  const { target } = logins
  const taken = (
    file: { readonly 'access-role'?: string | undefined },
    login: DatabaseSecret | undefined,
  ): Fact<boolean> =>
    login === undefined
      ? laterFact
      : { known: true, value: dmsTakesPassword(login.password, file['access-role'] !== undefined) }
  const { dms } = migration
  const switchLogins = await Promise.all(
    switchedSecrets(migration.cutover.switch).map(async (entry) => {
      const { secret } = entry
      if (target === undefined) return { secret, login: laterFact }
      const text = await observe(
        async () => (await readSecret(secrets, secret, 'cutover.switch', signal)).text,
      )
      if (!text.known) return { secret, login: text }
      const credential = credentialIn(text.value, entry)
      // A secret with an address alone: which login goes with it is not known here, and preflight cannot try it.
      if (credential === undefined) return undefined
      mask(credential.password)
      return { secret, login: await observe(() => tryLogin({ ...target, ...credential }, signal)) }
    }),
  )
  return {
    dmsPasswords: {
      source: taken(dms.source, logins.dmsSource),
      target: taken(dms.target, logins.dmsTarget),
      ...(dms.reverse === undefined
        ? {}
        : {
            reverseSource: taken(dms.reverse.source, logins.reverseSource),
            reverseTarget: taken(dms.reverse.target, logins.reverseTarget),
          }),
    },
    switchLogins: switchLogins.filter((one) => one !== undefined),
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
