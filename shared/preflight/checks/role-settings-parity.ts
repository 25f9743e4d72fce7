import type { Check } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import type { RoleSetting } from '../access-facts.ts'
import { knownFact } from '../known-fact.ts'
import { counted, statements } from '../naming.ts'
import { isPlatformRole, ownLogins } from '../own-roles.ts'

/** ALTER DATABASE SET and ALTER ROLE SET are in no schema dump of a database. */
export const roleSettingsParity: Check = {
  code: 'role-settings-parity',
  title: 'ALTER DATABASE SET and ALTER ROLE SET are the same on both sides',
  judge: (facts) => {
    const own = new Set([...ownLogins(facts, 'source'), ...ownLogins(facts, 'target')])
    const judged = ({ role, name }: RoleSetting) =>
      (role === null || (!own.has(role) && !isPlatformRole(role))) &&
      // The fence and the guard make these themselves; other checks judge what is left of them.
      !['default_transaction_read_only', 'session_replication_role'].includes(name)
    const there = new Map(
      knownFact(facts.target.roleSettings)
        .filter(judged)
        .map((line) => [key(line), line]),
    )
    const here = knownFact(facts.source.roleSettings).filter(judged)
    const keys = new Set(here.map(key))
    const lacking = here.filter((line) => there.get(key(line))?.value !== line.value)
    const extra = [...there.values()].filter((line) => !keys.has(key(line)))
    if (lacking.length + extra.length === 0) return []
    const database = quoted(knownFact(facts.target.server).database)
    return [
      {
        severity: 'warning',
        message: counted(
          lacking.length + extra.length,
          'setting of a role or of the database differs',
          'settings of roles or of the database differ',
        ),
        objects: [
          ...lacking.map(
            (line) => `${spoken(line)}: ${there.has(key(line)) ? 'another value' : 'missing'} there`,
          ),
          ...extra.map((line) => `${spoken(line)}: there only`),
        ],
        why: 'A search_path or timeout that a role or the database brings is lost by the move; statements then find other tables, or run without end.',
        remedy: statements(
          lacking.map(
            ({ role, inDatabase, name, value }) =>
              `ALTER ${role === null ? (inDatabase ? `DATABASE ${database}` : 'ROLE ALL') : `ROLE ${quoted(role)}${inDatabase ? ` IN DATABASE ${database}` : ''}`} SET ${name} = ${name.includes('.') ? '…' : list(name, value)}; -- on the target`,
          ),
        ),
      },
    ]
  },
}

/** Settings that are lists keep their own quotes; others are one text. */
function list(name: string, value: string): string {
  const lists = [
    'search_path',
    'temp_tablespaces',
    'session_preload_libraries',
    'local_preload_libraries',
    'DateStyle',
  ]
  return lists.includes(name) ? value : `'${value.replaceAll("'", "''")}'`
}

function key({ role, inDatabase, name }: RoleSetting): string {
  return JSON.stringify([role, inDatabase, name])
}

function spoken({ role, inDatabase, name }: RoleSetting): string {
  return `${name} of ${role ?? (inDatabase ? 'the database' : 'every role')}${role !== null && inDatabase ? ' in this database' : ''}`
}
