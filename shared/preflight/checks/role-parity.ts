import type { Check, Finding } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import type { DatabaseRole } from '../access-facts.ts'
import { knownFact } from '../known-fact.ts'
import { counted, statements } from '../naming.ts'
import { isPlatformRole, ownLogins } from '../own-roles.ts'

const attributes = [
  ['superuser', 'SUPERUSER'],
  ['createRole', 'CREATEROLE'],
  ['createDb', 'CREATEDB'],
  ['bypassRls', 'BYPASSRLS'],
] as const

/** Roles are the server's, not the database's: no dump of a database brings them. */
export const roleParity: Check = {
  code: 'role-parity',
  title: 'roles have the same attributes, memberships and limits on both sides',
  judge: (facts) => {
    const own = new Set([...ownLogins(facts, 'source'), ...ownLogins(facts, 'target')])
    const there = new Map(knownFact(facts.target.databaseRoles).map((role) => [role.name, role]))
    // A superuser of a server of one's own (`postgres`) has no counterpart on Aurora.
    const here = knownFact(facts.source.databaseRoles).filter(
      ({ name, superuser }) => !own.has(name) && !isPlatformRole(name) && !superuser,
    )
    // Application roles that are absent are a blocker of another check.
    const named = facts.migration.cutover['application-roles']
    const missing = here.filter(({ name }) => !there.has(name) && !named.includes(name))
    const different = here.flatMap((role) => {
      const match = there.get(role.name)
      return match === undefined ? [] : differences(role, match).map((text) => `${role.name}: ${text}`)
    })
    const expired = here.filter(({ name }) => there.get(name)?.expired === true && named.includes(name))
    const findings: Finding[] = []
    if (expired.length > 0) {
      findings.push({
        severity: 'blocker',
        message: `${expired.map(({ name }) => name).join(', ')} has an expired password on the target`,
        objects: expired.map(({ name }) => name),
        why: 'After the switch the application could not log in.',
        remedy: statements(expired.map(({ name }) => `ALTER ROLE ${quoted(name)} VALID UNTIL 'infinity';`)),
      })
    }
    if (missing.length > 0) {
      findings.push({
        severity: 'warning',
        message: counted(
          missing.length,
          'role of the source is not on the target',
          'roles of the source are not on the target',
        ),
        objects: missing.map(({ name }) => name),
        why: 'Whoever logs in with them cannot after the switch, and grants to them are missing.',
        remedy: statements(
          missing.map(
            ({ name, canLogin }) =>
              `CREATE ROLE ${quoted(name)}${canLogin ? " LOGIN PASSWORD '…'" : ''}; -- on the target, or leave it behind on purpose`,
          ),
        ),
      })
    }
    if (different.length > 0) {
      findings.push({
        severity: 'warning',
        message: counted(
          different.length,
          'attribute, membership or limit of a role differs',
          'attributes, memberships or limits of roles differ',
        ),
        objects: different,
        why: 'After the switch the same login may do less, or more, than before.',
        remedy: 'GRANT … TO …; ALTER ROLE … CONNECTION LIMIT …; -- on the target',
      })
    }
    return findings
  },
}

function differences(source: DatabaseRole, target: DatabaseRole): string[] {
  const beyond = (roles: readonly string[], others: readonly string[]) =>
    roles.filter((name) => !others.includes(name) && !isPlatformRole(name))
  return [
    ...(source.canLogin === target.canLogin ? [] : [source.canLogin ? 'NOLOGIN there' : 'LOGIN there only']),
    ...attributes.flatMap(([key, word]) =>
      source[key] === target[key] ? [] : [source[key] ? `no ${word} there` : `${word} there only`],
    ),
    ...beyond(source.memberOf, target.memberOf).map((name) => `not a member of ${name} there`),
    ...beyond(target.memberOf, source.memberOf).map((name) => `member of ${name} there only`),
    ...(source.connectionLimit === target.connectionLimit
      ? []
      : [`connection limit ${target.connectionLimit} there, ${source.connectionLimit} here`]),
  ]
}
