import { eachSide } from '../each-side.ts'
import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** Both sides must be writers: slots and markers need one, and so does the load. */
export const serverWriter: Check = {
  code: 'server-writer',
  title: 'both sides are writers, not read replicas',
  judge: (facts) =>
    eachSide((side) =>
      knownFact(facts[side].server).inRecovery
        ? [
            {
              severity: 'blocker',
              message: `the ${side} is a read replica (in recovery)`,
              objects: [side],
              why: 'DMS creates its slot on a writer, and markers are written on both sides.',
              remedy: `Put the writer’s address into the secret of the ${side} (for Aurora the cluster endpoint).`,
            },
          ]
        : [],
    ),
}
