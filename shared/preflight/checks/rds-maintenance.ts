import { eachSide } from '../each-side.ts'
import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** Maintenance restarts a server: tasks survive that, a freeze does not. */
export const rdsMaintenance: Check = {
  code: 'rds-maintenance',
  title: 'no maintenance of an RDS server is announced',
  judge: (facts) =>
    eachSide((side): Finding[] => {
      const server = knownFact(facts[side].rds)
      if (server === undefined) return []
      const announced = knownFact(facts[side].maintenance) ?? []
      const findings: Finding[] = announced.map(({ action, description, appliedAt }) => ({
        severity: appliedAt === undefined ? 'note' : 'warning',
        message: `maintenance of ${server.identifier} is announced: ${action}${description === '' ? '' : ` (${description})`}${appliedAt === undefined ? '' : `, from ${appliedAt.toISOString().slice(0, 16)} UTC on`}`,
        objects: [`${server.identifier}: ${action}`],
        why: 'It restarts the server in the maintenance window; a cutover in that moment is rolled back.',
        remedy: `aws rds apply-pending-maintenance-action --resource-identifier ${server.arn} --apply-action ${action} --opt-in-type immediate  # before the migration`,
      }))
      if (server.minorUpgrades && server.maintenanceWindow !== '') {
        findings.push({
          severity: 'note',
          message: `${server.identifier} takes minor upgrades by itself, in the window ${server.maintenanceWindow} UTC`,
          objects: [server.identifier],
          why: 'An upgrade in the middle of the migration ends every session.',
          remedy:
            server.kind === 'cluster'
              ? `aws rds modify-db-cluster --db-cluster-identifier ${server.identifier} --no-auto-minor-version-upgrade --apply-immediately  # until the migration is over`
              : `aws rds modify-db-instance --db-instance-identifier ${server.identifier} --no-auto-minor-version-upgrade --apply-immediately  # until the migration is over`,
        })
      }
      return findings
    }),
}
