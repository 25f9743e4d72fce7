import { eachSide } from '../each-side.ts'
import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { shown } from '../naming.ts'

/** DMS's users are exempt from guard and fence; whatever shares them is exempt as well. */
export const dmsUsersApart: Check = {
  code: 'dms-users-apart',
  title: 'DMS’s users are nobody else’s and own no application table',
  unwaivable:
    'Whoever shares DMS’s user passes guard and fence, so writes could be lost or made on both sides.',
  judge: (facts) => {
    return eachSide((side) => {
      const findings: Finding[] = []
      const user = side === 'source' ? facts.users.dmsSource : facts.users.dmsTarget
      const shared = [
        ...(facts.migration.cutover['application-roles'].includes(user) ? ['an application role'] : []),
        ...(user === facts.users[side] ? ['the migration’s own login'] : []),
      ]
      if (shared.length > 0) {
        findings.push({
          severity: 'blocker',
          message: `${user}, which DMS uses on the ${side}, is also ${shared.join(' and ')}`,
          objects: [user],
          why: 'The guard and the fence let DMS’s user through, and so everything that logs in with it.',
          remedy: 'Create a login for DMS alone and put it into the secret under `dms`.',
        })
      }
      const { planned, parents } = knownFact(facts[side].catalogue)
      const role = knownFact(facts[side].roles).find(({ name }) => name === user)
      const reach = new Set([user, ...(role?.memberOf ?? [])])
      const owned = [...planned, ...parents].filter(({ owner }) => reach.has(owner))
      if (owned.length > 0) {
        findings.push({
          severity: 'blocker',
          message: `${user} owns ${owned.length} of the ${side}’s planned tables, itself or through a role`,
          objects: owned.map(shown),
          why: 'An owner can grant itself back what the fence has revoked.',
          remedy: 'Give the tables to a role that DMS’s user is not a member of (ALTER TABLE … OWNER TO …).',
        })
      }
      return findings
    })
  },
}
