import type { Check } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { knownFact } from '../known-fact.ts'

/** Some characters in a password break DMS's connection, as an error that speaks of something else. */
export const dmsPasswords: Check = {
  code: 'dms-passwords',
  title: 'DMS takes the passwords of its logins',
  judge: ({ dmsPasswords: takes, users, migration: { dms } }) =>
    [
      { user: users.dmsSource, login: dms.source, taken: takes.source },
      { user: users.dmsTarget, login: dms.target, taken: takes.target },
      { user: users.reverseSource, login: dms.reverse?.source, taken: takes.reverseSource },
      { user: users.reverseTarget, login: dms.reverse?.target, taken: takes.reverseTarget },
    ].flatMap(({ user, login, taken }) =>
      taken === undefined || login === undefined || knownFact(taken)
        ? []
        : [
            {
              severity: 'blocker',
              message: `the password of ${user ?? ''} has a character that DMS does not take`,
              objects: [login.secret],
              why: 'DMS takes no password with { } ; + % or :, in a secret neither, and a comma only where it reads the secret itself; the connection test fails.',
              remedy: `ALTER ROLE ${quoted(user ?? '')} PASSWORD '…'; -- letters and digits only; then the same in the secret`,
            },
          ],
    ),
}
