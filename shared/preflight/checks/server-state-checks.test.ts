import { describe, expect, test } from 'vitest'
import { cleanFacts, cleanServer, known, replace, setting, spoil } from '../clean-facts.ts'
import { cleanState } from '../clean-side-facts.ts'
import type { PreflightFacts } from '../facts.ts'
import { runChecks } from '../finding.ts'
import { checks } from '../registry.ts'
import { said } from '../said.ts'
import type { ServerState, WalRate } from '../server-state-facts.ts'
import { parseMigration } from '../../migration/migration-file.ts'

type Side = 'source' | 'target'

const state = (side: Side, change: Partial<ServerState>) =>
  replace(side, { state: known({ ...cleanState, ...change }) })

const begins = (side: Side, name: string, value: string) =>
  state(side, { defaults: { ...cleanState.defaults, [name]: value } })

const file = (extra: string, dms = ''): PreflightFacts['migration'] =>
  parseMigration(
    `name: shop
source: { secret: a }
target: { secret: b }
dms:
  replication-instance: ri
  source: { secret: c }
  target: { secret: d }
  reverse: { source: { secret: e }, target: { secret: f } }
${dms}tables: { include: ['shop.%'] }
cutover: { application-roles: [shop_app], switch: [{ secret: shop/app }]${extra} }
`,
    'shop.yml',
  )

const withFile = (facts: PreflightFacts, migration: PreflightFacts['migration']): PreflightFacts => ({
  ...facts,
  migration,
})

const wal = (bytes: string, gib?: string): PreflightFacts => {
  const rate: WalRate = { bytes, seconds: 3600, average: null }
  return replace('source', {
    walRate: known(rate),
    freeStorage: known(gib === undefined ? undefined : { bytes: gib, growthBytes: '0' }),
  })
}

const tasks = (count: number, facts: PreflightFacts = cleanFacts()): PreflightFacts => ({
  ...facts,
  tasks: known(count),
})

describe('state of the servers', () => {
  test.each<[string, string, PreflightFacts, string[]]>([
    [
      'pending-restart',
      'wal_level',
      state('source', { pendingRestart: ['wal_level'] }),
      ['blocker: wal_level'],
    ],
    [
      'pending-restart',
      'another',
      state('target', { pendingRestart: ['shared_buffers'] }),
      ['warning: shared_buffers'],
    ],
    ['source-slots', 'as many as tasks and one', tasks(19), []],
    ['source-slots', 'one too few', tasks(20), ['blocker: max_replication_slots']],
    ['source-wal-senders', 'one too few', tasks(20), ['blocker: max_wal_senders']],
    [
      'source-slots',
      'the tasks hold theirs already',
      tasks(
        20,
        replace('target', { migrations: known([{ migration: 'shop', phase: 'open', prepared: true }]) }),
      ),
      [],
    ],
    ['fall-back-target', 'replica', setting('target', 'wal_level', 'replica'), ['blocker: wal_level']],
    [
      'fall-back-target',
      'not wanted',
      withFile(setting('target', 'wal_level', 'replica'), file(', fall-back: false')),
      [],
    ],
    [
      'fall-back-target',
      'no slots for as many tasks',
      tasks(21),
      ['blocker: max_replication_slots', 'blocker: max_wal_senders'],
    ],
    [
      'source-decoding-plugin',
      'no contrib',
      state('source', { availableExtensions: ['plpgsql'] }),
      ['blocker: test_decoding'],
    ],
    [
      'source-decoding-plugin',
      'no contrib listed, but in use',
      {
        ...state('source', { availableExtensions: ['plpgsql'] }),
        source: {
          ...state('source', { availableExtensions: ['plpgsql'] }).source,
          server: known({
            ...cleanServer,
            slots: [{ name: 's', plugin: 'test_decoding', database: 'x', active: true, retainedBytes: '0' }],
          }),
        },
      },
      [],
    ],
    ['source-wal-rate', 'fills within an hour', wal('10000000', '15000000'), ['blocker: WAL']],
    ['source-wal-rate', 'fills within a day', wal('10000000', '150000000'), ['warning: WAL']],
    ['source-wal-rate', 'fills within three days', wal('10000000', '300000000'), ['note: WAL']],
    ['source-wal-rate', 'lasts a week', wal('10000000', '1680000000'), []],
    ['source-wal-rate', 'much, on a disk that nobody knows', wal('1000000000'), ['note: WAL']],
    [
      'source-slot-wal-keep',
      'hours',
      setting('source', 'max_slot_wal_keep_size', '10240'),
      ['warning: max_slot_wal_keep_size'],
    ],
    [
      'source-slot-wal-keep',
      'minutes',
      setting('source', 'max_slot_wal_keep_size', '64'),
      ['blocker: max_slot_wal_keep_size'],
    ],
    ['tls', 'ssl off', begins('source', 'ssl', 'off'), ['blocker: ssl, source']],
    ['tls', 'plain session', state('target', { sessionEncrypted: false }), ['warning: target']],
    [
      'tls',
      'plain session on this machine',
      {
        ...state('target', { sessionEncrypted: false }),
        target: {
          ...state('target', { sessionEncrypted: false }).target,
          address: { host: '127.0.0.1', port: 5432 },
        },
      },
      [],
    ],
    [
      'tls',
      'DMS without encryption, and a server that demands it',
      withFile(begins('source', 'rds.force_ssl', 'on'), file('', '  ssl-mode: none\n')),
      ['blocker: rds.force_ssl, source', 'warning: source', 'warning: target'],
    ],
    [
      'source-existing-slots',
      'without its WAL',
      state('source', {
        slots: [
          { name: 'old', walStatus: 'lost' },
          { name: 'good', walStatus: 'reserved' },
        ],
      }),
      ['warning: old (lost)'],
    ],
    ['source-counters', 'not counted', begins('source', 'track_counts', 'off'), ['blocker: track_counts']],
    ['source-counters', 'reset today', state('source', { countersAgeDays: 0 }), ['note: pg_stat_database']],
    ['source-counters', 'a month old', state('source', { countersAgeDays: 30 }), []],
    [
      'source-freeze-age',
      'a table',
      state('source', { oldestTableXidAge: 190_000_000 }),
      ['warning: shop.orders'],
    ],
    [
      'source-freeze-age',
      'the end',
      state('source', { oldestXidAge: 1_900_000_000 }),
      ['blocker: shop.orders'],
    ],
    [
      'settings-parity',
      'time zone',
      begins('target', 'TimeZone', 'Europe/Vienna'),
      ['warning: TimeZone: UTC here, Europe/Vienna there'],
    ],
    [
      'settings-parity',
      'fewer connections',
      begins('target', 'max_connections', '50'),
      ['warning: max_connections'],
    ],
    ['settings-parity', 'known to one version only', begins('target', 'transaction_timeout', '5s'), []],
  ])('%s: %s', (code, _, facts, expected) => {
    expect(said(code, facts)).toEqual(expected)
  })

  test('both rates are told', () => {
    const [result] = runChecks(
      checks.filter(({ code }) => code === 'source-slot-wal-keep'),
      setting('source', 'max_slot_wal_keep_size', '10240'),
    )
    expect(result?.findings[0]?.message).toBe(
      'max_slot_wal_keep_size is 10240 MB: at 360 MB of WAL an hour enough for 29 hours',
    )
  })
})

test('the plan is not known where the source is not: slots are not judged then', () => {
  const facts = { ...cleanFacts(), tasks: { known: false, reason: 'there is no plan' } as const }
  const results = runChecks(
    checks.filter(({ code }) => code === 'source-slots'),
    facts,
  )
  expect(results[0]?.outcome).toBe('unverified')
  expect(said('source-slots', spoil('source', 'server', {}))).toEqual([])
})
