import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted } from '../naming.ts'
import { isPlatformRole, ownLogins } from '../own-roles.ts'

/** Other logins that may read the log: they follow the source, and would follow it into silence. */
export const fenceReplicationLogins: Check = {
  code: 'fence-replication-logins',
  title: 'nobody else follows the source’s log',
  judge: (facts) => {
    const own = ownLogins(facts, 'source')
    const roles = knownFact(facts.source.databaseRoles).filter(
      ({ name, canLogin, superuser, replication, memberOf }) =>
        canLogin &&
        !superuser &&
        !own.has(name) &&
        !isPlatformRole(name) &&
        (replication || memberOf.includes('rds_replication')),
    )
    const { standbys } = knownFact(facts.source.state)
    if (roles.length === 0 && standbys === 0) return []
    return [
      {
        severity: 'note',
        message: [
          ...(roles.length > 0
            ? [counted(roles.length, 'other login may replicate', 'other logins may replicate')]
            : []),
          ...(standbys > 0
            ? [`${counted(standbys, 'standby streams', 'standbys stream')} from the source`]
            : []),
        ].join(', '),
        objects: [...roles.map(({ name }) => name), ...(standbys > 0 ? ['pg_stat_replication'] : [])],
        why: 'What follows the source (Debezium, a warehouse, a standby) sees no change after the cutover; a standby that is promoted by mistake has no fence if it was behind.',
        remedy: 'Plan for each of them how it follows the target.',
      },
    ]
  },
}
