import { expect, test } from 'vitest'
import { missingRoleStatements, type RoleAttributes } from './missing-roles.ts'

const role = (name: string, given: Partial<RoleAttributes> = {}): RoleAttributes => ({
  name,
  needed: true,
  superuser: false,
  login: false,
  inherit: true,
  createDb: false,
  createRole: false,
  connectionLimit: -1,
  memberOf: [],
  settings: [],
  ...given,
})

test('only what is missing is made, without passwords, never a superuser; groups before their members join', () => {
  const roles = [
    role('app', {
      login: true,
      connectionLimit: 3,
      memberOf: ['readers', 'root', 'staff'],
      settings: ['search_path=shop, public', "application_name=it's", 'my.setting=1'],
    }),
    role('readers', { inherit: false }),
    role('root', { superuser: true }),
    role('staff'),
  ]
  expect(missingRoleStatements(roles, ['staff'], 'migrator')).toEqual([
    'create role "app" login inherit connection limit 3',
    'create role "readers" nologin noinherit',
    'grant "app" to "migrator"',
    'grant "readers" to "migrator"',
    'grant "readers" to "app"',
    'grant "staff" to "app"',
    'alter role "app" set "search_path" = shop, public',
    `alter role "app" set "application_name" = 'it''s'`,
    `alter role "app" set "my"."setting" = '1'`,
  ])
  expect(missingRoleStatements(roles, ['app', 'readers', 'staff'], 'migrator')).toEqual([])
})
