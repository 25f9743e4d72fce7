import { eachSide } from '../each-side.ts'
import type { PreflightFacts } from '../facts.ts'
import type { Check } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { knownFact } from '../known-fact.ts'
import { statements } from '../naming.ts'

/** What the migration's own login needs for slots on both sides, and to let DMS's users in and out. */
export const reverseLoginRights: Check = {
  code: 'reverse-login-rights',
  title: 'the migration’s login may handle slots on both sides, and shut DMS’s user of the way back out',
  judge: (facts) =>
    eachSide((side) => {
      const login = facts.users[side]
      const missing = missingRights(facts, side)
      if (missing.length === 0) return []
      return [
        {
          severity: 'blocker',
          message: `${login} cannot ${missing.map(({ what }) => what).join(', ')}`,
          objects: [`${login} on the ${side}`],
          why: 'A cutover drops the slots of the tasks that it stops, makes those of the way back and moves them to the cut; falling back takes LOGIN and writing from who carried rows back.',
          remedy: statements(missing.map(({ grant }) => grant)),
        },
      ]
    }),
}

function missingRights(
  facts: PreflightFacts,
  side: 'source' | 'target',
): { readonly what: string; readonly grant: string }[] {
  const roles = knownFact(facts[side].databaseRoles)
  const rights = knownFact(facts[side].loginRights)
  const back = facts.migration.cutover['fall-back']
  if (rights.superuser) return []
  const login = quoted(facts.users[side])
  const own = roles.find(({ name }) => name === facts.users[side])
  const reach = new Set([facts.users[side], ...(own?.memberOf ?? [])])
  const replicates =
    reach.has('rds_replication') ||
    roles.some(
      ({ name, replication, superuser, memberOf }) =>
        reach.has(name) && (replication || superuser || memberOf.includes('rds_replication')),
    )
  const missing: { what: string; grant: string }[] = []
  // Without a way back there are slots on the source alone, to be dropped.
  const reader = side === 'source' ? facts.users.dmsSource : facts.users.reverseTarget
  if (!replicates && reader !== undefined && (back || side === 'source'))
    missing.push({
      what: 'make, advance or drop replication slots',
      grant: `GRANT ${quoted(reader)} TO ${login}; -- or ALTER ROLE ${login} REPLICATION; on RDS: GRANT rds_replication TO ${login};`,
    })
  if (!back || side === 'target') return missing
  const reverse = knownFact(facts.source.reverse)
  if (reverse === undefined) return missing
  if (!rights.createRole)
    missing.push({
      what: `take LOGIN from ${reverse.user} when the source opens again`,
      grant: `ALTER ROLE ${login} CREATEROLE;`,
    })
  if (!reverse.administered)
    missing.push({
      what: `administer ${reverse.user}`,
      grant: `GRANT ${quoted(reverse.user)} TO ${login} WITH ADMIN OPTION;`,
    })
  return missing
}
