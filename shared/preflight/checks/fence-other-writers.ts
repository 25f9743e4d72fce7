import type { Check, Finding } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { knownFact } from '../known-fact.ts'
import { counted, statements } from '../naming.ts'
import { isPlatformRole, ownLogins } from '../own-roles.ts'

/** Logins that could write planned tables and that the migration file does not know. */
export const fenceOtherWriters: Check = {
  code: 'fence-other-writers',
  title: 'only the application roles of the migration file may write planned tables',
  judge: (facts) => {
    const own = ownLogins(facts, 'source')
    const named = facts.migration.cutover['application-roles']
    const others = knownFact(facts.source.writers).filter(
      ({ role }) => !own.has(role) && !named.includes(role) && !isPlatformRole(role),
    )
    const everything = knownFact(facts.source.writers).filter(
      ({ role, writesAllData }) => writesAllData && !own.has(role),
    )
    const findings: Finding[] = []
    if (others.length > 0) {
      findings.push({
        severity: 'warning',
        message: counted(
          others.length,
          'login may write planned tables and is no application role of the migration file',
          'logins may write planned tables and are no application roles of the migration file',
        ),
        objects: others.map(({ role, tables }) => `${role} (${counted(tables, 'table')})`),
        why: 'The fence is proved with the application roles only; whoever works with another login is not asked whether the move suits them.',
        remedy: `Add them to \`cutover.application-roles\`: [${[...named, ...others.map(({ role }) => role)].join(', ')}], or take the right from them.`,
      })
    }
    if (everything.length > 0) {
      findings.push({
        severity: 'warning',
        message: `${everything.map(({ role }) => role).join(', ')} may write every table (pg_write_all_data)`,
        objects: everything.map(({ role }) => `${role} (pg_write_all_data)`),
        why: 'No REVOKE on a table reaches such a role; only the fence’s trigger does.',
        remedy: statements(everything.map(({ role }) => `REVOKE pg_write_all_data FROM ${quoted(role)};`)),
      })
    }
    return findings
  },
}
