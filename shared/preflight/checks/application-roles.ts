import { eachSide } from '../each-side.ts'
import type { Check, Finding } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { knownFact } from '../known-fact.ts'
import { statements } from '../naming.ts'

/** The applications must be able to log in on the target, and none of them may be above the fence. */
export const applicationRoles: Check = {
  code: 'application-roles',
  title: 'the application roles exist on both sides, can log in, and are no superusers',
  judge: (facts) => {
    const names = facts.migration.cutover['application-roles']
    return eachSide((side) => {
      const findings: Finding[] = []
      const roles = knownFact(facts[side].roles).filter(({ name }) => names.includes(name))
      const absent = roles.filter(({ exists }) => !exists).map(({ name }) => name)
      const locked = roles.filter(({ exists, canLogin }) => exists && !canLogin).map(({ name }) => name)
      const above = roles.filter(({ superuser }) => superuser).map(({ name }) => name)
      if (absent.length > 0) {
        findings.push({
          severity: 'blocker',
          message: `${absent.join(', ')} ${absent.length === 1 ? 'does' : 'do'} not exist on the ${side}`,
          objects: absent,
          why:
            side === 'source'
              ? 'The fence is proved with each application role.'
              : 'After the switch the application could not log in.',
          remedy: statements(
            absent.map(
              (name) => `CREATE ROLE ${quoted(name)} LOGIN PASSWORD '…'; -- with the password of the source`,
            ),
          ),
        })
      }
      if (locked.length > 0) {
        findings.push({
          severity: 'blocker',
          message: `${locked.join(', ')} may not log in on the ${side}`,
          objects: locked,
          why: 'An application role is a role that logs in.',
          remedy: statements(locked.map((name) => `ALTER ROLE ${quoted(name)} LOGIN;`)),
        })
      }
      if (above.length > 0 && !knownFact(facts[side].loginRights).superuser) {
        findings.push({
          severity: 'blocker',
          message: `${above.join(', ')} ${above.length === 1 ? 'is a superuser' : 'are superusers'} on the ${side}`,
          objects: above,
          why: 'Sessions of a superuser cannot be ended by the migration’s login, and a guard does not hold them.',
          remedy: statements(above.map((name) => `ALTER ROLE ${quoted(name)} NOSUPERUSER;`)),
        })
      }
      return findings
    })
  },
}
