import { eachSide } from '../each-side.ts'
import type { Check, Finding } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { isPrepared } from '../is-prepared.ts'
import { knownFact } from '../known-fact.ts'
import { counted, statements } from '../naming.ts'
import { isPlatformRole, ownLogins } from '../own-roles.ts'

/** Whoever can become DMS's user, or is logged in with it, passes guard and fence as DMS does. */
export const dmsUsersShared: Check = {
  code: 'dms-users-shared',
  title: 'nobody else works with DMS’s users',
  judge: (facts) =>
    eachSide((side) => {
      const findings: Finding[] = []
      const user = side === 'source' ? facts.users.dmsSource : facts.users.dmsTarget
      const own = ownLogins(facts, side)
      const roles = knownFact(facts[side].databaseRoles)
      const members = roles.filter(
        ({ name, superuser, memberOf }) =>
          memberOf.includes(user) && !own.has(name) && !superuser && !isPlatformRole(name),
      )
      if (members.length > 0) {
        findings.push({
          severity: 'blocker',
          message: `${members.map(({ name }) => name).join(', ')} may become ${user} on the ${side}`,
          objects: members.map(({ name }) => name),
          why: 'The guard and the fence let DMS’s user through, and so everybody who may SET ROLE to it.',
          remedy: statements(members.map(({ name }) => `REVOKE ${quoted(user)} FROM ${quoted(name)};`)),
        })
      }
      const applications = facts.migration.cutover['application-roles']
      const reached = (roles.find(({ name }) => name === user)?.memberOf ?? []).filter((name) =>
        applications.includes(name),
      )
      if (reached.length > 0) {
        findings.push({
          severity: 'blocker',
          message: `${user} is a member of ${reached.join(', ')} on the ${side}`,
          objects: [user],
          why: 'DMS’s user then has the application’s rights, and what is revoked from it is not revoked from the application.',
          remedy: statements(reached.map((name) => `REVOKE ${quoted(name)} FROM ${quoted(user)};`)),
        })
      }
      const { count, addresses, applications: used } = knownFact(facts[side].dmsSessions)
      if (count > 0 && !isPrepared(facts)) {
        findings.push({
          severity: 'blocker',
          message: `${counted(count, 'session is', 'sessions are')} logged in as ${user} on the ${side}, and this migration has no task yet`,
          objects: used.map((name) => `${user} (${name === '' ? 'no application name' : name})`),
          why: 'Something else uses DMS’s login: it would pass guard and fence, and lose its login when the target opens.',
          remedy: 'Create a login for this migration’s tasks alone, and put it into the secret under `dms`.',
        })
      } else if (addresses > 1) {
        findings.push({
          severity: 'warning',
          message: `${user} is logged in from ${addresses} addresses on the ${side}`,
          objects: [user],
          why: 'DMS connects from its replication instances only; anything else passes guard and fence.',
          remedy: `SELECT client_addr, application_name, backend_start FROM pg_stat_activity WHERE usename = '${user.replaceAll("'", "''")}'; -- on the ${side}: each address must be a replication instance’s`,
        })
      }
      return findings
    }),
}
