import type { Problem } from '../../runtime/errors.ts'
import { mask } from '../../runtime/mask.ts'
import type { Credential } from './address-text.ts'

/** Tries a login on the database that clients will be pointed at, and tells whether it is let in. */
export type TryLogin = (
  user: string,
  password: string,
) => Promise<{
  /** `guarded`: the password is right, and CONNECT is missing: it is closed, as it must be until it opens. */
  readonly outcome: 'let-in' | 'guarded' | 'refused'
  readonly message: string
}>

/** Where a published login is tried. */
export interface LoginTrial {
  readonly tryLogin: TryLogin
  /** `target`, or `source` for a fall-back. */
  readonly to: string
  /** Whether that database lets readers in while it is closed. */
  readonly readable: boolean
}

/** The login that a switch publishes, tried where clients will log in with it. Masks the password. */
export async function tryCredential(
  credential: Credential,
  name: string,
  field: string,
  { tryLogin, to, readable }: LoginTrial,
): Promise<readonly Problem[]> {
  const { user, password } = credential
  mask(password)
  const tried = await tryLogin(user, password)
  if (tried.outcome === 'guarded' || (tried.outcome === 'let-in' && readable)) return []
  return [
    tried.outcome === 'let-in'
      ? {
          field,
          value: name,
          message: `${user} gets past the guard of the ${to}`,
          remedy: 'Run prepare-target again; see who granted CONNECT.',
        }
      : {
          field,
          value: name,
          message: `${user} cannot log in on the ${to}: ${tried.message}`,
          remedy: `Create the role on the ${to} with the password of that ${name.split(' ')[0] ?? 'switch'}.`,
        },
  ]
}
