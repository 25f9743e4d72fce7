import { eachSide } from '../each-side.ts'
import type { Check, Finding } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import type { LoginRights } from '../facts.ts'
import { knownFact } from '../known-fact.ts'
import { statements } from '../naming.ts'

/** What the migration's own login needs for control schema, guard and fence. */
export const loginRights: Check = {
  code: 'login-rights',
  title: 'the migration’s login has the rights that guard and fence need',
  judge: (facts) =>
    eachSide((side) =>
      missingRights(
        side,
        knownFact(facts[side].loginRights),
        knownFact(facts[side].server).database,
        side === 'source' ? undefined : facts.users.dmsTarget,
        knownFact(facts[side].server).versionNumber,
      ),
    ),
}

function missingRights(
  side: 'source' | 'target',
  rights: LoginRights,
  database: string,
  dmsUser: string | undefined,
  versionNumber: number,
): Finding[] {
  if (rights.superuser) return []
  const login = quoted(rights.login)
  const missing: { what: string; grant: string }[] = []
  if (!rights.monitor)
    missing.push({ what: 'see other sessions (pg_monitor)', grant: `GRANT pg_monitor TO ${login};` })
  if (!rights.signal)
    missing.push({
      what: 'end other sessions (pg_signal_backend)',
      grant: `GRANT pg_signal_backend TO ${login};`,
    })
  if (!rights.createOnDatabase)
    missing.push({
      what: 'create the control schema',
      grant: `GRANT CREATE ON DATABASE ${quoted(database)} TO ${login};`,
    })
  for (const owner of rights.ownersOutOfReach)
    missing.push({ what: `act for the owner ${owner}`, grant: `GRANT ${quoted(owner)} TO ${login};` })
  if (dmsUser !== undefined) {
    if (!rights.createRole)
      missing.push({
        what: `take LOGIN from ${dmsUser} when the target opens`,
        grant: `ALTER ROLE ${login} CREATEROLE;`,
      })
    // From PostgreSQL 16 on CREATEROLE alone reaches only roles that one administers.
    if (!rights.adminOfDmsUser && (versionNumber >= 160_000 || !rights.readsDmsTables))
      missing.push({
        what: `administer ${dmsUser}`,
        grant: `GRANT ${quoted(dmsUser)} TO ${login} WITH ADMIN OPTION;`,
      })
    else if (!rights.readsDmsTables)
      missing.push({ what: 'read DMS’s control tables', grant: `GRANT ${quoted(dmsUser)} TO ${login};` })
  }
  if (missing.length === 0) return []
  return [
    {
      severity: 'blocker',
      message: `${rights.login} cannot ${missing.map(({ what }) => what).join(', ')}`,
      objects: [`${rights.login} on the ${side}`],
      why:
        side === 'source'
          ? 'The fence revokes in the name of the owners and ends every other session, seen and signalled.'
          : 'The guard revokes CONNECT as the database’s owner; the opening shuts DMS out before it lets clients in.',
      remedy: statements(missing.map(({ grant }) => grant)),
    },
  ]
}
