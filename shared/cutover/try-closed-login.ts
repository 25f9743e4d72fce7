import type { DatabaseName } from '../migration/direction.ts'
import { openSession, sqlState, type DatabaseLogin } from '../postgres/session.ts'
import { asMigrationError } from '../runtime/errors.ts'
import type { TryLogin } from './switchers/try-credential.ts'

/** Tries to log in. 42501 on connecting means: the password was right, CONNECT is missing. That is how a database is closed. */
export async function tryClosedLogin(
  login: DatabaseLogin,
  label: DatabaseName,
  signal: AbortSignal,
): ReturnType<TryLogin> {
  try {
    const session = await openSession(login, {
      label,
      application: 'aurora-migration login check',
      signal,
    })
    await session.close()
    return { outcome: 'let-in', message: '' }
  } catch (thrown) {
    const error = asMigrationError(thrown)
    return sqlState(error.cause) === '42501'
      ? { outcome: 'guarded', message: '' }
      : { outcome: 'refused', message: error.message }
  }
}
