import { eachSide } from '../each-side.ts'
import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** RDS uploads the log every five minutes (RDS User Guide, point-in-time recovery); more than this is no recent backup. */
const oldestMinutes = 60

/** A migration without a recent backup has no way back from a mistake. */
export const rdsBackups: Check = {
  code: 'rds-backups',
  title: 'RDS backs both sides up automatically, and has done so within the last hour',
  judge: (facts) =>
    eachSide((side): Finding[] => {
      const server = knownFact(facts[side].rds)
      if (server === undefined) return []
      const { kind, identifier, backupRetentionDays, latestRestorable } = server
      if (backupRetentionDays === 0) {
        return [
          {
            severity: 'warning',
            message: `${identifier} has no automatic backups`,
            objects: [identifier],
            why:
              side === 'source'
                ? 'DMS asks for backups on an RDS source, and a migration without one has no way back from a mistake.'
                : 'Writes made after the switch are in no backup.',
            remedy: `aws rds modify-db-${kind} --db-${kind}-identifier ${identifier} --backup-retention-period 7 --apply-immediately`,
          },
        ]
      }
      const minutes =
        latestRestorable === undefined
          ? undefined
          : Math.floor((facts.now.getTime() - latestRestorable.getTime()) / 60_000)
      if (minutes !== undefined && minutes <= oldestMinutes) return []
      return [
        {
          severity: 'warning',
          message:
            minutes === undefined
              ? `${identifier} has no backup yet`
              : `the newest state of ${identifier} that can be restored is ${minutes} minutes old`,
          objects: [identifier],
          why: 'What was written since then could not be brought back.',
          remedy: `aws rds create-db-${kind === 'cluster' ? 'cluster-' : ''}snapshot --db-${kind}-identifier ${identifier} --db-${kind === 'cluster' ? 'cluster-' : ''}snapshot-identifier ${identifier}-before-migration`,
        },
      ]
    }),
}
