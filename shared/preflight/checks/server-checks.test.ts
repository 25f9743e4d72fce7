import { describe, expect, test } from 'vitest'
import type { PreflightFacts } from '../facts.ts'
import type { RdsServer } from '../rds-facts.ts'
import { cleanFacts, cleanReplicationInstance, known, replace, setting, spoil } from '../clean-facts.ts'
import { runChecks } from '../finding.ts'
import { cleanRds } from '../clean-rds.ts'
import { said } from '../said.ts'
import { checks } from '../registry.ts'
import { verdictOf } from '../verdict.ts'

test('codes are unique, and two databases with nothing wrong are clear without a word', () => {
  expect(new Set(checks.map(({ code }) => code)).size).toBe(checks.length)
  const verdict = verdictOf(runChecks(checks, cleanFacts()))
  expect(verdict).toMatchObject({ verdict: 'clear', findings: [], passed: checks.length })
})

test('an unknown fact blocks every check that needs it, and only those', () => {
  const facts = replace('source', { activity: { known: false, reason: 'permission denied' } })
  const results = runChecks(checks, facts)
  const unverified = results.filter(({ outcome }) => outcome === 'unverified')
  expect(unverified.map(({ code }) => code).sort()).toEqual([
    'source-long-transactions',
    'source-prepared-transactions',
  ])
  expect(verdictOf(results)).toMatchObject({ verdict: 'blocked', blockers: 2, unverified: 2, failed: 0 })
  expect(unverified[0]?.findings[0]?.message).toBe('could not verify: permission denied')
})

const slot = { name: 's', plugin: 'test_decoding', database: 'shop', active: false, retainedBytes: '1' }
const rds: RdsServer = cleanRds('instance')
const instance = (change: object): PreflightFacts => ({
  ...cleanFacts(),
  dms: { ...cleanFacts().dms, instances: known([{ ...cleanReplicationInstance, ...change }]) },
})
const onRds = (change: Partial<RdsServer>) => replace('source', { rds: known({ ...rds, ...change }) })

describe('servers', () => {
  test.each<[string, string, PreflightFacts, string[]]>([
    [
      'source-version',
      'too old',
      spoil('source', 'server', { versionNumber: 90_624 }),
      ['blocker: server_version'],
    ],
    [
      'source-version',
      'without the ancestors of a partition',
      spoil('source', 'server', { versionNumber: 110_022 }),
      ['blocker: server_version'],
    ],
    ['source-version', '12.22', spoil('source', 'server', { versionNumber: 120_022 }), []],
    [
      'target-version',
      'older than the source',
      spoil('target', 'server', { versionNumber: 140_010 }),
      ['blocker: server_version'],
    ],
    [
      'target-version',
      'newer than DMS knows',
      spoil('target', 'server', { versionNumber: 190_001 }),
      ['blocker: server_version'],
    ],
    ['server-writer', 'a replica', spoil('target', 'server', { inRecovery: true }), ['blocker: target']],
    [
      'same-server',
      'the same database twice',
      replace('target', { address: { host: 'source', port: 5432 }, server: cleanFacts().source.server }),
      ['blocker: shop'],
    ],
    ['same-server', 'a clone elsewhere', replace('target', { server: cleanFacts().source.server }), []],
    ['source-wal-level', 'replica', setting('source', 'wal_level', 'replica'), ['blocker: wal_level']],
    [
      'source-slots',
      'all taken',
      spoil('source', 'server', { slots: Array.from({ length: 20 }, () => slot) }),
      [`blocker: max_replication_slots, ${Array.from({ length: 20 }, () => 's').join(', ')}`],
    ],
    [
      'source-slots',
      'only one in all',
      setting('source', 'max_replication_slots', '1'),
      ['blocker: max_replication_slots'],
    ],
    [
      'source-wal-senders',
      'all taken',
      spoil('source', 'server', { walSenders: 20 }),
      ['blocker: max_wal_senders'],
    ],
    [
      'source-wal-sender-timeout',
      'below ten seconds',
      setting('source', 'wal_sender_timeout', '9999'),
      ['blocker: wal_sender_timeout'],
    ],
    ['source-wal-sender-timeout', 'ten seconds', setting('source', 'wal_sender_timeout', '10000'), []],
    ['source-wal-sender-timeout', 'none', setting('source', 'wal_sender_timeout', '0'), []],
    [
      'source-wal-sender-timeout',
      'five minutes',
      setting('source', 'wal_sender_timeout', '300000'),
      ['warning: wal_sender_timeout'],
    ],
    [
      'source-slot-wal-keep',
      'a limit',
      setting('source', 'max_slot_wal_keep_size', '1024'),
      ['warning: max_slot_wal_keep_size'],
    ],
    ['server-durability', 'fsync off', setting('target', 'fsync', 'off'), ['warning: fsync']],
    ['encoding', 'another encoding', spoil('target', 'server', { encoding: 'LATIN1' }), ['blocker: shop']],
    [
      'encoding',
      'another collation',
      spoil('target', 'server', { collation: 'en_US.UTF-8' }),
      ['warning: shop'],
    ],
    [
      'source-existing-slots',
      'an idle one',
      spoil('source', 'server', { slots: [slot] }),
      ['warning: s (1 bytes of WAL kept)'],
    ],
    [
      'source-existing-slots',
      'one in use',
      spoil('source', 'server', { slots: [{ ...slot, active: true }] }),
      ['note: s'],
    ],
    [
      'source-long-transactions',
      'ten minutes',
      spoil('source', 'activity', { transactions: [{ pid: 7, role: 'r', application: 'a', seconds: 600 }] }),
      ['warning: r (pid 7, a)'],
    ],
    [
      'source-long-transactions',
      'less',
      spoil('source', 'activity', { transactions: [{ pid: 7, role: 'r', application: 'a', seconds: 599 }] }),
      [],
    ],
    [
      'source-prepared-transactions',
      'one',
      spoil('source', 'activity', { prepared: [{ name: 'gid', owner: 'o', seconds: 1 }] }),
      ['blocker: gid'],
    ],
    [
      'subscriptions',
      'on the target',
      spoil('target', 'objects', { subscriptions: ['elsewhere'] }),
      ['blocker: elsewhere'],
    ],
    [
      'event-triggers',
      'one',
      spoil('source', 'objects', { eventTriggers: [{ name: 'e', enabled: 'O' }] }),
      ['warning: e'],
    ],
    [
      'source-large-objects',
      'some',
      spoil('source', 'objects', { largeObjects: '3' }),
      ['blocker: pg_largeobject'],
    ],
    [
      'target-extensions',
      'one less',
      spoil('source', 'objects', { extensions: ['plpgsql', 'hstore'] }),
      ['warning: hstore'],
    ],
    [
      'target-sessions',
      'a stranger',
      spoil('target', 'activity', { sessions: [{ role: 'r', application: '', count: 2 }] }),
      ['warning: r (no application name, 2)'],
    ],
    [
      'target-sessions',
      'DMS itself',
      spoil('target', 'activity', { sessions: [{ role: 'dms_target', application: 'x', count: 2 }] }),
      [],
    ],
    [
      'leftovers',
      'another migration',
      replace('target', { migrations: known([{ migration: 'old', phase: 'guarded', prepared: true }]) }),
      ['blocker: old (guarded)'],
    ],
    [
      'leftovers',
      'this migration',
      replace('target', { migrations: known([{ migration: 'shop', phase: 'guarded', prepared: true }]) }),
      [],
    ],
    [
      'leftovers',
      'the source’s row, come along with a copy',
      replace('target', { migrations: known([{ migration: 'shop', phase: 'aborted', prepared: false }]) }),
      ['blocker: shop (aborted)'],
    ],
    [
      'leftovers',
      'sides exchanged',
      replace('source', { migrations: known([{ migration: 'shop', phase: 'guarded', prepared: true }]) }),
      ['blocker: shop (guarded)'],
    ],
    [
      'leftovers',
      'a cutover that was tried before',
      replace('source', { migrations: known([{ migration: 'shop', phase: 'aborted', prepared: false }]) }),
      [],
    ],
    [
      'leftovers',
      'tables of a task',
      spoil('target', 'objects', { dmsRelations: ['public.awsdms_status'] }),
      ['warning: public.awsdms_status'],
    ],
    [
      'already-migrated',
      'opened',
      replace('target', { migrations: known([{ migration: 'shop', phase: 'opened', prepared: true }]) }),
      ['blocker: shop'],
    ],
    [
      'already-migrated',
      'committed',
      replace('source', { migrations: known([{ migration: 'shop', phase: 'committed', prepared: false }]) }),
      ['blocker: shop'],
    ],
    ['replication-instance', 'being made', instance({ status: 'creating' }), ['blocker: ri']],
    ['replication-instance', 'too old for 17', instance({ engineVersion: '3.5.4' }), ['blocker: ri']],
    ['replication-instance', 'a later one', instance({ engineVersion: '3.10.0' }), []],
    [
      'replication-instance',
      'made later',
      { ...cleanFacts(), dms: { ...cleanFacts().dms, instances: known([]) } },
      [],
    ],
    ['rds-servers', 'in order', onRds({}), []],
    ['rds-servers', 'being changed', onRds({ status: 'modifying' }), ['blocker: db-1']],
    [
      'rds-servers',
      'waiting for a reboot',
      onRds({ parameterGroups: [{ name: 'pg', kind: 'instance', applyStatus: 'pending-reboot' }] }),
      ['blocker: pg'],
    ],
    ['rds-servers', 'another address', onRds({ address: 'elsewhere' }), ['warning: db-1']],
    [
      'switch-secrets',
      'unreadable',
      {
        ...cleanFacts(),
        switchTargets: [{ kind: 'secret', name: 'x', found: { known: false, reason: 'denied' } }],
      },
      ['blocker: x'],
    ],
    [
      'switch-secrets',
      'no place for an address',
      {
        ...cleanFacts(),
        switchTargets: [{ kind: 'parameter', name: 'x', found: known({ unfit: 'has no key HOST' }) }],
      },
      ['blocker: x'],
    ],
    [
      'switch-secrets',
      'a pooler that cannot hold clients',
      {
        ...cleanFacts(),
        switchTargets: [
          { kind: 'pooler', name: 'shop', found: known({ unfit: 'pools by session', remedy: 'x' }) },
        ],
      },
      ['blocker: shop'],
    ],
    [
      'switch-secrets',
      'names that clients keep for long',
      {
        ...cleanFacts(),
        switchTargets: [
          { kind: 'record', name: 'db.shop.internal', found: known({ unfit: null, ttl: 3600 }) },
          { kind: 'record', name: 'quick.shop.internal', found: known({ unfit: null, ttl: 60 }) },
        ],
      },
      ['warning: db.shop.internal'],
    ],
  ])('%s: %s', (code, _, facts, expected) => {
    expect(said(code, facts)).toEqual(expected)
  })
})
