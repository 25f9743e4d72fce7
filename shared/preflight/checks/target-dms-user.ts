import type { Check } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { knownFact } from '../known-fact.ts'

/** DMS's user on the target must exist and log in. */
export const targetDmsUser: Check = {
  code: 'target-dms-user',
  title: 'DMS’s user on the target can log in',
  judge: (facts) => {
    const name = facts.users.dmsTarget
    const role = knownFact(facts.target.roles).find((known) => known.name === name)
    if (role?.exists === true && role.canLogin) return []
    return [
      {
        severity: 'blocker',
        message: `the role ${name} ${role?.exists === true ? 'may not log in' : 'does not exist'} on the target`,
        objects: [name],
        why: 'It is the login in the secret of `dms.target`.',
        remedy:
          role?.exists === true
            ? `ALTER ROLE ${quoted(name)} LOGIN;`
            : `CREATE ROLE ${quoted(name)} LOGIN PASSWORD '…';`,
      },
    ]
  },
}
