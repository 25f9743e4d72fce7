import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted } from '../naming.ts'
import { ownLogins } from '../own-roles.ts'

/** Who owns a table may grant itself what was revoked, and drop the fence’s trigger. */
export const fenceOwners: Check = {
  code: 'fence-owners',
  title: 'no login but the migration’s has the rights of the tables’ owners',
  judge: (facts) => {
    const own = ownLogins(facts, 'source')
    const owners = knownFact(facts.source.writers).filter(({ role, owns }) => owns > 0 && !own.has(role))
    if (owners.length === 0) return []
    return [
      {
        severity: 'warning',
        message: `${counted(owners.length, 'login owns', 'logins own')} planned tables, or may act for their owner`,
        objects: owners.map(({ role, owns }) => `${role} (${counted(owns, 'table')})`),
        why: 'The fence’s trigger refuses an owner’s writes, but an owner may drop it or grant itself back what was revoked; a framework’s migration does so without asking.',
        remedy:
          'Give the tables to a role that nobody logs in with (REASSIGN OWNED BY …), or see that no deployment runs during the cutover.',
      },
    ]
  },
}
