import type { PreflightFacts } from '../facts.ts'
import type { Check, Finding } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { knownFact, NotYet } from '../known-fact.ts'
import { settingOf } from '../role-setting.ts'

/** The fence lets nothing pass but replica mode, on whichever side: DMS must be able to write in it there. */
export const reverseReplicaRole: Check = {
  code: 'reverse-replica-role',
  title: 'DMS’s users that write after a cutover, and after falling back, can do so in replica mode',
  judge: (facts) => {
    if (!facts.migration.cutover['fall-back']) return []
    const findings: Finding[] = []
    const reverse = knownFact(facts.source.reverse)
    if (
      reverse !== undefined &&
      !reverse.rights.maySetReplicationRole &&
      !startsReplica(facts, 'source', reverse.user)
    )
      findings.push({
        severity: 'blocker',
        message: `${reverse.user} may not set session_replication_role on the source`,
        objects: [reverse.user],
        why: 'After the cutover the source’s fence refuses everybody outside replica mode: nothing would come back.',
        remedy: remedyFor(reverse.user, knownFact(facts.source.server).versionNumber),
      })
    try {
      const user = facts.users.dmsTarget
      // Where its endpoint sets it, target-replica-role asks for it already.
      if (
        facts.migration['during-load']['replica-role'] !== 'endpoint' &&
        !knownFact(facts.target.dmsRights).maySetReplicationRole &&
        !startsReplica(facts, 'target', user)
      )
        findings.push({
          severity: 'warning',
          message: `${user} may not set session_replication_role on the target`,
          objects: [user],
          why: 'After falling back the target is fenced, and DMS carries rows to it in replica mode alone: falling back would refuse.',
          remedy: remedyFor(user, knownFact(facts.target.server).versionNumber),
        })
    } catch (error) {
      if (!(error instanceof NotYet)) throw error
      throw new NotYet(error.message, findings)
    }
    return findings
  },
}

/** A superuser may have set it for the role, which PostgreSQL allows in every version. */
function startsReplica(facts: PreflightFacts, side: 'source' | 'target', user: string): boolean {
  return settingOf(knownFact(facts[side].roleSettings), user, 'session_replication_role') === 'replica'
}

function remedyFor(user: string, version: number): string {
  return version >= 150_000
    ? `GRANT SET ON PARAMETER session_replication_role TO ${quoted(user)};`
    : `ALTER ROLE ${quoted(user)} SET session_replication_role = replica; -- as a superuser; on RDS: GRANT rds_superuser TO ${quoted(user)};`
}
