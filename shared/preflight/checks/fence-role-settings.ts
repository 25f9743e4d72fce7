import type { Check, Finding } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import type { RoleSetting } from '../access-facts.ts'
import type { PreflightFacts } from '../facts.ts'
import { knownFact } from '../known-fact.ts'
import { statements } from '../naming.ts'
import { ownLogins } from '../own-roles.ts'

/** Settings of a role or database win over what the fence sets. */
export const fenceRoleSettings: Check = {
  code: 'fence-role-settings',
  title: 'no role or database has settings that open a way past the fence',
  judge: (facts) => {
    const own = ownLogins(facts, 'source')
    const lines = knownFact(facts.source.roleSettings).filter(({ role }) => role === null || !own.has(role))
    const replica = lines.filter(
      ({ name, value }) => name === 'session_replication_role' && value.toLowerCase() !== 'origin',
    )
    const writable = lines.filter(
      ({ name, value }) => name === 'default_transaction_read_only' && value.toLowerCase() === 'off',
    )
    const findings: Finding[] = []
    if (replica.length > 0) {
      findings.push({
        severity: 'blocker',
        message: `${replica.length === 1 ? 'a setting makes' : `${replica.length} settings make`} sessions begin in replica mode`,
        objects: replica.map(spoken),
        why: 'In replica mode the fence’s trigger does not fire: such a session writes on after the commit point.',
        remedy: statements(replica.map((line) => reset(facts, line))),
      })
    }
    if (writable.length > 0) {
      findings.push({
        severity: 'warning',
        message: `${writable.length === 1 ? 'a setting says' : `${writable.length} settings say`} default_transaction_read_only = off`,
        objects: writable.map(spoken),
        why: 'A role’s own value wins over the database’s, so the fence’s read-only default does not reach it; the trigger and the REVOKE still do.',
        remedy: statements(writable.map((line) => reset(facts, line))),
      })
    }
    return findings
  },
}

function spoken({ role, inDatabase, name, value }: RoleSetting): string {
  return `${role ?? 'the database'}${role !== null && inDatabase ? ' in this database' : ''}: ${name} = ${value}`
}

function reset(facts: PreflightFacts, { role, inDatabase, name }: RoleSetting): string {
  const database = quoted(knownFact(facts.source.server).database)
  if (role === null)
    return inDatabase ? `ALTER DATABASE ${database} RESET ${name};` : `ALTER ROLE ALL RESET ${name};`
  return `ALTER ROLE ${quoted(role)}${inDatabase ? ` IN DATABASE ${database}` : ''} RESET ${name};`
}
