import type { Check, Finding } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { knownFact } from '../known-fact.ts'

/** After the switch the application logs in on the target with what its secret says: tried now, not then. */
export const switchLogins: Check = {
  code: 'switch-logins',
  title: 'the logins that the switch publishes are let in by the target',
  judge: (facts) =>
    facts.switchLogins.flatMap(({ secret, login }): Finding[] => {
      const { user, outcome } = knownFact(login)
      const findings: Finding[] = []
      if (outcome === 'refused') {
        findings.push({
          severity: 'blocker',
          message: `the target refuses ${user} with the password in ${secret}`,
          objects: [secret],
          why: 'After the switch the application could not log in.',
          remedy: `ALTER ROLE ${quoted(user)} LOGIN PASSWORD '…'; -- on the target, with the password of the secret`,
        })
      }
      if (!facts.migration.cutover['application-roles'].includes(user)) {
        findings.push({
          severity: 'warning',
          message: `${secret} holds the login ${user}, which is no application role of the migration file`,
          objects: [secret],
          why: 'The fence is proved with the application roles; this one writes too.',
          remedy: `Add ${user} to \`cutover.application-roles\`.`,
        })
      }
      return findings
    }),
}
