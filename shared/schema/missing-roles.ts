import { escapeLiteral } from 'pg'
import { quoted } from '../migration/identifier.ts'

/** A role of the source with what CREATE ROLE says of it. */
export interface RoleAttributes {
  readonly name: string
  /** Owns or is granted something in the dumped schemas; the others are joined to such a one by membership. */
  readonly needed: boolean
  readonly superuser: boolean
  readonly login: boolean
  readonly inherit: boolean
  readonly createDb: boolean
  readonly createRole: boolean
  /** -1: no limit. */
  readonly connectionLimit: number
  readonly memberOf: readonly string[]
  /** `name=value`, as ALTER ROLE … SET keeps them. */
  readonly settings: readonly string[]
}

/**
 * SQL that makes the roles which the target lacks, without passwords and without a superuser's or replication rights, and
 * joins them as on the source. The login that makes them becomes a member: it gives them their objects. Pure.
 */
export function missingRoleStatements(
  roles: readonly RoleAttributes[],
  present: readonly string[],
  login: string,
): string[] {
  const missing = roles.filter(({ name, superuser }) => !superuser && !present.includes(name))
  const known = new Set([...present, ...missing.map(({ name }) => name)])
  return [
    ...missing.map(
      (role) =>
        `create role ${quoted(role.name)} ${role.login ? 'login' : 'nologin'} ${role.inherit ? 'inherit' : 'noinherit'}${role.createDb ? ' createdb' : ''}${role.createRole ? ' createrole' : ''}${role.connectionLimit === -1 ? '' : ` connection limit ${role.connectionLimit}`}`,
    ),
    ...missing.map(({ name }) => `grant ${quoted(name)} to ${quoted(login)}`),
    ...missing.flatMap(({ name, memberOf }) =>
      memberOf
        .filter((group) => known.has(group))
        .map((group) => `grant ${quoted(group)} to ${quoted(name)}`),
    ),
    ...missing.flatMap(({ name, settings }) =>
      settings.map((setting) => `alter role ${quoted(name)} set ${settingText(setting)}`),
    ),
  ]
}

/** Settings that hold a list keep each part as written; quoted as a whole the list would be one name. */
const lists = new Set([
  'search_path',
  'temp_tablespaces',
  'session_preload_libraries',
  'local_preload_libraries',
])

function settingText(setting: string): string {
  const at = setting.indexOf('=')
  const [name, value] = [setting.slice(0, at), setting.slice(at + 1)]
  const spelled = name.split('.').map(quoted).join('.')
  return `${spelled} = ${lists.has(name) ? value : escapeLiteral(value)}`
}
