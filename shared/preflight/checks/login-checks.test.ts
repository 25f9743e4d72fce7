import { describe, expect, test } from 'vitest'
import type { DatabaseRole, RoleSetting } from '../access-facts.ts'
import { cleanFacts, known, replace } from '../clean-facts.ts'
import { databaseRole } from '../clean-side-facts.ts'
import type { PreflightFacts } from '../facts.ts'
import { runChecks } from '../finding.ts'
import { checks } from '../registry.ts'
import { said } from '../said.ts'

type Side = 'source' | 'target'

/** The clean roles of a side, some of them changed, others added. */
function roles(side: Side, ...changed: readonly DatabaseRole[]): PreflightFacts {
  const { databaseRoles } = cleanFacts()[side]
  const names = changed.map(({ name }) => name)
  const kept = databaseRoles.known ? databaseRoles.value.filter(({ name }) => !names.includes(name)) : []
  return replace(side, { databaseRoles: known([...kept, ...changed]) })
}

const line = (role: string | null, name: string, value: string, inDatabase = false): RoleSetting => ({
  role,
  name,
  value,
  inDatabase,
})
const settings = (side: Side, ...lines: readonly RoleSetting[]) =>
  replace(side, { roleSettings: known(lines) })

const switched = (user: string, outcome: 'accepted' | 'closed' | 'refused'): PreflightFacts => ({
  ...cleanFacts(),
  switchLogins: [{ secret: 'shop/app', login: known({ user, outcome }) }],
})

describe('logins', () => {
  const noPassword: PreflightFacts = {
    ...cleanFacts(),
    dmsPasswords: { source: known(true), target: known(false) },
  }
  const sessions = (count: number, addresses: number, prepared: boolean) =>
    replace('target', {
      dmsSessions: known({ count, addresses, applications: ['psql', ''] }),
      migrations: known([{ migration: 'shop', phase: 'open', prepared }]),
    })
  test.each<[string, string, PreflightFacts, string[]]>([
    ['dms-passwords', 'a character', noPassword, ['blocker: d']],
    [
      'dms-users-shared',
      'a member',
      roles('target', databaseRole('etl', { memberOf: ['dms_target'] })),
      ['blocker: etl'],
    ],
    [
      'dms-users-shared',
      'the migration’s login',
      roles('target', databaseRole('migrator', { memberOf: ['dms_target'] })),
      [],
    ],
    [
      'dms-users-shared',
      'the application’s rights',
      roles('source', databaseRole('dms_source', { memberOf: ['shop_app'] })),
      ['blocker: dms_source'],
    ],
    [
      'dms-users-shared',
      'sessions before there is a task',
      sessions(2, 1, false),
      ['blocker: dms_target (psql), dms_target (no application name)'],
    ],
    ['dms-users-shared', 'sessions of tasks', sessions(2, 1, true), []],
    ['dms-users-shared', 'from two places', sessions(2, 2, true), ['warning: dms_target']],
    ['switch-logins', 'refused', switched('shop_app', 'refused'), ['blocker: shop/app']],
    ['switch-logins', 'the guard stands', switched('shop_app', 'closed'), []],
    ['switch-logins', 'another role', switched('other', 'accepted'), ['warning: shop/app']],
    [
      'role-parity',
      'a role is missing',
      roles('source', databaseRole('readers', { canLogin: false })),
      ['warning: readers'],
    ],
    [
      'role-parity',
      'a membership',
      roles('source', databaseRole('shop_app', { memberOf: ['shop_owner'] })),
      ['warning: shop_app: not a member of shop_owner there'],
    ],
    [
      'role-parity',
      'a limit and an attribute',
      roles('target', databaseRole('shop_app', { connectionLimit: 5, createDb: true })),
      ['warning: shop_app: CREATEDB there only, shop_app: connection limit 5 there, -1 here'],
    ],
    [
      'role-parity',
      'expired',
      roles('target', databaseRole('shop_app', { expired: true })),
      ['blocker: shop_app'],
    ],
    [
      'role-parity',
      'a superuser stays behind',
      roles('source', databaseRole('postgres', { superuser: true })),
      [],
    ],
    [
      'role-settings-parity',
      'missing',
      settings('source', line('shop_app', 'search_path', 'shop, public')),
      ['warning: search_path of shop_app: missing there'],
    ],
    [
      'role-settings-parity',
      'there only',
      settings('target', line(null, 'work_mem', '64MB', true)),
      ['warning: work_mem of the database: there only'],
    ],
  ])('%s: %s', (code, _, facts, expected) => {
    expect(said(code, facts)).toEqual(expected)
  })

  test('a setting that is a list is pasted as a list, another as one text, a secret not at all', () => {
    const facts = settings(
      'source',
      line('shop_app', 'search_path', '"$user", shop'),
      line(null, 'statement_timeout', '5min', true),
      line('shop_app', 'app.token', 'md5 0123'),
    )
    const [result] = runChecks(
      checks.filter(({ code }) => code === 'role-settings-parity'),
      facts,
    )
    expect(result?.findings[0]?.remedy.split('\n')).toEqual([
      'ALTER ROLE "shop_app" SET search_path = "$user", shop; -- on the target',
      `ALTER DATABASE "shop" SET statement_timeout = '5min'; -- on the target`,
      'ALTER ROLE "shop_app" SET app.token = …; -- on the target',
    ])
  })

  test('a login that could not be tried blocks', () => {
    const facts: PreflightFacts = {
      ...cleanFacts(),
      switchLogins: [{ secret: 'shop/app', login: { known: false, reason: 'no answer' } }],
    }
    const [result] = runChecks(
      checks.filter(({ code }) => code === 'switch-logins'),
      facts,
    )
    expect(result?.outcome).toBe('unverified')
  })
})
