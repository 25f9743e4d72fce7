import { describe, expect, test } from 'vitest'
import type { AccessFacts, DatabaseRole, DefinerFunction, RoleSetting } from '../access-facts.ts'
import { cleanFacts, known, replace, spoil } from '../clean-facts.ts'
import { cleanState, databaseRole } from '../clean-side-facts.ts'
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

const definer = (change: Partial<DefinerFunction>): DefinerFunction => ({
  function: 'shop.pay()',
  owner: 'shop_owner',
  definer: true,
  writes: true,
  sets: [],
  callers: ['shop_app'],
  ...change,
})
const source = (change: Partial<AccessFacts>) => replace('source', change)
const writer = (role: string, change: object = {}) =>
  source({ writers: known([{ role, tables: 3, owns: 0, writesAllData: false, ...change }]) })
describe('who could write past the fence', () => {
  test.each<[string, string, PreflightFacts, string[]]>([
    [
      'fence-role-settings',
      'replica mode',
      settings('source', line('shop_app', 'session_replication_role', 'replica')),
      ['blocker: shop_app: session_replication_role = replica'],
    ],
    [
      'fence-role-settings',
      'writable by default',
      settings('source', line('shop_app', 'default_transaction_read_only', 'off', true)),
      ['warning: shop_app in this database: default_transaction_read_only = off'],
    ],
    [
      'fence-role-settings',
      'DMS’s own',
      settings('source', line('dms_source', 'session_replication_role', 'replica')),
      [],
    ],
    [
      'target-session-defaults',
      'read-only left behind',
      settings('target', line(null, 'default_transaction_read_only', 'on', true)),
      ['blocker: shop_app: default_transaction_read_only = on'],
    ],
    [
      'target-session-defaults',
      'replica mode by parameter group',
      replace('target', {
        state: known({ ...cleanState, defaults: { session_replication_role: 'replica' } }),
      }),
      ['blocker: shop_app: session_replication_role = replica'],
    ],
    ['target-session-defaults', 'replica mode that the migration has set itself', ownReplicaMode(), []],
    [
      'fence-superusers',
      'one',
      roles('source', databaseRole('postgres', { superuser: true })),
      ['note: postgres'],
    ],
    [
      'fence-superusers',
      'of RDS',
      roles('source', databaseRole('admin', { memberOf: ['rds_superuser'] })),
      ['note: admin'],
    ],
    [
      'fence-superusers',
      'the platform’s',
      roles('source', databaseRole('rdsadmin', { superuser: true })),
      [],
    ],
    ['fence-owners', 'the application', writer('shop_app', { owns: 2 }), ['warning: shop_app (2 tables)']],
    ['fence-owners', 'the migration itself', writer('migrator', { owns: 2 }), []],
    ['fence-other-writers', 'unknown', writer('report_user'), ['warning: report_user (3 tables)']],
    [
      'fence-other-writers',
      'everything',
      writer('shop_app', { writesAllData: true }),
      ['warning: shop_app (pg_write_all_data)'],
    ],
    [
      'fence-security-definers',
      'writes',
      source({ definers: known([definer({})]) }),
      ['warning: shop.pay() (called by shop_app)'],
    ],
    ['fence-security-definers', 'reads', source({ definers: known([definer({ writes: false })]) }), []],
    [
      'fence-security-definers',
      'nobody may call it',
      source({ definers: known([definer({ callers: [] })]) }),
      [],
    ],
    [
      'fence-security-definers',
      'leaves the mode',
      source({ definers: known([definer({ definer: false, sets: ['session_replication_role'] })]) }),
      ['blocker: shop.pay()'],
    ],
    [
      'fence-cron-jobs',
      'on the source',
      source({ cronJobs: known([{ job: 'nightly', schedule: '0 3 * * *', role: 'shop_app' }]) }),
      ['warning: nightly (0 3 * * *, as shop_app)'],
    ],
    [
      'fence-cron-jobs',
      'on the target',
      replace('target', { cronJobs: known([{ job: 'nightly', schedule: '0 3 * * *', role: 'shop_app' }]) }),
      ['blocker: nightly (0 3 * * *, as shop_app)'],
    ],
    [
      'fence-replication-logins',
      'another',
      roles('source', databaseRole('debezium', { replication: true })),
      ['note: debezium'],
    ],
    [
      'fence-replication-logins',
      'a standby',
      replace('source', { state: known({ ...cleanState, standbys: 1 }) }),
      ['note: pg_stat_replication'],
    ],
    [
      'fence-foreign-servers',
      'one',
      source({ foreignServers: known([{ name: 'legacy', wrapper: 'postgres_fdw', users: ['shop_app'] }]) }),
      ['warning: legacy (postgres_fdw; shop_app)'],
    ],
    [
      'fence-foreign-servers',
      'dblink',
      spoil('source', 'objects', { extensions: ['dblink'] }),
      ['warning: dblink'],
    ],
    [
      'fence-background-workers',
      'one',
      replace('target', { workers: known([{ kind: 'timescale', role: null, count: 2 }]) }),
      ['warning: timescale (no role, 2)'],
    ],
    [
      'fence-other-tables',
      'one',
      source({ otherTables: known([{ schema: 'audit', table: 'log', changes: '17' }]) }),
      ['warning: audit.log (17 changes seen)'],
    ],
    [
      'leftover-fence',
      'forgotten',
      replace('source', { fenced: known([{ schema: 'shop', table: 'orders' }]) }),
      ['blocker: shop.orders'],
    ],
    [
      'leftover-fence',
      'after the commit point',
      replace('source', {
        fenced: known([{ schema: 'shop', table: 'orders' }]),
        migrations: known([{ migration: 'shop', phase: 'committed', prepared: true }]),
      }),
      [],
    ],
  ])('%s: %s', (code, _, facts, expected) => {
    expect(said(code, facts)).toEqual(expected)
  })
})

/** A prepared target whose parameter group keeps it in replica mode, as the migration file asks. */
function ownReplicaMode(): PreflightFacts {
  const facts = replace('target', {
    state: known({ ...cleanState, defaults: { session_replication_role: 'replica' } }),
    migrations: known([{ migration: 'shop', phase: 'open', prepared: true }]),
  })
  const { migration } = facts
  return {
    ...facts,
    migration: {
      ...migration,
      'during-load': { ...migration['during-load'], 'replica-role': 'parameter-group' },
    },
  }
}

test('jobs of pg_cron block where the target is still to be made: they come along, and write there at once', () => {
  const facts = cleanFacts()
  const jobs = known([{ job: 'nightly', schedule: '0 3 * * *', role: 'shop_app' }])
  const [result] = runChecks(
    checks.filter(({ code }) => code === 'fence-cron-jobs'),
    {
      ...facts,
      source: { ...facts.source, cronJobs: jobs },
      target: { ...facts.target, cronJobs: { known: false, reason: 'made later', notYet: true } },
    },
  )
  expect(result?.outcome).toBe('failed')
  expect(result?.findings.map(({ severity, objects }) => `${severity}: ${objects.join()}`)).toEqual([
    'blocker: nightly (0 3 * * *, as shop_app)',
  ])
})
