import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted } from '../naming.ts'

/** postgres_fdw and dblink write elsewhere, in sessions that no fence of this database knows. */
export const fenceForeignServers: Check = {
  code: 'fence-foreign-servers',
  title: 'no foreign server is written to or read from here',
  judge: (facts) => {
    const servers = knownFact(facts.source.foreignServers)
    const dblink = knownFact(facts.source.objects).extensions.includes('dblink')
    if (servers.length === 0 && !dblink) return []
    return [
      {
        severity: 'warning',
        message: `the source reaches ${servers.length > 0 ? counted(servers.length, 'foreign server') : 'other databases by dblink'}`,
        objects: [
          ...servers.map(
            ({ name, wrapper, users }) => `${name} (${wrapper}; ${users.join(', ') || 'no user'})`,
          ),
          ...(dblink ? ['dblink'] : []),
        ],
        why: 'Foreign servers and their logins do not move with the rows, and the target must reach the same hosts; dblink may write back into this database outside its transaction.',
        remedy:
          'Make servers and user mappings on the target, open the way from its subnets, and see what writes through them.',
      },
    ]
  },
}
