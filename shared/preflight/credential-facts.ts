import type { Fact } from './known-fact.ts'

/** What came of logging in on the target with the user and password of a secret that the switch will publish. */
export interface SwitchLogin {
  readonly user: string
  /**
   * `accepted`: logged in. `closed`: the password is right, but the guard (or a missing GRANT) lets nobody connect.
   * `refused`: the password is wrong or the role may not log in.
   */
  readonly outcome: 'accepted' | 'closed' | 'refused'
}

/** What was found out where passwords are read; a password never leaves that place. */
export interface CredentialFacts {
  /** Whether DMS takes the password of its login: some characters it does not. */
  readonly dmsPasswords: {
    readonly source: Fact<boolean>
    readonly target: Fact<boolean>
    /** Of the way back; left out where there is none. */
    readonly reverseSource?: Fact<boolean>
    readonly reverseTarget?: Fact<boolean>
  }
  readonly switchLogins: readonly { readonly secret: string; readonly login: Fact<SwitchLogin> }[]
}
