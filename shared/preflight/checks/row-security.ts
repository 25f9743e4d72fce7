import type { Check, Finding } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown } from '../naming.ts'

/** Row security hides rows from a reader and refuses rows of a writer, without an error in between. */
export const rowSecurity: Check = {
  code: 'row-security',
  title: 'row security does not hide rows from DMS',
  judge: (facts) => {
    const findings: Finding[] = []
    for (const side of ['source', 'target'] as const) {
      const user = side === 'source' ? facts.users.dmsSource : facts.users.dmsTarget
      const role = knownFact(facts[side].roles).find(({ name }) => name === user)
      if (role?.superuser === true || role?.bypassRls === true) continue
      const { planned, parents } = knownFact(facts[side].catalogue)
      const tables = [...planned, ...parents].filter((table) => table.rowSecurity)
      if (tables.length === 0) continue
      findings.push({
        severity: 'blocker',
        message: counted(
          tables.length,
          `table of the ${side} has row security, and ${user} does not bypass it`,
          `tables of the ${side} have row security, and ${user} does not bypass it`,
        ),
        objects: tables.map(shown),
        why:
          side === 'source'
            ? 'DMS would load only the rows that the policies show it.'
            : 'Policies would refuse rows of the load.',
        remedy: `ALTER ROLE ${quoted(user)} BYPASSRLS;`,
      })
    }
    return findings
  },
}
