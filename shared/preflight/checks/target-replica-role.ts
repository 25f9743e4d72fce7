import type { Check } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { knownFact } from '../known-fact.ts'

/** DMS must apply in replica mode, or triggers and foreign keys of the target fire for every row. */
export const targetReplicaRole: Check = {
  code: 'target-replica-role',
  title: 'DMS’s user may set session_replication_role on the target, where its endpoint is to do so',
  judge: (facts) => {
    // By the parameter group, or with the triggers disabled, DMS has nothing to set.
    if (facts.migration['during-load']['replica-role'] !== 'endpoint') return []
    if (knownFact(facts.target.dmsRights).maySetReplicationRole) return []
    const user = facts.users.dmsTarget
    const granted = knownFact(facts.target.server).versionNumber >= 150_000
    return [
      {
        severity: 'blocker',
        message: `${user} may not set session_replication_role`,
        objects: [user],
        why: 'Outside replica mode foreign keys refuse the load, and triggers do their work a second time.',
        remedy: granted
          ? `GRANT SET ON PARAMETER session_replication_role TO ${quoted(user)};`
          : `GRANT rds_superuser TO ${quoted(user)}; -- before PostgreSQL 15 it cannot be granted alone; or write \`during-load: { replica-role: parameter-group }\``,
      },
    ]
  },
}
