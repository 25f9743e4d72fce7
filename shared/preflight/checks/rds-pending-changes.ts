import { eachSide } from '../each-side.ts'
import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** Changes that wait for the next window or reboot would come in the middle of the migration. */
export const rdsPendingChanges: Check = {
  code: 'rds-pending-changes',
  title: 'no change of an RDS server waits for its next window',
  judge: (facts) =>
    eachSide((side): Finding[] => {
      const server = knownFact(facts[side].rds)
      if (server === undefined || server.pendingModifications.length === 0) return []
      const upgrade = server.pendingModifications.includes('EngineVersion')
      return [
        {
          severity: upgrade ? 'blocker' : 'warning',
          message: `changes of ${server.identifier} are pending: ${server.pendingModifications.join(', ')}`,
          objects: server.pendingModifications.map((name) => `${server.identifier}: ${name}`),
          why: upgrade
            ? 'An upgrade ends every session and, of a source, may take the replication slots with it.'
            : 'They are made in the next maintenance window, most often with a restart in the middle of the load.',
          remedy: `aws rds modify-db-${server.kind} --db-${server.kind}-identifier ${server.identifier} --apply-immediately  # before the migration, in a window of your own`,
        },
      ]
    }),
}
