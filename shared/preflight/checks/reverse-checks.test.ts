import { describe, expect, test } from 'vitest'
import type { Migration } from '../../migration/schema.ts'
import type { DatabaseRole } from '../access-facts.ts'
import { cleanFacts, known, relation, replace, spoil, withTables } from '../clean-facts.ts'
import { databaseRole } from '../clean-side-facts.ts'
import type { DmsRights, PreflightFacts } from '../facts.ts'
import { laterTarget } from '../later-target.ts'
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

function rights(side: Side, change: Partial<DmsRights>, administered = true): PreflightFacts {
  const clean = { tables: [], schemas: [], mayConnect: true, maySetReplicationRole: true }
  return replace(side, {
    reverse: known({ user: `dms_reverse_${side}`, rights: { ...clean, ...change }, administered }),
  })
}
const file = (facts: PreflightFacts, change: Partial<Migration>): PreflightFacts => ({
  ...facts,
  migration: { ...facts.migration, ...change },
})
const prepared = (facts: PreflightFacts): PreflightFacts => ({
  ...facts,
  target: { ...facts.target, migrations: known([{ migration: 'shop', phase: 'guarded', prepared: true }]) },
})
const users = (change: Partial<PreflightFacts['users']>): PreflightFacts => {
  const facts = cleanFacts()
  return { ...facts, users: { ...facts.users, ...change } }
}
const lacking = { tables: [{ schema: 'shop', table: 'orders', missing: ['INSERT', 'UPDATE'] }] }
const parameterGroup = (facts: PreflightFacts): PreflightFacts =>
  file(facts, { 'during-load': { ...facts.migration['during-load'], 'replica-role': 'parameter-group' } })

describe('the way back', () => {
  test.each<[string, string, PreflightFacts, string[]]>([
    ['reverse-users', 'clean', cleanFacts(), []],
    [
      'reverse-users',
      'no log-in on the source',
      roles('source', databaseRole('dms_reverse_source', { canLogin: false })),
      ['blocker: dms_reverse_source'],
    ],
    [
      'reverse-users',
      'no replication on the target',
      roles('target', databaseRole('dms_reverse_target')),
      ['blocker: dms_reverse_target'],
    ],
    [
      'reverse-users',
      'rds_replication',
      roles('target', databaseRole('dms_reverse_target', { memberOf: ['rds_replication'] })),
      [],
    ],
    ['reverse-users', 'absent', users({ reverseTarget: 'nobody' }), ['blocker: nobody']],
    ['reverse-rights', 'a table', rights('source', lacking), ['blocker: shop.orders (INSERT, UPDATE)']],
    [
      'reverse-rights',
      'a schema of the target',
      rights('target', { schemas: [{ schema: 'shop', missing: ['USAGE'] }] }),
      ['blocker: shop'],
    ],
    [
      'reverse-rights',
      'tables of the target that the migration makes',
      file(rights('target', lacking), { schema: 'dump' }),
      [],
    ],
    ['reverse-rights', 'shut out', rights('target', { mayConnect: false }), ['blocker: dms_reverse_target']],
    ['reverse-rights', 'behind the guard', prepared(rights('target', { mayConnect: false })), []],
    [
      'reverse-replica-role',
      'not granted',
      rights('source', { maySetReplicationRole: false }),
      ['blocker: dms_reverse_source'],
    ],
    [
      'reverse-replica-role',
      'set for the role',
      {
        ...rights('source', { maySetReplicationRole: false }),
        source: {
          ...rights('source', { maySetReplicationRole: false }).source,
          roleSettings: known([
            {
              role: 'dms_reverse_source',
              name: 'session_replication_role',
              value: 'replica',
              inDatabase: false,
            },
          ]),
        },
      },
      [],
    ],
    [
      'reverse-replica-role',
      'the target’s, where its parameter group does it now',
      parameterGroup(spoil('target', 'dmsRights', { maySetReplicationRole: false })),
      ['warning: dms_target'],
    ],
    [
      'reverse-users-apart',
      'the one of the way there',
      users({ reverseTarget: 'dms_target' }),
      ['blocker: dms_target'],
    ],
    ['reverse-users-apart', 'the application’s', users({ reverseSource: 'shop_app' }), ['blocker: shop_app']],
    [
      'reverse-users-apart',
      'somebody else may become it',
      roles('source', databaseRole('etl', { memberOf: ['dms_reverse_source'] })),
      ['blocker: etl'],
    ],
    [
      'reverse-users-apart',
      'an owner',
      withTables([relation('orders', { owner: 'dms_reverse_source' })], [relation('orders')]),
      ['blocker: shop.orders'],
    ],
    [
      'reverse-login-rights',
      'nobody who replicates to become',
      roles('target', databaseRole('migrator', { memberOf: ['shop_app'] })),
      ['blocker: migrator on the target'],
    ],
    [
      'reverse-login-rights',
      'it replicates itself',
      roles('target', databaseRole('migrator', { replication: true })),
      [],
    ],
    [
      'reverse-login-rights',
      'no CREATEROLE',
      spoil('source', 'loginRights', { createRole: false }),
      ['blocker: migrator on the source'],
    ],
    ['reverse-login-rights', 'no ADMIN', rights('source', {}, false), ['blocker: migrator on the source']],
  ])('%s: %s', (code, _, facts, expected) => {
    expect(said(code, facts)).toEqual(expected)
  })

  test('none is wanted: then slots of the source are asked for alone', () => {
    const none = (facts: PreflightFacts) =>
      file(facts, { cutover: { ...facts.migration.cutover, 'fall-back': false } })
    for (const code of ['reverse-users', 'reverse-rights', 'reverse-replica-role', 'reverse-users-apart'])
      expect(said(code, none(users({ reverseSource: undefined, reverseTarget: undefined })))).toEqual([])
    expect(said('reverse-login-rights', none(roles('target', databaseRole('migrator'))))).toEqual([])
    expect(said('reverse-login-rights', none(roles('source', databaseRole('migrator'))))).toEqual([
      'blocker: migrator on the source',
    ])
  })

  test('of a target to come nothing is judged, and what is found on the source stays', () => {
    const facts = { ...rights('source', lacking), target: laterTarget }
    const result = runChecks(checks, facts).find(({ code }) => code === 'reverse-rights')
    expect(result?.outcome).toBe('failed')
    const waits = runChecks(checks, { ...cleanFacts(), target: laterTarget })
    expect(waits.find(({ code }) => code === 'reverse-users')?.outcome).toBe('not-yet')
  })
})
