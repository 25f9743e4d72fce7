import { eachSide } from '../each-side.ts'
import type { Check } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { knownFact } from '../known-fact.ts'

/** DMS's users must be let into the database. */
export const dmsConnect: Check = {
  code: 'dms-connect',
  title: 'DMS’s users may connect to their databases',
  judge: (facts) =>
    eachSide((side) => {
      if (knownFact(facts[side].dmsRights).mayConnect) return []
      const user = side === 'source' ? facts.users.dmsSource : facts.users.dmsTarget
      return [
        {
          severity: 'blocker',
          message: `${user} may not connect to the ${side}`,
          objects: [user],
          why: 'The endpoint’s connection test would fail.',
          remedy: `GRANT CONNECT ON DATABASE ${quoted(knownFact(facts[side].server).database)} TO ${quoted(user)};`,
        },
      ]
    }),
}
