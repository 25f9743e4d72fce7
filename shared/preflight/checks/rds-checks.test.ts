import { describe, expect, test } from 'vitest'
import { cleanFacts, known, replace } from '../clean-facts.ts'
import { cleanRds } from '../clean-rds.ts'
import type { PreflightFacts, SideOutside } from '../facts.ts'
import { runChecks } from '../finding.ts'
import type { RdsServer } from '../rds-facts.ts'
import { checks } from '../registry.ts'
import { said } from '../said.ts'
import { verdictOf } from '../verdict.ts'

type Change = { readonly [K in keyof SideOutside]?: SideOutside[K] }

const logical = { name: 'rds.logical_replication', value: '1' }

/** An RDS instance and an Aurora cluster with nothing wrong, or with something. */
function onRds(
  source: Partial<RdsServer> = {},
  target: Partial<RdsServer> = {},
  more: { readonly source?: Change; readonly target?: Change } = {},
): PreflightFacts {
  const facts = cleanFacts()
  return {
    ...facts,
    source: {
      ...facts.source,
      rds: known(cleanRds('instance', source)),
      parameters: known([{ group: 'pg', ...logical }]),
      maintenance: known([]),
      freeStorage: known({ bytes: String(60 * 1024 ** 3), growthBytes: '0' }),
      alarms: known([]),
      openRules: known([]),
      ...more.source,
    },
    target: {
      ...facts.target,
      rds: known(cleanRds('cluster', target)),
      parameters: known([{ group: 'aurora-pg', ...logical }]),
      maintenance: known([]),
      alarms: known([]),
      openRules: known([]),
      ...more.target,
    },
  }
}

const certificate = (authority: string, till: string) => ({
  certificates: [{ instance: 'db-1', authority, validTill: new Date(till) }],
})
const open = known([
  { group: 'sg-1', range: '0.0.0.0/0' },
  { group: 'sg-2', range: '::/0' },
])
const parameter = (name: string, value: string, group = 'pg') => ({ group, name, value })
const noWayBack = (facts: PreflightFacts): PreflightFacts => ({
  ...facts,
  migration: { ...facts.migration, cutover: { ...facts.migration.cutover, 'fall-back': false } },
})
const gib = (count: number) => String(count * 1024 ** 3)

test('an RDS instance and an Aurora cluster with nothing wrong are clear without a word', () => {
  expect(verdictOf(runChecks(checks, onRds()))).toMatchObject({ verdict: 'clear', findings: [] })
})

describe('findings', () => {
  test.each<[string, string, PreflightFacts, string[]]>([
    ['rds-backups', 'none', onRds({ backupRetentionDays: 0 }), ['warning: db-1']],
    ['rds-backups', 'none yet', onRds({}, { latestRestorable: undefined }), ['warning: aurora-1']],
    [
      'rds-backups',
      'an old one',
      onRds({ latestRestorable: new Date('2026-06-01T10:58:00Z') }),
      ['warning: db-1'],
    ],
    ['rds-backups', 'an hour old', onRds({ latestRestorable: new Date('2026-06-01T11:00:00Z') }), []],
    [
      'rds-pending-changes',
      'a class',
      onRds({ pendingModifications: ['DBInstanceClass'] }),
      ['warning: db-1: DBInstanceClass'],
    ],
    [
      'rds-pending-changes',
      'an upgrade',
      onRds({}, { pendingModifications: ['EngineVersion'] }),
      ['blocker: aurora-1: EngineVersion'],
    ],
    [
      'rds-maintenance',
      'announced with a date, and without',
      onRds(
        {},
        {},
        {
          source: {
            maintenance: known([
              { action: 'system-update', description: 'New OS', appliedAt: new Date('2026-06-07T03:00:00Z') },
              { action: 'db-upgrade', description: '', appliedAt: undefined },
            ]),
          },
        },
      ),
      ['warning: db-1: system-update', 'note: db-1: db-upgrade'],
    ],
    ['rds-maintenance', 'minor upgrades', onRds({}, { minorUpgrades: true }), ['note: aurora-1']],
    [
      'rds-logical-replication',
      'off on the source',
      onRds({}, {}, { source: { parameters: known([]) } }),
      ['blocker: pg'],
    ],
    [
      'rds-logical-replication',
      'off on the target',
      onRds(
        {},
        {},
        { target: { parameters: known([parameter('rds.logical_replication', '0', 'aurora-pg')]) } },
      ),
      ['blocker: aurora-pg'],
    ],
    [
      'rds-logical-replication',
      'off on a target from which nobody goes back',
      noWayBack(onRds({}, {}, { target: { parameters: known([]) } })),
      [],
    ],
    [
      'rds-parameters',
      'tuned here only',
      onRds(
        {},
        {},
        {
          source: {
            parameters: known([
              parameter('rds.logical_replication', '1'),
              parameter('work_mem', '65536'),
              parameter('max_wal_size', '1'),
            ]),
          },
        },
      ),
      ['warning: work_mem: 65536 here, the default there'],
    ],
    ['rds-multi-az', 'lost by moving', onRds({}, { multiAz: false }), ['warning: aurora-1']],
    ['rds-multi-az', 'never there', onRds({ multiAz: false }, { multiAz: false }), []],
    ['rds-readers', 'fewer', onRds({ readers: ['replica-1'] }), ['warning: replica-1']],
    ['rds-readers', 'as many', onRds({ readers: ['replica-1'] }, { readers: ['aurora-1-b'] }), []],
    [
      'rds-free-storage',
      'a tenth left',
      onRds({}, {}, { source: { freeStorage: known({ bytes: gib(10), growthBytes: '0' }) } }),
      ['warning: db-1'],
    ],
    [
      'rds-free-storage',
      'nearly full',
      onRds({}, {}, { source: { freeStorage: known({ bytes: gib(4), growthBytes: '0' }) } }),
      ['blocker: db-1'],
    ],
    [
      'rds-free-storage',
      'nearly full, but growing',
      onRds({}, {}, { source: { freeStorage: known({ bytes: gib(4), growthBytes: gib(100) }) } }),
      [],
    ],
    ['rds-deletion-protection', 'none', onRds({}, { deletionProtection: false }), ['warning: aurora-1']],
    ['rds-certificates', 'of 2019', onRds(certificate('rds-ca-2019', '2060-01-01')), ['blocker: db-1']],
    [
      'rds-certificates',
      'ending soon',
      onRds(certificate('rds-ca-rsa2048-g1', '2026-07-01')),
      ['warning: db-1'],
    ],
    ['rds-certificates', 'ended', onRds(certificate('rds-ca-rsa2048-g1', '2026-05-01')), ['blocker: db-1']],
    ['rds-public-access', 'a public address', onRds({ publiclyAccessible: true }), ['warning: db-1']],
    [
      'rds-security-groups',
      'open, but inside',
      onRds({}, {}, { target: { openRules: open } }),
      ['warning: sg-1 (0.0.0.0/0), sg-2 (::/0)'],
    ],
    [
      'rds-security-groups',
      'open to the internet',
      onRds({ publiclyAccessible: true }, {}, { source: { openRules: open } }),
      ['blocker: sg-1 (0.0.0.0/0), sg-2 (::/0)'],
    ],
    ['rds-encryption', 'lost by moving', onRds({}, { encrypted: false }), ['blocker: aurora-1']],
    ['rds-encryption', 'never there', onRds({ encrypted: false }, { encrypted: false }), []],
    [
      'rds-alarms',
      'one without a like, one that Aurora does not know, one with a like',
      onRds(
        {},
        {},
        {
          source: {
            alarms: known([
              { name: 'cpu', metric: 'CPUUtilization' },
              { name: 'disk', metric: 'FreeStorageSpace' },
              { name: 'connections', metric: 'DatabaseConnections' },
            ]),
          },
          target: { alarms: known([{ name: 'aurora cpu', metric: 'CPUUtilization' }]) },
        },
      ),
      ['note: connections (DatabaseConnections)'],
    ],
    ['rds-network', 'two networks', onRds({}, { vpc: 'vpc-2' }), ['note: ri, aurora-1']],
  ])('%s: %s', (code, _, facts, expected) => {
    expect(said(code, facts)).toEqual(expected)
  })
})

test('remedies name the server, and a default group is replaced, not changed', () => {
  const facts = onRds(
    {},
    {
      parameterGroups: [{ name: 'default.aurora-postgresql17', kind: 'cluster', applyStatus: 'in-sync' }],
    },
  )
  const [result] = runChecks(
    checks.filter(({ code }) => code === 'rds-logical-replication'),
    facts,
  )
  expect(result?.findings[0]?.remedy.split('\n')).toEqual([
    'aws rds create-db-cluster-parameter-group --db-cluster-parameter-group-name aurora-1-migration --db-parameter-group-family aurora-postgresql17 --description "logical replication"',
    'aws rds modify-db-cluster-parameter-group --db-cluster-parameter-group-name aurora-1-migration --parameters ParameterName=rds.logical_replication,ParameterValue=1,ApplyMethod=pending-reboot',
    'aws rds modify-db-cluster --db-cluster-identifier aurora-1 --db-cluster-parameter-group-name aurora-1-migration --apply-immediately',
    'aws rds reboot-db-instance --db-instance-identifier WRITER',
  ])
})

test('a target that is made later is not judged, does not block, and hides nothing of the source', () => {
  const later = { known: false, reason: 'the target is made by prepare-target', notYet: true } as const
  const facts = onRds({ publiclyAccessible: true, status: 'modifying' }, {}, { target: { rds: later } })
  const results = runChecks(checks, facts)
  const outcome = (code: string) => results.find((result) => result.code === code)
  expect(outcome('rds-encryption')).toMatchObject({ outcome: 'not-yet', findings: [] })
  expect(outcome('rds-public-access')).toMatchObject({
    outcome: 'not-yet',
    findings: [{ severity: 'warning', objects: ['db-1'] }],
  })
  expect(outcome('rds-servers')).toMatchObject({ outcome: 'failed', findings: [{ objects: ['db-1'] }] })
  expect(verdictOf(results)).toMatchObject({ verdict: 'blocked', blockers: 1, unverified: 0 })
})

test('a target to come with the default parameter group is told of before it is made', () => {
  const later = { known: false, reason: 'the target is made by prepare-target', notYet: true } as const
  const facts = onRds({}, {}, { target: { rds: later } })
  const made = (group: object): PreflightFacts => ({
    ...facts,
    migration: {
      ...facts.migration,
      load: { by: 'aurora-clone', class: 'db.r6g.large', 'security-groups': [], ...group },
    },
  })
  expect(said('rds-logical-replication', made({}))).toEqual(['warning: load.parameter-group'])
  expect(said('rds-logical-replication', made({ 'parameter-group': 'logical' }))).toEqual([])
  expect(said('rds-logical-replication', noWayBack(made({})))).toEqual([])
})

test('what RDS does not show blocks', () => {
  const hidden = { known: false, reason: 'DescribeSecurityGroups of sg-1 failed: denied' } as const
  const result = runChecks(
    checks.filter(({ code }) => code === 'rds-security-groups'),
    onRds({}, {}, { source: { openRules: hidden } }),
  )[0]
  expect(result).toMatchObject({ outcome: 'unverified', findings: [{ severity: 'blocker' }] })
})

test('a side that is no RDS server is not judged', () => {
  expect(said('rds-encryption', replace('source', { rds: known(cleanRds('instance')) }))).toEqual([])
})
