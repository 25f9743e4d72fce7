import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted } from '../naming.ts'

/** Nobody but the migration and DMS should be on the target before it opens. */
export const targetSessions: Check = {
  code: 'target-sessions',
  title: 'nobody else is connected to the target',
  judge: (facts) => {
    const strangers = knownFact(facts.target.activity).sessions.filter(
      ({ role }) => role !== facts.users.dmsTarget,
    )
    if (strangers.length === 0) return []
    return [
      {
        severity: 'warning',
        message: counted(
          strangers.reduce((sum, { count }) => sum + count, 0),
          'session of others is on the target',
          'sessions of others are on the target',
        ),
        objects: strangers.map(
          ({ role, application, count }) => `${role} (${application || 'no application name'}, ${count})`,
        ),
        why: 'They could write before the target opens. The guard ends them and keeps them out.',
        remedy: 'Stop what connects to the target; create-task (prepare-target) raises the guard.',
      },
    ]
  },
}
