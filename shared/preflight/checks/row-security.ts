import { eachSide } from '../each-side.ts'
import type { Check, Finding } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown } from '../naming.ts'

/** Row security hides rows from a reader and refuses rows of a writer, without an error in between. */
export const rowSecurity: Check = {
  code: 'row-security',
  title: 'row security does not hide rows from DMS',
  judge: (facts) => {
    return eachSide((side) => {
      const findings: Finding[] = []
      const user = side === 'source' ? facts.users.dmsSource : facts.users.dmsTarget
      const role = knownFact(facts[side].roles).find(({ name }) => name === user)
      if (role?.superuser === true || role?.bypassRls === true) return findings
      const { planned, parents } = knownFact(facts[side].catalogue)
      const tables = [...planned, ...parents].filter((table) => table.rowSecurity)
      if (tables.length === 0) return findings
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
      return findings
    })
  },
}
