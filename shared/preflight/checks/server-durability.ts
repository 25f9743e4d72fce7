import { eachSide } from '../each-side.ts'
import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** Without fsync a crash may undo the fence or the opening after they were acknowledged. */
export const serverDurability: Check = {
  code: 'server-durability',
  title: 'both sides write commits to disk',
  judge: (facts) =>
    eachSide((side) =>
      knownFact(facts[side].server).settings['fsync'] === 'off'
        ? [
            {
              severity: 'warning',
              message: `fsync is off on the ${side}`,
              objects: ['fsync'],
              why: 'A crash of the machine may undo commits, the fence and the opening among them. Fit for rehearsals only.',
              remedy: 'ALTER SYSTEM SET fsync = on; SELECT pg_reload_conf();',
            },
          ]
        : [],
    ),
}
