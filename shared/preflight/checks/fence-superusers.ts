import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted } from '../naming.ts'
import { isPlatformRole, ownLogins } from '../own-roles.ts'

/** Superusers meet the fence’s trigger, but may take it away. */
export const fenceSuperusers: Check = {
  code: 'fence-superusers',
  title: 'no superuser could take the fence down unseen',
  judge: (facts) => {
    const own = ownLogins(facts, 'source')
    const roles = knownFact(facts.source.databaseRoles).filter(
      ({ name, canLogin, superuser, memberOf }) =>
        canLogin &&
        !own.has(name) &&
        !isPlatformRole(name) &&
        (superuser || memberOf.includes('rds_superuser')),
    )
    if (roles.length === 0) return []
    return [
      {
        severity: 'note',
        message: counted(roles.length, 'superuser can log in', 'superusers can log in'),
        objects: roles.map(({ name }) => name),
        why: 'The fence refuses their writes too, but not their DROP TRIGGER; their sessions cannot be ended by an ordinary login.',
        remedy: 'See that no job and no person works with them on the day of the cutover.',
      },
    ]
  },
}
