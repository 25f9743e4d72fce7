import { eachSide } from '../each-side.ts'
import type { Check, Finding } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { knownFact } from '../known-fact.ts'
import { shown, statements } from '../naming.ts'
import { isPlatformRole, ownLogins, reverseUser } from '../own-roles.ts'

/** Every cutover locks out who carried rows until then; the fence lets through who carries them back, and so all who share its login. */
export const reverseUsersApart: Check = {
  code: 'reverse-users-apart',
  title: 'DMS’s users of the way back are nobody else’s, not DMS’s own of the way there either',
  unwaivable:
    'Whoever shares such a login passes the fence, or loses its own login at the cutover, so writes could be lost or made on both sides.',
  judge: (facts) => {
    if (!facts.migration.cutover['fall-back']) return []
    return eachSide((side) => {
      const roles = knownFact(facts[side].databaseRoles)
      const user = reverseUser(facts, side)
      if (user === undefined) return []
      const findings: Finding[] = []
      const applications = facts.migration.cutover['application-roles']
      const dms = side === 'source' ? facts.users.dmsSource : facts.users.dmsTarget
      const shared = [
        ...(user === dms ? [`DMS’s user of \`dms.${side}\``] : []),
        ...(user === facts.users[side] ? ['the migration’s own login'] : []),
        ...(applications.includes(user) ? ['an application role'] : []),
      ]
      if (shared.length > 0)
        findings.push({
          severity: 'blocker',
          message: `${user}, with which DMS works on the ${side} after a cutover, is also ${shared.join(' and ')}`,
          objects: [user],
          why: 'A cutover takes writing and LOGIN from who carried rows before it; the fence lets through who carries them back.',
          remedy: `Create a login for the way back alone and put it into the secret of \`dms.reverse.${side}\`.`,
        })
      const own = ownLogins(facts, side)
      const members = roles.filter(
        ({ name, superuser, memberOf }) =>
          memberOf.includes(user) && !own.has(name) && !superuser && !isPlatformRole(name),
      )
      if (members.length > 0)
        findings.push({
          severity: 'blocker',
          message: `${members.map(({ name }) => name).join(', ')} may become ${user} on the ${side}`,
          objects: members.map(({ name }) => name),
          why: 'The fence lets this user through, and so everybody who may SET ROLE to it.',
          remedy: statements(members.map(({ name }) => `REVOKE ${quoted(user)} FROM ${quoted(name)};`)),
        })
      const reach = new Set([user, ...(roles.find(({ name }) => name === user)?.memberOf ?? [])])
      const { planned, parents } = knownFact(facts[side].catalogue)
      const owned = [...planned, ...parents].filter(({ owner }) => reach.has(owner))
      if (owned.length > 0)
        findings.push({
          severity: 'blocker',
          message: `${user} owns ${owned.length} of the ${side}’s planned tables, itself or through a role`,
          objects: owned.map(shown),
          why: 'Writing cannot be taken from an owner when this side opens again.',
          remedy: 'Give the tables to a role that this user is not a member of (ALTER TABLE … OWNER TO …).',
        })
      return findings
    })
  },
}
