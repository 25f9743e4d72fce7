import type { Check } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { knownFact } from '../known-fact.ts'
import { statements } from '../naming.ts'

/** The fence is proved by a write in the name of each application role, which must be refused. */
export const fenceProbe: Check = {
  code: 'fence-probe',
  title: 'the migration’s login can try a write as each application role',
  judge: (facts) => {
    const { applicationRolesOutOfReach: roles, login } = knownFact(facts.source.loginRights)
    if (roles.length === 0) return []
    return [
      {
        severity: 'blocker',
        message: `${login} cannot become ${roles.join(', ')} on the source`,
        objects: roles,
        why: 'A probe that may not take the role proves nothing about the role, and cutover refuses what it cannot prove.',
        remedy: statements(roles.map((role) => `GRANT ${quoted(role)} TO ${quoted(login)};`)),
      },
    ]
  },
}
