import { describe, expect, test } from 'vitest'
import type { Migration } from '../../migration/schema.ts'
import type { PreflightFacts } from '../facts.ts'
import { cleanFacts, relation, role, spoil, withTables } from '../clean-facts.ts'
import { runChecks } from '../finding.ts'
import { checks } from '../registry.ts'
import { said } from '../said.ts'

const duringLoad = (
  facts: PreflightFacts,
  replicaRole: Migration['during-load']['replica-role'],
): PreflightFacts => ({
  ...facts,
  migration: {
    ...facts.migration,
    'during-load': { ...facts.migration['during-load'], 'replica-role': replicaRole },
  },
})

describe('roles and rights', () => {
  const owned = withTables([relation('orders', { owner: 'dms_source' })])
  const through = { ...role('source', 'dms_source', { memberOf: ['shop_owner'] }) }
  test.each<[string, string, PreflightFacts, string[]]>([
    ['source-dms-user', 'absent', role('source', 'dms_source', { exists: false }), ['blocker: dms_source']],
    [
      'source-dms-user',
      'no replication',
      role('source', 'dms_source', { replication: false }),
      ['blocker: dms_source'],
    ],
    [
      'source-dms-user',
      'rds_replication',
      role('source', 'dms_source', { replication: false, memberOf: ['rds_replication'] }),
      [],
    ],
    [
      'source-dms-user',
      'no login',
      role('source', 'dms_source', { canLogin: false }),
      ['blocker: dms_source'],
    ],
    [
      'target-dms-user',
      'no login',
      role('target', 'dms_target', { canLogin: false }),
      ['blocker: dms_target'],
    ],
    [
      'dms-rights',
      'a table',
      spoil('target', 'dmsRights', { tables: [{ schema: 'shop', table: 'orders', missing: ['TRUNCATE'] }] }),
      ['blocker: shop.orders (TRUNCATE)'],
    ],
    [
      'dms-rights',
      'a schema',
      spoil('source', 'dmsRights', { schemas: [{ schema: 'shop', missing: ['USAGE'] }] }),
      ['blocker: shop'],
    ],
    ['dms-connect', 'shut out', spoil('target', 'dmsRights', { mayConnect: false }), ['blocker: dms_target']],
    [
      'target-replica-role',
      'not granted',
      spoil('target', 'dmsRights', { maySetReplicationRole: false }),
      ['blocker: dms_target'],
    ],
    [
      'target-replica-role',
      'not granted and not needed',
      duringLoad(spoil('target', 'dmsRights', { maySetReplicationRole: false }), 'parameter-group'),
      [],
    ],
    [
      'dms-users-apart',
      'the application’s',
      { ...cleanFacts(), users: { ...cleanFacts().users, dmsSource: 'shop_app' } },
      ['blocker: shop_app'],
    ],
    [
      'dms-users-apart',
      'the migration’s',
      { ...cleanFacts(), users: { ...cleanFacts().users, dmsTarget: 'migrator' } },
      ['blocker: migrator'],
    ],
    ['dms-users-apart', 'an owner', owned, ['blocker: shop.orders']],
    ['dms-users-apart', 'a member of the owner', through, ['blocker: shop.orders']],
    [
      'login-rights',
      'no monitor',
      spoil('source', 'loginRights', { monitor: false }),
      ['blocker: migrator on the source'],
    ],
    [
      'login-rights',
      'an owner out of reach',
      spoil('target', 'loginRights', { ownersOutOfReach: ['x'] }),
      ['blocker: migrator on the target'],
    ],
    [
      'login-rights',
      'cannot shut DMS out',
      spoil('target', 'loginRights', { createRole: false }),
      ['blocker: migrator on the target'],
    ],
    [
      'login-rights',
      'no CREATEROLE on the source',
      spoil('source', 'loginRights', { createRole: false }),
      [],
    ],
    [
      'login-rights',
      'a superuser',
      spoil('target', 'loginRights', { superuser: true, monitor: false, createRole: false }),
      [],
    ],
    [
      'application-roles',
      'absent',
      role('target', 'shop_app', { exists: false, canLogin: false }),
      ['blocker: shop_app'],
    ],
    ['application-roles', 'no login', role('source', 'shop_app', { canLogin: false }), ['blocker: shop_app']],
    [
      'application-roles',
      'a superuser',
      role('source', 'shop_app', { superuser: true }),
      ['blocker: shop_app'],
    ],
    [
      'fence-probe',
      'cannot become it',
      spoil('source', 'loginRights', { applicationRolesOutOfReach: ['shop_app'] }),
      ['blocker: shop_app'],
    ],
    [
      'row-security',
      'policies',
      withTables([relation('orders', { rowSecurity: true })]),
      ['blocker: shop.orders', 'blocker: shop.orders'],
    ],
  ])('%s: %s', (code, _, facts, expected) => {
    expect(said(code, facts)).toEqual(expected)
  })

  test('the remedy of a missing right is the exact GRANT', () => {
    const facts = spoil('target', 'loginRights', {
      signal: false,
      createRole: false,
      adminOfDmsUser: false,
      readsDmsTables: false,
    })
    const [result] = runChecks(
      checks.filter(({ code }) => code === 'login-rights'),
      facts,
    )
    expect(result?.findings[0]?.remedy.split('\n')).toEqual([
      'GRANT pg_signal_backend TO "migrator";',
      'ALTER ROLE "migrator" CREATEROLE;',
      'GRANT "dms_target" TO "migrator" WITH ADMIN OPTION;',
    ])
  })
})
