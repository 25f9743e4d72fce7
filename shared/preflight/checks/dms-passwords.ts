import type { Check } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { knownFact } from '../known-fact.ts'

/** Some characters in a password break DMS's connection, as an error that speaks of something else. */
export const dmsPasswords: Check = {
  code: 'dms-passwords',
  title: 'DMS takes the passwords of its logins',
  judge: (facts) =>
    (['source', 'target'] as const)
      .filter((side) => !knownFact(facts.dmsPasswords[side]))
      .map((side) => {
        const user = side === 'source' ? facts.users.dmsSource : facts.users.dmsTarget
        return {
          severity: 'blocker',
          message: `the password of ${user} has a character that DMS does not take`,
          objects: [facts.migration.dms[side].secret],
          why: 'DMS takes no password with { } ; + % or :, in a secret neither, and a comma only where it reads the secret itself; the connection test fails.',
          remedy: `ALTER ROLE ${quoted(user)} PASSWORD '…'; -- letters and digits only; then the same in the secret`,
        }
      }),
}
