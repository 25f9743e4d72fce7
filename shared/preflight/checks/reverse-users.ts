import { eachSide } from '../each-side.ts'
import type { Check } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { knownFact, UnknownFact } from '../known-fact.ts'
import { reverseUser } from '../own-roles.ts'

/** After a cutover DMS logs in with users of its own, reads the target's log and writes the source. */
export const reverseUsers: Check = {
  code: 'reverse-users',
  title: 'DMS’s users of the way back can log in, and that of the target can replicate',
  judge: (facts) => {
    if (!facts.migration.cutover['fall-back']) return []
    return eachSide((side) => {
      const roles = knownFact(facts[side].databaseRoles)
      const name = reverseUser(facts, side)
      if (name === undefined) throw new UnknownFact(`the login of dms.reverse.${side} was not read`)
      const role = roles.find((known) => known.name === name)
      const reads = side === 'target'
      const replicates =
        role !== undefined &&
        (role.superuser || role.replication || role.memberOf.includes('rds_replication'))
      if (role?.canLogin === true && (!reads || replicates)) return []
      const lacks =
        role === undefined
          ? `does not exist on the ${side}`
          : role.canLogin
            ? 'may not replicate'
            : 'may not log in'
      return [
        {
          severity: 'blocker',
          message: `the role ${name} ${lacks}`,
          objects: [name],
          why: `It is the login in the secret of \`dms.reverse.${side}\`: without it nothing written after the cutover comes back.`,
          remedy: remedyFor(name, role, reads),
        },
      ]
    })
  },
}

function remedyFor(name: string, role: { readonly canLogin: boolean } | undefined, reads: boolean): string {
  const rds = `on RDS: GRANT rds_replication TO ${quoted(name)};`
  if (role === undefined)
    return `CREATE ROLE ${quoted(name)} LOGIN ${reads ? 'REPLICATION ' : ''}PASSWORD '…';${reads ? ` -- ${rds}` : ''}`
  return role.canLogin
    ? `ALTER ROLE ${quoted(name)} REPLICATION; -- ${rds}`
    : `ALTER ROLE ${quoted(name)} LOGIN;`
}
